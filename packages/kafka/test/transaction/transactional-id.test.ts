import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatTransactionalId,
  parseTransactionalId,
  type TransactionalId,
} from '../../src/transaction/transactional-id.ts'

const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/)
const logId = fc.stringMatching(/^[0-9a-z]{12,64}$/)
const count = fc.integer({ min: 0, max: 100_000 })
const ids: fc.Arbitrary<TransactionalId> = fc.oneof(
  fc.record({
    kind: fc.constant('slot' as const),
    job: name,
    logId,
    generation: fc.integer({ min: 1, max: 1_000_000_000 }),
    sink: name,
    subtask: count,
    slot: count,
  }),
  fc.record({ kind: fc.constant('staged' as const), job: name, logId, sink: name, subtask: count }),
)

test('an id is read back as it was made', () => {
  fc.assert(
    fc.property(ids, (id) => {
      expect(parseTransactionalId(formatTransactionalId(id))).toEqual(id)
    }),
  )
})

test('a text has one reading: what is parsed is written the same', () => {
  const texts = fc.array(
    fc.oneof(name, logId, fc.constantFrom('sluice', 'staged', '0', '07', '3')),
    {
      minLength: 4,
      maxLength: 8,
    },
  )
  fc.assert(
    fc.property(texts, (parts) => {
      const text = ['sluice', ...parts].join('/')
      const id = parseTransactionalId(text)
      if (id !== undefined) expect(formatTransactionalId(id)).toBe(text)
    }),
  )
})

test('jobs, logs and sinks that look like another part of an id are told apart', () => {
  const log = '0123456789abcdef'
  const id = { kind: 'slot', job: 'staged', logId: log, generation: 7, sink: 'staged' } as const
  expect(formatTransactionalId({ ...id, subtask: 0, slot: 2 })).toBe(
    `sluice/staged/${log}/7/staged/0/2`,
  )
  expect(parseTransactionalId(`sluice/staged/${log}/staged/staged/0`)).toEqual({
    kind: 'staged',
    job: 'staged',
    logId: log,
    sink: 'staged',
    subtask: 0,
  })
})

test('texts that we cannot have written are nobody of ours', () => {
  const log = '0123456789abcdef'
  for (const text of [
    '',
    'sluice',
    `sluice/shop/${log}/3/out/0`,
    `sluice/shop/${log}/0/out/0/0`,
    `sluice/shop/${log}/03/out/0/0`,
    `sluice/shop/${log}/3/out/0/00`,
    `sluice/shop/${log}/3/out/0/0/`,
    `sluice/Shop/${log}/3/out/0/0`,
    `sluice/shop/short/3/out/0/0`,
    `other/shop/${log}/3/out/0/0`,
    `xsluice/shop/${log}/3/out/0/0`,
    `sluice/shop/${log}/staged/out/0/0`,
    `sluice/shop/${log}/3/out/0/0\n`,
  ]) {
    expect(parseTransactionalId(text), text).toBeUndefined()
  }
})
