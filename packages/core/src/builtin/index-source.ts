// The machinery of sources whose records are a function of an index. Split s of n has the indexes
// s, s + n, s + 2n, …, so that all splits advance together in event time. A split is its next
// index.

import type { SubtaskContext } from '../connector/context.ts'
import {
  type EnumeratorContext,
  NO_TIMESTAMP,
  type Source,
  type SourceReader,
  type SplitEnumerator,
} from '../connector/source.ts'
import { SluiceError } from '../errors.ts'
import { RateLimit } from './rate-limit.ts'

export interface IndexSplit {
  readonly id: string
  /** The index of the next record. */
  readonly next: number
  /** The distance between indexes: how many splits there are. */
  readonly stride: number
}

export interface IndexSourceOptions<T> {
  readonly kind: string
  readonly count: number | undefined
  readonly splits: number | undefined
  readonly ratePerSecond: number | undefined
  readonly description: Readonly<Record<string, unknown>>
  recordAt(index: number): T
}

export function indexSource<T>(options: IndexSourceOptions<T>): Source<T, IndexSplit> {
  return {
    kind: options.kind,
    bounded: options.count !== undefined,
    ordered: 'none',
    description: options.description,
    createEnumerator: (context, restored) =>
      new IndexEnumerator(options, context, restored as readonly IndexSplit[] | undefined),
    createReader: (context) => new IndexReader(options, context),
  }
}

/** Deals the splits out evenly, all at once: each reader gets its share when it first asks. */
class IndexEnumerator implements SplitEnumerator {
  readonly #options: IndexSourceOptions<unknown>
  readonly #context: EnumeratorContext<IndexSplit>
  #unassigned: readonly IndexSplit[]

  constructor(
    options: IndexSourceOptions<unknown>,
    context: EnumeratorContext<IndexSplit>,
    restored: readonly IndexSplit[] | undefined,
  ) {
    this.#options = options
    this.#context = context
    this.#unassigned = restored ?? firstSplits(options.splits ?? context.parallelism)
  }

  async start(): Promise<void> {
    const { count } = this.#options
    if (count !== undefined) this.#context.setTotal(count)
    this.#context.setPending(this.#unassigned.length > 0)
  }

  request(subtask: number): void {
    const { parallelism } = this.#context
    const share = this.#unassigned.filter((split) => shareOf(split, parallelism) === subtask)
    if (share.length > 0) {
      this.#unassigned = this.#unassigned.filter((split) => !share.includes(split))
      this.#context.setPending(this.#unassigned.length > 0)
      this.#context.assign(subtask, share)
    }
    this.#context.noMoreSplits(subtask)
  }

  snapshot(): readonly IndexSplit[] {
    return this.#unassigned
  }

  async close(): Promise<void> {}
}

function firstSplits(stride: number): IndexSplit[] {
  return Array.from({ length: stride }, (_, next) => ({ id: `indexes-${next}`, next, stride }))
}

/** The subtask that a split which was not assigned yet belongs to. */
function shareOf({ next, stride }: IndexSplit, parallelism: number): number {
  return (next % stride) % parallelism
}

interface OpenSplit {
  readonly id: string
  readonly stride: number
  next: number
}

class IndexReader<T> implements SourceReader<T, IndexSplit> {
  readonly #count: number
  readonly #recordAt: (index: number) => T
  readonly #limit: RateLimit
  #splits: OpenSplit[] = []
  /** Splits that wait for slower ones. */
  #paused: OpenSplit[] = []
  #turn = 0
  #isLast = false

  constructor(options: IndexSourceOptions<T>, context: SubtaskContext) {
    this.#count = options.count ?? Number.POSITIVE_INFINITY
    this.#recordAt = options.recordAt
    this.#limit = new RateLimit(context, options.ratePerSecond)
  }

  addSplits(splits: readonly IndexSplit[]): void {
    for (const { id, next, stride } of splits) this.#splits.push({ id, next, stride })
    this.#limitRate()
  }

  noMoreSplits(): void {
    this.#isLast = true
    this.#limit.wake()
  }

  poll(batch: Parameters<SourceReader<T, IndexSplit>['poll']>[0]): 'more' | 'wait' | 'end' {
    if (this.#splits.length === 0) return this.#hasEnded ? 'end' : 'wait'
    this.#turn %= this.#splits.length
    const split = this.#splits[this.#turn] as OpenSplit
    batch.split = split.id
    const remaining = Math.ceil((this.#count - split.next) / split.stride)
    const records = this.#limit.take(
      Math.min(batch.capacity - batch.length, Math.max(remaining, 0)),
    )
    this.#fill(batch.values, batch.length, split, records)
    batch.timestamps.fill(NO_TIMESTAMP, batch.length, batch.length + records)
    batch.length += records
    if (records >= remaining) {
      batch.splitFinished = true
      this.#splits.splice(this.#turn, 1)
      this.#limitRate()
      return 'more'
    }
    this.#turn++
    return records > 0 ? 'more' : 'wait'
  }

  ready(): Promise<void> {
    return this.#hasEnded ? Promise.resolve() : this.#limit.ready()
  }

  snapshot(): IndexSplit[] {
    const open = [...this.#splits, ...this.#paused]
    return open.map(({ id, next, stride }) => ({ id, next, stride }))
  }

  /** Every record is there; it is only not its turn. */
  silentSplits(): string[] {
    return []
  }

  pauseSplits(splits: readonly string[]): void {
    this.#paused.push(...this.#splits.filter(({ id }) => splits.includes(id)))
    this.#splits = this.#splits.filter(({ id }) => !splits.includes(id))
    this.#limitRate()
  }

  resumeSplits(splits: readonly string[]): void {
    this.#splits.push(...this.#paused.filter(({ id }) => splits.includes(id)))
    this.#paused = this.#paused.filter(({ id }) => !splits.includes(id))
    this.#limitRate()
  }

  async close(): Promise<void> {
    this.#limit.wake()
  }

  get #hasEnded(): boolean {
    return this.#isLast && this.#splits.length === 0 && this.#paused.length === 0
  }

  #fill(values: T[], from: number, split: OpenSplit, records: number): void {
    const { stride } = split
    let index = split.next
    try {
      for (let at = from; at < from + records; at++) {
        values[at] = this.#recordAt(index)
        index += stride
      }
    } catch (error) {
      throw SluiceError.from(error, 'USER_FUNCTION_FAILED', `Generating record ${index} failed`)
    }
    split.next = index
  }

  /** The share of the whole rate that the splits of this reader have. */
  #limitRate(): void {
    let share = 0
    for (const { stride } of this.#splits) share += 1 / stride
    this.#limit.setShare(this.#splits.length === 0 ? undefined : share)
  }
}
