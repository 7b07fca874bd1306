// Runs a source as the engine does: enumerator and readers, requests and assignments, with
// snapshots at any record and restores from them.

import type {
  DeadLetter,
  Source,
  SourceBatch,
  SourceReader,
  SplitEnumerator,
} from '@sluice/core/connector'
import type { FileSplit } from '../src/split/file-split.ts'
import type { MemoryFileSystem } from './memory-file-system.ts'
import {
  connectorContext,
  enumeratorContext,
  newRecorded,
  type Recorded,
  type RecordedAssignments,
} from './test-context.ts'

export interface SourceSnapshot {
  readonly enumerator: unknown
  readonly readers: readonly (readonly FileSplit[])[]
}

export class TestBatch<T> implements SourceBatch<T> {
  readonly values: T[] = []
  readonly timestamps: Float64Array
  readonly capacity: number
  readonly rejected: DeadLetter[] = []
  length = 0
  split = ''
  splitFinished = false

  constructor(capacity: number) {
    this.capacity = capacity
    this.timestamps = new Float64Array(capacity)
  }

  reject(letter: DeadLetter): void {
    this.rejected.push(letter)
  }
}

export interface RunOptions {
  readonly parallelism?: number
  /** Records that one poll may hand over. */
  readonly capacity?: number
  readonly timers?: Parameters<typeof connectorContext>[3]
}

export class SourceRun<T> {
  readonly seen: RecordedAssignments<FileSplit>
  readonly recorded: Recorded = newRecorded()
  readonly letters: DeadLetter[] = []
  readonly #enumerator: SplitEnumerator
  readonly #readers: SourceReader<T, FileSplit>[]
  readonly #ended: boolean[]
  readonly #requests: number[] = []
  readonly #capacity: number
  #delivered = 0

  constructor(
    source: Source<T, FileSplit>,
    files: MemoryFileSystem,
    options: RunOptions = {},
    restored?: SourceSnapshot,
  ) {
    const parallelism = options.parallelism ?? 1
    this.#capacity = options.capacity ?? 1000
    const context = connectorContext(files, this.recorded, undefined, options.timers)
    const made = enumeratorContext<FileSplit>(context, parallelism)
    this.seen = made.seen
    const copied = restored === undefined ? undefined : structuredClone(restored)
    this.#enumerator = source.createEnumerator(made.context, copied?.enumerator)
    this.#readers = Array.from({ length: parallelism }, (_, subtask) =>
      source.createReader({ ...context, subtask, parallelism }),
    )
    this.#ended = this.#readers.map(() => false)
    copied?.readers.forEach((splits, index) => {
      this.#readers[index % parallelism]?.addSplits(splits)
    })
    for (let subtask = 0; subtask < parallelism; subtask++) this.#requests.push(subtask)
  }

  async start(): Promise<void> {
    await this.#enumerator.start()
    this.#deliver()
  }

  get finished(): boolean {
    return this.#ended.every(Boolean)
  }

  /** One round over all readers; what they handed over. */
  async step(): Promise<T[]> {
    const records: T[] = []
    this.#deliver()
    if (this.seen.failures.length > 0) throw this.seen.failures[0]
    for (const [subtask, reader] of this.#readers.entries()) {
      if (this.#ended[subtask] === true) continue
      const batch = new TestBatch<T>(this.#capacity)
      const status = reader.poll(batch)
      records.push(...batch.values.slice(0, batch.length))
      this.letters.push(...batch.rejected)
      if (batch.splitFinished) this.#requests.push(subtask)
      if (status === 'end') this.#ended[subtask] = true
      this.#deliver()
      if (status === 'wait') {
        await Promise.race([reader.ready(), new Promise((resolve) => setTimeout(resolve, 2))])
      }
    }
    return records
  }

  snapshot(): SourceSnapshot {
    const enumerator = this.#enumerator.snapshot()
    this.#deliver()
    return structuredClone({
      enumerator,
      readers: this.#readers.map((reader) => reader.snapshot(1)),
    })
  }

  async close(): Promise<void> {
    await this.#enumerator.close()
    for (const reader of this.#readers) await reader.close()
  }

  async toEnd(): Promise<T[]> {
    const records: T[] = []
    await this.start()
    while (!this.finished) records.push(...(await this.step()))
    await this.close()
    return records
  }

  #deliver(): void {
    for (const subtask of this.#requests.splice(0)) this.#enumerator.request(subtask)
    for (; this.#delivered < this.seen.assigned.length; this.#delivered++) {
      const { subtask, splits } = this.seen.assigned[
        this.#delivered
      ] as (typeof this.seen.assigned)[0]
      this.#readers[subtask]?.addSplits(structuredClone(splits))
    }
    for (const subtask of this.seen.ended.splice(0)) this.#readers[subtask]?.noMoreSplits()
  }
}

/** Everything that a source reads. */
export async function readAll<T>(
  source: Source<T, FileSplit>,
  files: MemoryFileSystem,
  options: RunOptions = {},
): Promise<T[]> {
  return await new SourceRun(source, files, options).toEnd()
}
