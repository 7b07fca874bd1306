// The source at the head of a chain: polls the reader into a batch, keeps the highest event time of
// each split, and says when its watermark has risen or it has fallen idle.

import type {
  DeadLetter,
  PollStatus,
  SourceBatch,
  SourceReader,
  SourceSplit,
} from '@sluice/core/connector'
import { SluiceError, type SourceFacts } from '@sluice/core/internal'
import { BATCH_CAPACITY, clearedValues, emptyValues } from '../../network/batch.ts'
import type { SplitSnapshot } from '../task-messages.ts'
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
}

export class SourceInput {
  readonly step: string
  readonly batch = new EngineBatch()
  readonly reader: SourceReader<unknown, SourceSplit>
  readonly watermarks: SplitWatermarks
  /** Without event time a source never holds a watermark back. */
  readonly hasEventTime: boolean
  readonly #requestSplit: () => void
  #noMoreSplits = false
  #waitingSinceMs: number | undefined
  /** Time of waiting that was not counted as silence yet. */
  #waitedMs = 0

  constructor(options: SourceInputOptions) {
    const { facts, restored } = options
    this.step = options.step
    this.reader = options.reader
    this.hasEventTime = facts.watermarks !== undefined
    this.#requestSplit = options.requestSplit
    this.watermarks = new SplitWatermarks({
      maxOutOfOrdernessMs: facts.watermarks?.maxOutOfOrdernessMs ?? 0,
      idleAfterMs: facts.watermarks?.idleAfterMs,
      ordered: facts.ordered,
      from: options.watermark,
    })
    for (const { split, maxEventTime } of restored) {
      this.watermarks.add((split as SourceSplit).id, maxEventTime, true)
    }
    if (restored.length > 0) {
      this.reader.addSplits(restored.map(({ split }) => split as SourceSplit))
    }
  }

  /** Called once when the tasks begin to run. */
  start(): void {
    this.#requestSplit()
  }

  addSplits(splits: readonly SourceSplit[]): void {
    for (const split of splits) this.watermarks.add(split.id, Number.NEGATIVE_INFINITY)
    this.reader.addSplits(splits)
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
    // Also when one split has something now: the others were waited for as long.
    if (this.#waitingSinceMs !== undefined) this.#waitedMs += nowMs - this.#waitingSinceMs
    this.#waitingSinceMs = undefined
    if (batch.length === 0 && status === 'wait') {
      // Only here it is known that nothing of the silent ones has come.
      this.watermarks.silence(this.#waitedMs)
      this.#waitedMs = 0
      this.#waitingSinceMs = nowMs
    }
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
    this.#waitingSinceMs = undefined
  }

  /** After the whole batch has run through the chain. */
  batchDone(maxEventTime: number): void {
    const { batch } = this
    if (batch.length > 0) this.watermarks.records(batch.split, maxEventTime)
    if (batch.splitFinished) {
      this.watermarks.finish(batch.split)
      if (!this.#noMoreSplits) this.#requestSplit()
    }
    batch.reset()
  }

  snapshot(): SplitSnapshot[] {
    return this.reader.snapshot().map((split) => ({
      split,
      maxEventTime: this.watermarks.maxEventTime(split.id),
    }))
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
