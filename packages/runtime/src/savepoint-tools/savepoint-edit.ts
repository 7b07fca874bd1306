// A savepoint that differs from another, or one that no job has taken: changes are gathered, then
// written as a savepoint of its own. What it is made from is read and never touched.

import type { Key } from '@sluice/core/internal'
import { formatSegmentName } from '../checkpoint/protocol/collection.ts'
import {
  checkpointId,
  generation,
  type LogId,
  logId,
  nonce,
} from '../checkpoint/protocol/identifiers.ts'
import type { SegmentReference, StepSnapshot } from '../checkpoint/protocol/log/entry.ts'
import type { Savepoint } from '../checkpoint/savepoint/savepoint.ts'
import { type SavepointProgress, writeSavepoint } from '../checkpoint/savepoint/savepoint-writer.ts'
import type { StoragePlatform } from '../storage/storage-platform.ts'
import { changeSegments } from './change-segments.ts'
import { StateChanges, type TimerDomainName } from './state-changes.ts'
import type { StateReader } from './state-reader.ts'

/** Of which window an entry is, and since when. */
export interface EntryPlace {
  /** States per window: which one, usually by its start in milliseconds. */
  readonly namespace?: number
  /**
   * States with a life time: when it counts as written, in milliseconds by the clock of the state;
   * from when it is first met unless given.
   */
  readonly writtenAt?: number
}

/** How a savepoint is written. */
export interface WritingOptions {
  readonly progress?: (progress: SavepointProgress) => void
}

/** Everything of a savepoint but what the writing of it decides. */
export type SavepointBody = Omit<Savepoint, 'id' | 'name' | 'createdAtMs' | 'origin'>

/** A segment of changes, with its bytes. */
interface NewSegment {
  readonly reference: SegmentReference
  readonly chunks: readonly Uint8Array[]
}

/**
 * Changes on their way to a savepoint of their own. They are held in memory until they are written;
 * the last one for a key holds.
 */
export class SavepointEdit {
  readonly #platform: StoragePlatform
  readonly #base: StateReader
  readonly #body: SavepointBody
  readonly #changes = new Map<string, StateChanges>()

  constructor(platform: StoragePlatform, base: StateReader, body: SavepointBody) {
    this.#platform = platform
    this.#base = base
    this.#body = body
  }

  /**
   * Sets what a state holds for a key: of a list an array, of a map a `Map`; undefined deletes it.
   * Throws CHECKPOINT_NOT_FOUND for a step or state that is not there, USAGE for a wrong kind.
   */
  set(step: string, state: string, key: Key, value: unknown, place: EntryPlace = {}): void {
    const { namespace = 0, writtenAt = 0 } = place
    this.#step(step).set(state, { key, namespace, value, writtenAt })
  }

  /** Deletes what a state holds for a key. */
  delete(step: string, state: string, key: Key, { namespace = 0 }: EntryPlace = {}): void {
    this.#step(step).set(state, { key, namespace, value: undefined, writtenAt: 0 })
  }

  /** Deletes all that a step holds for a key: every state, every window, every timer. */
  deleteKey(step: string, key: Key): void {
    this.#step(step).wipe(key)
  }

  /** Sets a timer, unless it is set already. */
  setTimer(
    step: string,
    domain: TimerDomainName,
    key: Key,
    time: number,
    { namespace = 0 }: EntryPlace = {},
  ): void {
    this.#step(step).setTimer(domain, key, time, namespace)
  }

  /** Takes a timer away. */
  deleteTimer(
    step: string,
    domain: TimerDomainName,
    key: Key,
    time: number,
    { namespace = 0 }: EntryPlace = {},
  ): void {
    this.#step(step).deleteTimer(domain, key, time, namespace)
  }

  /**
   * Writes the savepoint to a folder that is not there yet: whole, durable and verified, or not at
   * all. Throws SAVEPOINT_EXISTS where something is there.
   */
  async writeTo(folder: string, { progress }: WritingOptions = {}): Promise<void> {
    const { random, clock } = this.#platform
    const path = folder.length > 1 ? folder.replace(/\/+$/, '') : folder
    const mark = logId(random.hex(8))
    const added = new Map<string, readonly NewSegment[]>()
    for (const changes of this.#changes.values()) {
      added.set(changes.step, await this.#build(changes, mark))
    }
    const savepoint: Savepoint = {
      ...this.#body,
      id: nonce(random.hex(16)),
      name: path.slice(path.lastIndexOf('/') + 1),
      createdAtMs: clock.now(),
      // It is not what any checkpoint says, so none may be restored in its place.
      origin: null,
      steps: this.#body.steps.map((step) => withSegments(step, added.get(step.step) ?? [])),
    }
    const fresh = new Map([...added.values()].flat().map((each) => [each.reference.name, each]))
    await writeSavepoint(this.#platform, {
      folder: path,
      savepoint,
      owner: null,
      readSegment: async (segment) => {
        const made = fresh.get(segment.name)
        return made === undefined ? await this.#stored(segment) : joined(made)
      },
      ...(progress === undefined ? {} : { progress }),
    })
  }

  #step(step: string): StateChanges {
    const known = this.#changes.get(step)
    if (known !== undefined) return known
    const { facts } = this.#base.step(step)
    const changes = new StateChanges(step, facts, this.#base.maxParallelism)
    this.#changes.set(step, changes)
    return changes
  }

  async #build(changes: StateChanges, mark: LogId): Promise<NewSegment[]> {
    const { step } = changes
    const snapshot = this.#base.step(step)
    const { maxParallelism, folder } = this.#base
    const segments: NewSegment[] = []
    for await (const made of changeSegments(changes, snapshot, maxParallelism, folder)) {
      const { subtask, range, kind, built } = made
      if (built.records === 0) continue
      const name = formatSegmentName({
        logId: mark,
        generation: generation(1),
        checkpoint: checkpointId(1),
        step,
        subtask,
        sequence: segments.length + 1,
      })
      const { sizeBytes, checksum, records: entries } = built
      const reference = { name, sizeBytes, checksum, step, range, kind, entries }
      segments.push({ reference, chunks: built.chunks })
    }
    return segments
  }

  async #stored({ name, sizeBytes }: SegmentReference): Promise<Uint8Array> {
    const file = await this.#base.folder.open(name)
    try {
      // What is longer or shorter than it should be does not match its checksum.
      return await file.read(0, Math.min(sizeBytes, file.sizeBytes))
    } finally {
      await file.close()
    }
  }
}

/** The segments of a subtask stand together, in the order in which they are applied. */
function withSegments(step: StepSnapshot, added: readonly NewSegment[]): StepSnapshot {
  return { ...step, segments: [...step.segments, ...added.map(({ reference }) => reference)] }
}

function joined({ reference, chunks }: NewSegment): Uint8Array {
  const bytes = new Uint8Array(reference.sizeBytes)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
