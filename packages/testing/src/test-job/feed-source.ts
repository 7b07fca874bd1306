// A source of records that a test gives, which can hold still after a number of them: there the
// test has a worker die. What is held back is read after the restart.

import type {
  PollStatus,
  Source,
  SourceBatch,
  SourceReader,
  SourceSplit,
} from '@sluice/core/connector'
import { memorySource } from '@sluice/core'

/** Counts the records of all sources up to the one at which a worker dies. */
export class CrashPoint {
  readonly #after: number
  readonly #reached: () => void
  #delivered = 0
  #passed = false

  constructor(after: number, reached: () => void) {
    this.#after = after
    this.#reached = reached
  }

  /** How many more records may be handed over now. */
  get room(): number {
    return this.#passed ? Number.POSITIVE_INFINITY : this.#after - this.#delivered
  }

  delivered(records: number): void {
    if (this.#passed || records === 0) return
    this.#delivered += records
    if (this.room === 0) this.#reached()
  }

  /** The worker is dead: from here on everything flows. */
  pass(): void {
    this.#passed = true
  }

  get wasReached(): boolean {
    return this.#passed || this.room === 0
  }
}

/** The records one by one: between two of them the watermark rises, as if time had passed. */
export function feedSource(
  records: readonly unknown[],
  crash: CrashPoint | undefined,
): Source<unknown> {
  const source = memorySource(records) as unknown as Source<unknown>
  return {
    ...source,
    createReader: (context) => new FeedReader(source.createReader(context), crash),
  }
}

type Reader = SourceReader<unknown, SourceSplit>

class FeedReader implements Reader {
  readonly #records: Reader
  readonly #crash: CrashPoint | undefined
  /** A record was handed over, and the engine has not seen the reader run dry since. */
  #restsNext = false

  constructor(records: Reader, crash: CrashPoint | undefined) {
    this.#records = records
    this.#crash = crash
  }

  addSplits(splits: readonly SourceSplit[]): void {
    this.#records.addSplits(splits)
  }

  noMoreSplits(): void {
    this.#records.noMoreSplits()
  }

  poll(batch: SourceBatch<unknown>): PollStatus {
    if (this.#restsNext || this.#holdsStill) {
      this.#restsNext = false
      return 'wait'
    }
    const part = partOf(batch)
    const status = this.#records.poll(part)
    batch.length = part.length
    batch.split = part.split
    batch.splitFinished = part.splitFinished
    this.#restsNext = part.length > 0 && !part.splitFinished
    this.#crash?.delivered(part.length)
    return status
  }

  /** A reader that holds still waits for its worker to die. */
  ready(): Promise<void> {
    return this.#holdsStill ? new Promise(() => {}) : this.#records.ready()
  }

  snapshot(checkpoint: number): SourceSplit[] {
    return this.#records.snapshot(checkpoint)
  }

  close(): Promise<void> {
    return this.#records.close()
  }

  get #holdsStill(): boolean {
    return this.#crash !== undefined && this.#crash.room <= 0
  }
}

function partOf(batch: SourceBatch<unknown>): SourceBatch<unknown> {
  return {
    values: batch.values,
    timestamps: batch.timestamps,
    capacity: batch.length + 1,
    length: batch.length,
    split: batch.split,
    splitFinished: batch.splitFinished,
    reject: (letter) => batch.reject(letter),
  }
}
