// The snapshots of one backend, one after the other and some at the same time. Each barrier makes a
// capture; a checkpoint needs the captures of all barriers up to its own to be stored, by whichever
// snapshot gets there first. A segment that was stored is listed by later checkpoints even if its
// own checkpoint failed; what was never stored, or whose outcome is unknown, is stored again under
// another name, or goes back to the changes of the next barrier when no snapshot waits for it.

import { assert, SluiceError } from '@sluice/core/internal'
import type {
  SegmentNaming,
  SegmentRef,
  SegmentWriter,
  SnapshotInProgress,
} from '../state-backend.ts'
import type { BuiltSegment } from '../segment/segment-builder.ts'
import { SegmentChain, segmentRef, type StoredSegment, storedSegment } from './segment-chain.ts'

/** From one state of a capture to the next. */
const transitions = {
  /** Cells are still being written. */
  writing: ['written', 'returned'],
  written: ['storing', 'stored', 'returned'],
  /** A snapshot stores it; failed or given up, the outcome counts as unknown. */
  storing: ['stored', 'written'],
  stored: [],
  /** Its changes belong to the next barrier again. */
  returned: [],
} as const

type CaptureState = keyof typeof transitions

/** One snapshot's attempt to store a capture; others may wait for its end. */
interface StoreAttempt {
  readonly snapshot: SeriesSnapshot
  readonly ended: Promise<void>
  readonly end: () => void
}

/** What a backend held at one barrier, on its way into a segment. */
export interface CaptureInProgress {
  /** The stamp of the generation that the barrier ended. */
  readonly stamp: number
  /** By index of key group: 1 where all of the group is written. */
  readonly whole: Uint8Array
  /** The segment, once everything is written. */
  readonly built: BuiltSegment | undefined
  /** Writes until the budget is spent; true when all is written. */
  advance(budgetMs: number, now: () => number): boolean
  /** All is written: nothing needs to be kept for this capture any more. */
  end(): void
  /** Gives up: what it would have saved belongs to the next capture. */
  giveBack(): void
  /**
   * The segment is stored: nothing of the capture is needed any more, but its bytes where a write
   * that was given up may still be under way.
   */
  release?(hasOtherWrites: boolean): void
}

/** A capture and how far it has come. */
class CaptureRecord {
  readonly capture: CaptureInProgress
  state: CaptureState = 'writing'
  attempt: StoreAttempt | undefined = undefined
  /** An attempt to store it was given up: nobody knows whether it still reads the bytes. */
  wasGivenUp = false

  constructor(capture: CaptureInProgress) {
    this.capture = capture
  }

  become(state: CaptureState): void {
    const allowed: readonly CaptureState[] = transitions[this.state]
    assert(allowed.includes(state), `a capture that is ${this.state} cannot become ${state}`)
    this.state = state
  }
}

export interface SeriesSettings {
  readonly step: string
  readonly subtask: number
  readonly maxParallelism: number
  readonly range: SegmentRef['range']
  readonly now: () => number
}

export class SnapshotSeries {
  readonly settings: SeriesSettings
  readonly chain: SegmentChain
  /** Captures that are not stored, in order of their barriers. */
  #captures: CaptureRecord[] = []
  /** Snapshots that may still be finished, in order of their barriers. */
  #live: SeriesSnapshot[] = []

  constructor(settings: SeriesSettings) {
    this.settings = settings
    this.chain = new SegmentChain(settings.range.last - settings.range.first + 1)
  }

  /**
   * The synchronous part: its cost does not depend on the size of the state. `begin` makes the
   * capture of the present generation and begins the next.
   */
  start(
    checkpoint: number,
    naming: SegmentNaming,
    complete: boolean,
    begin: (whole: Uint8Array) => CaptureInProgress,
  ): SeriesSnapshot {
    const whole = this.chain.wholeGroupsNext(this.#captures.map(({ capture }) => capture.whole))
    if (complete) whole.fill(1)
    const capture = begin(whole)
    this.#captures.push(new CaptureRecord(capture))
    const snapshot = new SeriesSnapshot(this, checkpoint, capture.stamp, naming)
    this.#live.push(snapshot)
    return snapshot
  }

  /** Captures up to a barrier that are not stored yet. */
  #open(stamp: number): CaptureRecord[] {
    return this.#captures.filter(({ capture }) => capture.stamp <= stamp)
  }

  /** Captures are written in order: a later one may pass over what an earlier one has to write. */
  advance(stamp: number, budgetMs: number): boolean {
    const { now } = this.settings
    const deadline = now() + budgetMs
    for (const record of this.#open(stamp)) {
      if (record.state !== 'writing') continue
      if (!record.capture.advance(Math.max(0, deadline - now()), now)) return false
      record.become('written')
      record.capture.end()
    }
    return true
  }

