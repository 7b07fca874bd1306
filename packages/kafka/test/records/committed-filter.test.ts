// Reading committed records against a model of a partition: producers that interleave, commit,
// abort, leave transactions open, and write without any; a broker that hands out as little as one
// batch at a time; a reader that starts anew wherever it is.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { placeBatch } from '../../src/records/batch-header.ts'
import { type AbortedTransaction, CommittedFilter } from '../../src/records/committed-filter.ts'
import { controlBatch } from '../../src/records/control-batch.ts'
import { RecordCursor } from '../../src/records/record-cursor.ts'
import { concatenated, makeBatch } from './make-batch.ts'

type Step =
  | { readonly kind: 'write' | 'commit' | 'abort'; readonly producer: number }
  | { readonly kind: 'plain'; readonly producer: number }

const anyStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('write', 'write', 'write', 'plain', 'commit', 'abort', 'abort'),
  producer: fc.nat(3),
})

interface LoggedBatch {
  readonly base: number
  readonly last: number
  readonly bytes: Uint8Array
}

interface Transaction {
  readonly producerId: number
  readonly firstOffset: number
  readonly values: string[]
  readonly offsets: number[]
  markerAt: number | undefined
  outcome: 'open' | 'commit' | 'abort'
}

/** A partition with the rules of a broker, as far as reading is concerned. */
class Partition {
  readonly batches: LoggedBatch[] = []
  readonly transactions: Transaction[] = []
  readonly #plain: number[] = []
  end = 0

  apply({ kind, producer }: Step, records: number): void {
    const open = this.transactions.find(
      ({ producerId, outcome }) => producerId === producer && outcome === 'open',
    )
    if (kind === 'plain') {
      this.#plain.push(...this.#append(records, { producerId: 100 + producer }))
      return
    }
    if (kind === 'write') {
      const transaction = open ?? this.#begin(producer)
      transaction.offsets.push(
        ...this.#append(records, { producerId: producer, isTransactional: true }),
      )
      return
    }
    const marker = controlBatch({
      type: kind,
      producerId: producer,
      producerEpoch: 0,
      coordinatorEpoch: 7,
      timestamp: 0,
    })
    if (open !== undefined) {
      open.markerAt = this.end
      open.outcome = kind
    }
    this.#log(marker, 1)
  }

  /** The first offset of the earliest transaction that is open. */
  get lastStableOffset(): number {
    const open = this.transactions.filter(({ outcome }) => outcome === 'open')
    return Math.min(this.end, ...open.map(({ firstOffset }) => firstOffset))
  }

  /** What a committed reader must see, from the start. */
  get committed(): number[] {
    const committed = this.transactions.filter(({ outcome }) => outcome === 'commit')
    return [...this.#plain, ...committed.flatMap(({ offsets }) => offsets)]
      .filter((offset) => offset < this.lastStableOffset)
      .sort((a, b) => a - b)
  }

  /** Batches from the one that holds the offset on; the last may be cut off in the middle. */
  fetch(from: number, size: number, cut: number, listsAll: boolean, careless: boolean) {
    const stable = this.lastStableOffset
    const wanted = this.batches.filter(
      ({ base, last }) => last >= from && (careless || base < stable),
    )
    const taken = wanted.slice(0, size)
    const next = wanted[size]
    const upTo = listsAll ? stable : (taken.at(-1)?.last ?? from) + 1
    const aborted: AbortedTransaction[] = this.transactions
      .filter(({ outcome, markerAt }) => outcome === 'abort' && (markerAt as number) >= from)
      .filter(({ firstOffset }) => firstOffset < upTo)
      .sort((a, b) => (a.markerAt as number) - (b.markerAt as number))
    const tail = next === undefined ? [] : [next.bytes.subarray(0, cut % next.bytes.length)]
    return { bytes: concatenated(...taken.map(({ bytes }) => bytes), ...tail), aborted, stable }
  }

  #begin(producerId: number): Transaction {
    const transaction: Transaction = {
      producerId,
      firstOffset: this.end,
      values: [],
      offsets: [],
      markerAt: undefined,
      outcome: 'open',
    }
    this.transactions.push(transaction)
    return transaction
  }

  #append(count: number, seal: { producerId: number; isTransactional?: boolean }): number[] {
    const offsets = Array.from({ length: count }, (_, index) => this.end + index)
    this.#log(
      makeBatch(
        offsets.map((offset) => ({ value: String(offset) })),
        seal,
      ),
      count,
    )
    return offsets
  }

  #log(bytes: Uint8Array, count: number): void {
    placeBatch(bytes, 0, this.end, 0)
    this.batches.push({ base: this.end, last: this.end + count - 1, bytes })
    this.end += count
  }
}

