// The source at the head of a chain: polls the reader into a batch, keeps the highest event time of
// each split, and says when its watermark has risen or it has fallen idle.

import type {
  DeadLetter,
  Metrics,
  PollStatus,
  SourceBatch,
  SourceReader,
  SourceSplit,
} from '@sluice/core/connector'
import { SluiceError, type SourceFacts } from '@sluice/core/internal'
import { BATCH_CAPACITY, clearedValues, emptyValues } from '../../network/batch.ts'
import type { SplitSnapshot } from '../task-messages.ts'
import { SplitAlignment } from './split-alignment.ts'
import { SplitSilence } from './split-silence.ts'
import { SplitWatermarks } from './split-watermarks.ts'

class EngineBatch implements SourceBatch<unknown> {
  values = emptyValues()
  readonly timestamps = new Float64Array(BATCH_CAPACITY).fill(Number.NEGATIVE_INFINITY)
  readonly rejected: DeadLetter[] = []
  capacity = BATCH_CAPACITY
  length = 0
  split = ''
  splitFinished = false

  reject(letter: DeadLetter): void {
    this.rejected.push(letter)
  }

  reset(): void {
    this.values = clearedValues(this.values, this.length)
    this.length = 0
    this.splitFinished = false
    this.rejected.length = 0
  }
}

export interface SourceInputOptions {
  readonly step: string
  readonly facts: SourceFacts
  readonly reader: SourceReader<unknown, SourceSplit>
  readonly restored: readonly SplitSnapshot[]
  readonly watermark: number
  /** Asks the enumerator for a split. */
  readonly requestSplit: () => void
  /** Tells the coordinator how far this subtask is, where sources are aligned. */
  readonly reportWatermark: (watermark: number) => void
  readonly metrics: Metrics
}

export class SourceInput {
  readonly step: string
  readonly batch = new EngineBatch()
  readonly reader: SourceReader<unknown, SourceSplit>
  readonly watermarks: SplitWatermarks
  /** Without event time a source never holds a watermark back. */
  readonly hasEventTime: boolean
  readonly #requestSplit: () => void
  /** The job says watermarks itself; what is kept per split is then the highest of these. */
  readonly #saysWatermarks: boolean
  readonly #silence: SplitSilence
  readonly #alignment: SplitAlignment | undefined
  #noMoreSplits = false

  constructor(options: SourceInputOptions) {
    const { facts, restored, reader } = options
    const { maxOutOfOrdernessMs, idleAfterMs, alignment } = facts.watermarks ?? {}
    this.step = options.step
    this.reader = reader
    this.hasEventTime = facts.watermarks !== undefined
    this.#requestSplit = options.requestSplit
    this.#saysWatermarks = this.hasEventTime && maxOutOfOrdernessMs === undefined
    this.watermarks = new SplitWatermarks({
      // Another record may have the highest event time, so what is complete ends just before it.
      lagMs: this.#saysWatermarks ? 0 : (maxOutOfOrdernessMs ?? 0) + 1,
      idleAfterMs,
      ordered: facts.ordered,
      from: options.watermark,
    })
    this.#silence = new SplitSilence(reader, this.watermarks)
    if (alignment !== undefined) {
      this.#alignment = new SplitAlignment({
        maxDriftMs: alignment.maxDriftMs,
        ordered: facts.ordered,
        reader,
        watermarks: this.watermarks,
        report: options.reportWatermark,
        splitsPaused: options.metrics.gauge('splits-paused'),
      })
    }
    for (const snapshot of restored) {
      this.watermarks.add((snapshot.split as SourceSplit).id, this.#highestOf(snapshot), true)
    }
    if (restored.length > 0) {
      this.reader.addSplits(restored.map(({ split }) => split as SourceSplit))
    }
  }

  /** Up to where its records have come; minus infinity where they have no event time. */
  get watermark(): number {
    return this.hasEventTime ? this.watermarks.current() : Number.NEGATIVE_INFINITY
  }

  /** The source is too far ahead of others of its group, or all of its splits are. */
  get held(): boolean {
    return this.#alignment?.held === true
  }

  /** How far the slowest of its group is; what is too far ahead of it is not read. */
  align(lowest: number): void {
    this.#guarded(() => this.#alignment?.setLowest(lowest))
  }

  /** Called once when the tasks begin to run. */
  start(): void {
    this.#requestSplit()
  }

  addSplits(splits: readonly SourceSplit[]): void {
    for (const split of splits) this.watermarks.add(split.id, Number.NEGATIVE_INFINITY)
    this.reader.addSplits(splits)
    this.#moved()
  }

  noMoreSplits(): void {
    this.#noMoreSplits = true
    this.watermarks.noMoreSplits()
    this.reader.noMoreSplits()
  }

  poll(nowMs: number): PollStatus {
    const { batch } = this
    batch.reset()
    const status = this.#guarded(() => this.reader.poll(batch))
    const isDry = batch.length === 0 && status === 'wait'
    this.#guarded(() => this.#silence.polled(nowMs, isDry))
    this.#alignment?.polled(nowMs, isDry)
    return status
  }

  /** Resolves when `poll` may have something. */
  async ready(): Promise<void> {
    try {
      await this.reader.ready()
    } catch (error) {
      throw this.#unreadable(error)
    }
  }

  /** The task could not poll: that time does not count as silence. */
  interrupted(): void {
    this.#silence.interrupted()
  }

  /** The task does not poll until there is room below it. */
  heldUp(): void {
    this.#silence.heldUp()
  }

  /** After the whole batch has run through the chain; `highest`: see ChainFunctions. */
  batchDone(highest: number): void {
    const { batch } = this
    if (batch.length > 0) this.watermarks.records(batch.split, highest)
    if (batch.splitFinished) {
      this.watermarks.finish(batch.split)
      if (!this.#noMoreSplits) this.#requestSplit()
    }
    batch.reset()
    this.#moved()
  }

  snapshot(checkpoint: number): SplitSnapshot[] {
    return this.reader.snapshot(checkpoint).map((split) => {
      const highest = this.watermarks.highest(split.id)
      if (!this.#saysWatermarks) return { split, maxEventTime: highest }
      return { split, maxEventTime: Number.NEGATIVE_INFINITY, watermark: highest }
    })
  }

  /** What was stored by the other way of making watermarks says nothing here. */
  #highestOf({ maxEventTime, watermark }: SplitSnapshot): number {
    return this.#saysWatermarks ? (watermark ?? Number.NEGATIVE_INFINITY) : maxEventTime
  }

  #moved(): void {
    this.#guarded(() => this.#alignment?.moved())
  }

  #guarded<Result>(call: () => Result): Result {
    try {
      return call()
    } catch (error) {
      throw this.#unreadable(error)
    }
  }

  /** Whatever a reader throws is an error of its source, not of the worker. */
  #unreadable(error: unknown): SluiceError {
    const { step } = this
    return SluiceError.from(error, 'SOURCE_UNREADABLE', `Source '${step}' failed`, { step })
  }
}
