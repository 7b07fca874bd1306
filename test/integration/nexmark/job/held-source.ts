// A source that hands over what another one has, up to a number of records in each reader, and then
// one now and then: so a run that is to be killed in a commit cannot finish before, however slow
// the machine is, and always has something to commit.

import type {
  PollStatus,
  Source,
  SourceBatch,
  SourceReader,
  SourceSplit,
  SubtaskContext,
} from 'sluice/connector'

const trickleEveryMs = 50

export function heldSource<T, Split extends SourceSplit>(
  source: Source<T, Split>,
  recordsPerReader: number,
): Source<T, Split> {
  return {
    kind: source.kind,
    bounded: source.bounded,
    ordered: source.ordered,
    description: source.description,
    createEnumerator: (context, restored) => source.createEnumerator(context, restored),
    createReader: (context) => {
      return new HeldReader(source.createReader(context), context, recordsPerReader)
    },
  }
}

class HeldReader<T, Split extends SourceSplit> implements SourceReader<T, Split> {
  readonly #reader: SourceReader<T, Split>
  readonly #context: SubtaskContext
  #left: number
  #nextMs = 0

  constructor(reader: SourceReader<T, Split>, context: SubtaskContext, records: number) {
    this.#reader = reader
    this.#context = context
    this.#left = records
  }

  addSplits(splits: readonly Split[]): void {
    this.#reader.addSplits(splits)
  }

  noMoreSplits(): void {
    this.#reader.noMoreSplits()
  }

  poll(batch: SourceBatch<T>): PollStatus {
    const nowMs = this.#context.clock.monotonic()
    if (this.#left <= 0 && nowMs < this.#nextMs) return 'wait'
    const part = partOf(batch, Math.max(1, this.#left))
    const status = this.#reader.poll(part)
    this.#left -= part.length - batch.length
    if (this.#left <= 0) this.#nextMs = nowMs + trickleEveryMs
    batch.length = part.length
    batch.split = part.split
    batch.splitFinished = part.splitFinished
    return status
  }

  async ready(): Promise<void> {
    const waitMs = this.#nextMs - this.#context.clock.monotonic()
    if (this.#left <= 0 && waitMs > 0) await this.#context.timers.sleep(waitMs)
    await this.#reader.ready()
  }

  snapshot(checkpoint: number): Split[] {
    return this.#reader.snapshot(checkpoint)
  }

  async close(): Promise<void> {
    await this.#reader.close()
  }
}

/** A view on the engine's batch with room for so many records at the most. */
function partOf<T>(batch: SourceBatch<T>, records: number): SourceBatch<T> {
  return {
    values: batch.values,
    timestamps: batch.timestamps,
    capacity: Math.min(batch.capacity, batch.length + records),
    length: batch.length,
    split: batch.split,
    splitFinished: batch.splitFinished,
    reject: (letter) => batch.reject(letter),
  }
}