const anyFetch = fc.record({
  size: fc.integer({ min: 1, max: 6 }),
  cut: fc.nat(200),
  listsAll: fc.boolean(),
  /** Records after which the reader dies and a new one goes on where it was. */
  diesAfter: fc.option(fc.nat(4), { nil: undefined }),
  careless: fc.boolean(),
})
type Fetch = typeof anyFetch extends fc.Arbitrary<infer T> ? T : never

/** Reads a partition to its last stable offset; the fetches are used in turn. */
function readCommitted(partition: Partition, fetches: readonly Fetch[]): number[] {
  const read: number[] = []
  let cursor = new RecordCursor({ decompressedBytes: 1 << 20 })
  let filter = new CommittedFilter()
  let position = 0
  for (let turn = 0; position < partition.lastStableOffset; turn++) {
    expect(turn, 'it must get further').toBeLessThan(2000)
    const { size, cut, listsAll, diesAfter, careless } = fetches[turn % fetches.length] as Fetch
    const response = partition.fetch(position, size, cut, listsAll, careless)
    cursor.reset(response.bytes, position, response.stable)
    filter.beginResponse(response.aborted)
    let left = diesAfter ?? Number.POSITIVE_INFINITY
    while (left >= 0 && cursor.nextBatch()) {
      if (!filter.admits(cursor)) continue
      while (left >= 0 && cursor.nextRecord()) {
        expect(
          Buffer.from(cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd)).toString(),
        ).toBe(String(cursor.offset))
        read.push(cursor.offset)
        left--
      }
    }
    position = cursor.position
    if (left < 0) {
      cursor = new RecordCursor({ decompressedBytes: 1 << 20 })
      filter = new CommittedFilter()
    }
  }
  return read
}

test('exactly the committed records below the last stable offset are read, in order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyStep, fc.integer({ min: 1, max: 3 })), { maxLength: 60, size: 'max' }),
      fc.array(anyFetch, { minLength: 1, maxLength: 5 }),
      (steps, fetches) => {
        const partition = new Partition()
        for (const [step, records] of steps) partition.apply(step, records)
        expect(readCommitted(partition, fetches)).toEqual(partition.committed)
      },
    ),
    { numRuns: 600 },
  )
})

const whole: Fetch = { size: 100, cut: 0, listsAll: true, diesAfter: undefined, careless: false }

function partitionOf(...steps: readonly (readonly [Step['kind'], number])[]): Partition {
  const partition = new Partition()
  for (const [kind, producer] of steps) partition.apply({ kind, producer }, 1)
  return partition
}

test('two aborted transactions of one producer in one fetch are both left out', () => {
  const partition = partitionOf(
    ['write', 1],
    ['abort', 1],
    ['write', 1],
    ['commit', 1],
    ['write', 1],
    ['abort', 1],
    ['plain', 2],
  )
  expect(readCommitted(partition, [whole])).toEqual([2, 6])
})

test('an abort marker in a later fetch ends the transaction there', () => {
  const partition = partitionOf(
    ['write', 1],
    ['write', 1],
    ['plain', 2],
    ['abort', 1],
    ['write', 1],
    ['commit', 1],
  )
  expect(readCommitted(partition, [{ ...whole, size: 1 }])).toEqual([2, 4])
})

test('what begins at the last stable offset is left for later, also if the broker sends it', () => {
  const partition = partitionOf(
    ['plain', 0],
    ['write', 1],
    ['plain', 0],
    ['write', 2],
    ['commit', 2],
  )
  expect(partition.lastStableOffset).toBe(1)
  expect(readCommitted(partition, [{ ...whole, careless: true }])).toEqual([0])
})

test('records outside of transactions are read, whatever the number of their producer', () => {
  const cursor = new RecordCursor({ decompressedBytes: 1 << 20 })
  const filter = new CommittedFilter()
  cursor.reset(makeBatch([{ value: 'plain' }], { producerId: 1 }), 0)
  filter.beginResponse([{ producerId: 1, firstOffset: 0 }])
  expect(cursor.nextBatch() && filter.admits(cursor)).toBe(true)
})

test('an abort marker that compaction removes takes nothing of the next transaction away', () => {
  const partition = partitionOf(
    ['write', 1],
    ['write', 1],
    ['abort', 1],
    ['write', 1],
    ['commit', 1],
  )
  const cursor = new RecordCursor({ decompressedBytes: 1 << 20 })
  const filter = new CommittedFilter()
  const first = partition.fetch(0, 1, 0, true, false)
  cursor.reset(first.bytes, 0)
  filter.beginResponse(first.aborted)
  while (cursor.nextBatch()) expect(filter.admits(cursor)).toBe(false)
  // The cleaner removes the rest of the transaction with its marker, and its entry in the index.
  const rest = partition.batches.slice(3).map(({ bytes }) => bytes)
  cursor.reset(concatenated(...rest), 1)
  filter.beginResponse([])
  expect(cursor.nextBatch() && filter.admits(cursor)).toBe(true)
})
