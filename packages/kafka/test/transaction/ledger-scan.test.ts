import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ledgerPartitionOf, ledgerPartitions } from '../../src/transaction/ledger-record.ts'
import {
  findOutcome,
  highestCommitted,
  type LedgerEvent,
} from '../../src/transaction/ledger-scan.ts'

const record = (producerId: number, transactionalId: string, checkpoint: number): LedgerEvent => ({
  kind: 'record',
  producerId,
  transactionalId,
  checkpoint,
})
const control = (producerId: number, committed: boolean): LedgerEvent => ({
  kind: 'control',
  producerId,
  committed,
})
const sought = { transactionalId: 'a', producerId: 1, checkpoint: 5 }

test('the first control batch of its producer behind the record is the outcome', () => {
  const found = record(1, 'a', 5)
  expect(findOutcome([found, control(1, true), control(1, false)], sought)).toBe('committed')
  expect(findOutcome([found, control(1, false), control(1, true)], sought)).toBe('aborted')
  expect(findOutcome([control(1, true), found, control(2, true)], sought)).toBe('open')
})

test('what others do in the partition changes nothing, open transactions included', () => {
  const events = [record(2, 'b', 5), record(1, 'a', 5), control(3, false), control(1, true)]
  expect(findOutcome(events, sought)).toBe('committed')
})

test('a record of another checkpoint or producer is not the one that is sought', () => {
  expect(findOutcome([record(1, 'a', 4), control(1, true)], sought)).toBe('absent')
  expect(findOutcome([record(2, 'a', 5), control(2, true)], sought)).toBe('absent')
  expect(findOutcome([], sought)).toBe('absent')
})

test('a record that is gone is superseded by a later committed one of its id alone', () => {
  expect(findOutcome([record(1, 'a', 6), control(1, true)], sought)).toBe('superseded')
  expect(findOutcome([record(9, 'a', 6), control(9, true)], sought)).toBe('superseded')
  expect(findOutcome([record(1, 'a', 6), control(1, false)], sought)).toBe('absent')
  expect(findOutcome([record(1, 'a', 6)], sought)).toBe('absent')
  expect(findOutcome([record(1, 'b', 6), control(1, true)], sought)).toBe('absent')
})

test('a record that is still open is not superseded', () => {
  const events = [record(1, 'a', 5), record(9, 'a', 6), control(9, true)]
  expect(findOutcome(events, sought)).toBe('open')
})

interface Transaction {
  readonly id: string
  readonly checkpoint: number
  readonly outcome: 'committed' | 'aborted' | 'open'
}

/** Transactions of several producers, each with an id of its own, interleaved at will. */
const histories = fc
  .array(
    fc.array(
      fc.record({
        checkpoint: fc.integer({ min: 1, max: 9 }),
        outcome: fc.constantFrom('committed' as const, 'aborted' as const),
      }),
      { maxLength: 4 },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .chain((producers) =>
    fc.tuple(fc.constant(producers), fc.infiniteStream(fc.nat()), fc.array(fc.boolean())),
  )
  .map(([producers, order, lastOpen]) => {
    const transactions: Transaction[] = []
    const queues = producers.map((ended, producer) =>
      ended.flatMap(({ checkpoint, outcome }, index) => {
        const id = `id-${producer}`
        const stays = index === ended.length - 1 && lastOpen[producer] === true
        transactions.push({ id, checkpoint, outcome: stays ? 'open' : outcome })
        const made = record(producer, id, checkpoint)
        return stays ? [made] : [made, control(producer, outcome === 'committed')]
      }),
    )
    const events: LedgerEvent[] = []
    for (const pick of order) {
      const left = queues.filter((queue) => queue.length > 0)
      const queue = left[pick % Math.max(1, left.length)]
      if (queue === undefined) break
      events.push(queue.shift() as LedgerEvent)
    }
    return { transactions, events, producers: producers.length }
  })

test('floors are the highest committed checkpoints, however transactions are interleaved', () => {
  fc.assert(
    fc.property(histories, ({ transactions, events, producers }) => {
      for (let producer = 0; producer < producers; producer++) {
        const committed = transactions.filter(
          ({ id, outcome }) => id === `id-${producer}` && outcome === 'committed',
        )
        const highest = Math.max(0, ...committed.map(({ checkpoint }) => checkpoint))
        expect(highestCommitted(events, `id-${producer}`)).toBe(highest)
      }
    }),
  )
})

test('an id stays in its partition for ever', () => {
  expect(ledgerPartitionOf('sluice/shop/0123456789abcdef/3/out/0/1')).toBe(8)
  expect(ledgerPartitionOf('sluice/shop/0123456789abcdef/staged/out/0')).toBe(5)
  const used = new Set<number>()
  for (let subtask = 0; subtask < 200; subtask++) {
    used.add(ledgerPartitionOf(`sluice/shop/0123456789abcdef/staged/out/${subtask}`))
  }
  expect(used.size).toBe(ledgerPartitions)
})