  /** Stores what is not stored up to the snapshot's barrier, and names all segments it needs. */
  async store(snapshot: SeriesSnapshot, writer: SegmentWriter): Promise<SegmentRef[]> {
    for (;;) {
      snapshot.assertLive()
      const record = this.#open(snapshot.stamp)[0]
      if (record === undefined) break
      if (record.attempt !== undefined) await record.attempt.ended
      else await this.#storeCapture(record, snapshot, writer)
    }
    const refs = this.chain.neededAt(snapshot.stamp).map(({ ref }) => ref)
    this.#leave(snapshot)
    return refs
  }

  async #storeCapture(
    record: CaptureRecord,
    snapshot: SeriesSnapshot,
    writer: SegmentWriter,
  ): Promise<void> {
    const built = record.capture.built
    assert(built !== undefined, 'a snapshot is finished only after all of it was written')
    const { stamp, whole } = record.capture
    const earlier = this.chain.neededAt(stamp)
    if (built.records === 0 && (earlier.length === 0 || !whole.includes(1))) {
      this.#stored(record, undefined)
      return
    }
    const { step, subtask, range } = this.settings
    const kind = whole.includes(0) ? 'delta' : 'base'
    const name = snapshot.naming.next(step, subtask)
    const ref = segmentRef(name, built, { step, range, kind })
    const attempt = newAttempt(snapshot)
    record.become('storing')
    record.attempt = attempt
    try {
      await writer.write(name, built.chunks)
      // Given up meanwhile: another snapshot stores the capture under another name.
      if (record.attempt === attempt) {
        this.#stored(record, storedSegment(ref, stamp, built.sections))
      }
    } finally {
      if (record.attempt === attempt) this.#giveUp(record)
      attempt.end()
    }
  }

  #stored(record: CaptureRecord, segment: StoredSegment | undefined): void {
    record.become('stored')
    record.capture.release?.(record.wasGivenUp)
    record.attempt = undefined
    this.#captures = this.#captures.filter((each) => each !== record)
    if (segment !== undefined) this.chain.add(segment)
  }

  #giveUp(record: CaptureRecord): void {
    record.attempt?.end()
    record.attempt = undefined
    record.wasGivenUp = true
    record.become('written')
  }

  /** A snapshot failed: what it was storing is open again, and goes back if nobody waits for it. */
  cancel(snapshot: SeriesSnapshot): void {
    for (const record of this.#captures) {
      if (record.attempt?.snapshot === snapshot) this.#giveUp(record)
    }
    this.#leave(snapshot)
    const newestLive = this.#live.at(-1)?.stamp ?? 0
    for (const record of this.#captures) {
      if (record.capture.stamp > newestLive) this.#giveBack(record)
    }
    this.#captures = this.#captures.filter(({ state }) => state !== 'returned')
  }

  #giveBack(record: CaptureRecord): void {
    record.become('returned')
    record.capture.giveBack()
  }

  #leave(snapshot: SeriesSnapshot): void {
    this.#live = this.#live.filter((each) => each !== snapshot)
    this.chain.prune(this.#live[0]?.stamp ?? Number.POSITIVE_INFINITY)
  }
}

function newAttempt(snapshot: SeriesSnapshot): StoreAttempt {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { snapshot, ended: promise, end: resolve }
}

class SeriesSnapshot implements SnapshotInProgress {
  readonly checkpoint: number
  readonly stamp: number
  readonly naming: SegmentNaming
  readonly #series: SnapshotSeries
  #state: 'live' | 'finished' | 'cancelled' = 'live'

  constructor(series: SnapshotSeries, checkpoint: number, stamp: number, naming: SegmentNaming) {
    this.#series = series
    this.checkpoint = checkpoint
    this.stamp = stamp
    this.naming = naming
  }

  advance(budgetMs: number): boolean {
    this.assertLive()
    return this.#series.advance(this.stamp, budgetMs)
  }

  async finish(writer: SegmentWriter): Promise<readonly SegmentRef[]> {
    try {
      const refs = await this.#series.store(this, writer)
      this.#state = 'finished'
      return refs
    } catch (error) {
      this.cancel()
      throw error
    }
  }

  cancel(): void {
    if (this.#state !== 'live') return
    this.#state = 'cancelled'
    this.#series.cancel(this)
  }

  assertLive(): void {
    if (this.#state === 'live') return
    const { step, subtask } = this.#series.settings
    throw new SluiceError('CHECKPOINT_FAILED', `The snapshot was ${this.#state} already.`, {
      where: { step, subtask, checkpoint: this.checkpoint },
    })
  }
}
