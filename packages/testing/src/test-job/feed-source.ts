// A source of records that a test gives, which can hold still after a number of them: there the
// test has a worker die. What is held back is read after the restart.

import type { Source, SourceBatch, SourceReader, SourceSplit } from '@sluice/core/connector'
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

export function feedSource(
  records: readonly unknown[],
  crash: CrashPoint | undefined,
): Source<unknown> {
  const source = memorySource(records) as unknown as Source<unknown>
  if (crash === undefined) return source
  return {
    ...source,
    createReader: (context) => holdingReader(source.createReader(context), crash),
  }
}

type Reader = SourceReader<unknown, SourceSplit>

function holdingReader(reader: Reader, crash: CrashPoint): Reader {
  return {
    addSplits: (splits) => reader.addSplits(splits),
    noMoreSplits: () => reader.noMoreSplits(),
    snapshot: () => reader.snapshot(),
    close: () => reader.close(),
    // A reader that holds still waits for its worker to die.
    ready: () => (crash.room > 0 ? reader.ready() : new Promise(() => {})),
    poll(batch) {
      const { room } = crash
      if (room <= 0) return 'wait'
      const part = partOf(batch, room)
      const status = reader.poll(part)
      batch.length = part.length
      batch.split = part.split
      batch.splitFinished = part.splitFinished
      crash.delivered(part.length)
      return status
    },
  }
}

function partOf(batch: SourceBatch<unknown>, room: number): SourceBatch<unknown> {
  return {
    values: batch.values,
    timestamps: batch.timestamps,
    capacity: Math.min(batch.capacity, room),
    length: batch.length,
    split: batch.split,
    splitFinished: batch.splitFinished,
    reject: (letter) => batch.reject(letter),
  }
}
