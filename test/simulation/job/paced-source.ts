// A source that hands over what another one has, in small batches and no faster than a given pace,
// so that a job lasts long enough for its checkpoints.

import type {
  DeadLetter,
  PollStatus,
  Source,
  SourceBatch,
  SourceReader,
  SourceSplit,
  SubtaskContext,
} from '@sluice/core/connector'
import type { Probe } from './probe.ts'

const longestPauseMs = 20

export interface Pace {
  readonly batchRecords: number
  /** Of one reader. */
  readonly msPerRecord: number
}

export function pacedSource<T, Split extends SourceSplit>(
  source: Source<T, Split>,
  pace: Pace,
  probe: Probe,
): Source<T, Split> {
  return {
    kind: source.kind,
    bounded: source.bounded,
    ordered: source.ordered,
    description: source.description,
    createEnumerator: (context, restored) => source.createEnumerator(context, restored),
    createReader: (context) => new PacedReader(source.createReader(context), context, pace, probe),
  }
}

/** A view on the engine's batch with room for fewer records. */
class SmallBatch<T> implements SourceBatch<T> {
  readonly values: T[]
  readonly timestamps: Float64Array
  readonly capacity: number
  length: number
  split: string
  splitFinished: boolean
  readonly #whole: SourceBatch<T>

  constructor(whole: SourceBatch<T>, records: number) {
    this.#whole = whole
    this.values = whole.values
    this.timestamps = whole.timestamps
    this.length = whole.length
    this.split = whole.split
    this.splitFinished = whole.splitFinished
    this.capacity = Math.min(whole.capacity, whole.length + records)
  }

  reject(letter: DeadLetter): void {
    this.#whole.reject(letter)
  }

  /** Tells the engine's batch what was filled in here. */
  close(): number {
    const records = this.length - this.#whole.length
    this.#whole.length = this.length
    this.#whole.split = this.split
    this.#whole.splitFinished = this.splitFinished
    return records
  }
}

class PacedReader<T, Split extends SourceSplit> implements SourceReader<T, Split> {
  /** What a reader may leave out, this one has where the other does. */
  readonly silentSplits?: () => Iterable<string>
  readonly pauseSplits?: (splits: readonly string[]) => void
  readonly resumeSplits?: (splits: readonly string[]) => void
  readonly #reader: SourceReader<T, Split>
  readonly #context: SubtaskContext
  readonly #pace: Pace
  readonly #probe: Probe
  #nextAtMs = 0
  #hasRead = false

  constructor(reader: SourceReader<T, Split>, context: SubtaskContext, pace: Pace, probe: Probe) {
    this.#reader = reader
    this.#context = context
    this.#pace = pace
    this.#probe = probe
    if (reader.silentSplits) this.silentSplits = reader.silentSplits.bind(reader)
    if (reader.pauseSplits) this.pauseSplits = reader.pauseSplits.bind(reader)
    if (reader.resumeSplits) this.resumeSplits = reader.resumeSplits.bind(reader)
  }

  addSplits(splits: readonly Split[]): void {
    this.#reader.addSplits(splits)
  }

  noMoreSplits(): void {
    this.#reader.noMoreSplits()
  }

  poll(batch: SourceBatch<T>): PollStatus {
    const nowMs = this.#context.clock.monotonic()
    if (nowMs < this.#nextAtMs) return 'wait'
    if (!this.#probe.mayRead()) {
      this.#nextAtMs = nowMs + longestPauseMs
      return 'wait'
    }
    const small = new SmallBatch(batch, this.#pace.batchRecords)
    const status = this.#reader.poll(small)
    const records = small.close()
    if (records > 0 && !this.#hasRead) {
      this.#hasRead = true
      this.#probe.reads(this.#context.clock)
    }
    this.#nextAtMs = nowMs + records * this.#pace.msPerRecord
    return status
  }

  async ready(): Promise<void> {
    const { clock, timers } = this.#context
    const waitMs = this.#nextAtMs - clock.monotonic()
    if (waitMs > 0) await timers.sleep(waitMs)
    else await this.#reader.ready()
  }

  snapshot(checkpoint: number): Split[] {
    return this.#reader.snapshot(checkpoint)
  }

  checkpointCompleted(checkpointId: number): void {
    this.#reader.checkpointCompleted?.(checkpointId)
  }

  async close(): Promise<void> {
    await this.#reader.close()
  }
}
