// Reads a source to its end as the engine does, with a virtual clock: enumerator and readers in one
// place. `stopAfter` leaves it in the middle, with what a snapshot would hold.

import type {
  EnumeratorContext,
  Source,
  SourceBatch,
  SourceSplit,
} from '../../src/connector/source.ts'

export interface ReadOptions {
  readonly parallelism?: number
  readonly capacity?: number
  /** Records to read before a snapshot is taken. */
  readonly stopAfter?: number
  readonly from?: Snapshot
}

export interface Snapshot {
  readonly enumerator: unknown
  readonly splits: readonly SourceSplit[]
}

export class VirtualClock {
  #now = 0
  readonly #timers: { at: number; call: () => void }[] = []

  readonly clock = { now: () => this.#now, monotonic: () => this.#now }

  readonly timers = {
    after: (delayMs: number, call: () => void) => {
      const timer = { at: this.#now + delayMs, call }
      this.#timers.push(timer)
      return () => void this.#timers.splice(this.#timers.indexOf(timer), 1)
    },
    sleep: (delayMs: number) =>
      new Promise<void>((resolve) => void this.timers.after(delayMs, resolve)),
  }

  get now(): number {
    return this.#now
  }

  /** Moves on to the next timer. */
  advance(): void {
    const next = this.#timers.sort((a, b) => a.at - b.at).shift()
    if (next === undefined) throw new Error('Nothing would ever happen again.')
    this.#now = next.at
    next.call()
  }
}

/** Reads all records, by subtask, and the snapshot at the end or where it was stopped. */
export async function read<T>(source: Source<T>, options: ReadOptions = {}) {
  const { parallelism = 1, capacity = 3, stopAfter = Number.POSITIVE_INFINITY, from } = options
  const virtual = new VirtualClock()
  const context = { parallelism, clock: virtual.clock, timers: virtual.timers }
  const readers = Array.from({ length: parallelism }, (_, subtask) =>
    source.createReader({ ...context, subtask } as never),
  )
  const enumerator = source.createEnumerator(
    {
      ...context,
      assign: (subtask: number, splits: readonly SourceSplit[]) =>
        readers[subtask]?.addSplits(splits),
      noMoreSplits: (subtask: number) => readers[subtask]?.noMoreSplits(),
      setPending: () => {},
      setTotal: () => {},
    } as unknown as EnumeratorContext<SourceSplit>,
    from?.enumerator,
  )
  await enumerator.start()
  for (const [index, split] of (from?.splits ?? []).entries()) {
    readers[index % parallelism]?.addSplits([split])
  }
  for (const subtask of readers.keys()) enumerator.request(subtask)
  const records: T[][] = readers.map(() => [])
  const batch = newBatch<T>(capacity)
  const total = () => records.reduce((sum, each) => sum + each.length, 0)
  const open = new Set(readers.keys())
  while (open.size > 0 && total() < stopAfter) {
    for (const subtask of Array.from(open)) {
      batch.length = 0
      const status = readers[subtask]?.poll(batch)
      records[subtask]?.push(...batch.values.slice(0, batch.length))
      if (status === 'end') open.delete(subtask)
      else if (status === 'wait') {
        const ready = readers[subtask]?.ready()
        virtual.advance()
        await ready
      }
    }
  }
  const splits = readers.flatMap((reader) => reader.snapshot(1))
  const snapshot: Snapshot = structuredClone({ enumerator: enumerator.snapshot(), splits })
  return { records, all: records.flat(), snapshot, elapsedMs: virtual.now }
}

export function newBatch<T>(capacity: number): SourceBatch<T> {
  return {
    values: [],
    timestamps: new Float64Array(capacity),
    capacity,
    length: 0,
    split: '',
    splitFinished: false,
    reject() {},
  }
}
