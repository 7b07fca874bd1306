import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  committableKind,
  decodeStaged,
  decodeTransaction,
  encodeStaged,
  encodeTransaction,
  type StagedCommittable,
  type TransactionCommittable,
} from '../../src/transaction/committable.ts'
import { decodeLedgerRecord, encodeLedgerRecord } from '../../src/transaction/ledger-record.ts'

const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const rank = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const partitions = fc.array(
  fc.record({
    topic: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    partition: fc.integer({ min: 0, max: 100_000 }),
    records: count,
  }),
  { maxLength: 5 },
)
const transactions: fc.Arbitrary<TransactionCommittable> = fc.record({
  transactionalId: fc.string({ minLength: 1 }),
  producerId: count,
  epoch: fc.integer({ min: 0, max: 32_767 }),
  transactionVersion: fc.constantFrom(1, 2),
  checkpoint: rank,
  records: count,
  partitions,
  ledgerPartition: fc.integer({ min: 0, max: 15 }),
  ledgerOffset: count,
  abortsAtMs: fc.option(count, { nil: undefined }),
})
const staged: fc.Arbitrary<StagedCommittable> = fc.record({
  transactionalId: fc.string({ minLength: 1 }),
  checkpoint: rank,
  previous: count,
  records: count,
  partitions,
})

const sample: TransactionCommittable = {
  transactionalId: 'sluice/shop/0123456789abcdef/3/out/0/1',
  producerId: 4_242,
  epoch: 7,
  transactionVersion: 2,
  checkpoint: 12,
  records: 5,
  partitions: [{ topic: 'orders', partition: 3, records: 5 }],
  ledgerPartition: 9,
  ledgerOffset: 77,
  abortsAtMs: 1_700_000_000_000,
}

test('a transaction is read back from a manifest as it was', () => {
  fc.assert(
    fc.property(transactions, (committable) => {
      expect(decodeTransaction(encodeTransaction(committable))).toEqual(committable)
    }),
  )
})

test('a staged checkpoint is read back from a manifest as it was', () => {
  fc.assert(
    fc.property(staged, (committable) => {
      expect(decodeStaged(encodeStaged(committable))).toEqual(committable)
    }),
  )
})

test('a transaction without a time limit says so', () => {
  const unlimited = { ...sample, abortsAtMs: undefined }
  expect(decodeTransaction(encodeTransaction(unlimited))).toEqual(unlimited)
})

test('the bytes of version 1 stay readable', () => {
  const hex =
    '01' +
    '01' +
    '27736c756963652f73686f702f303132333435363738396162636465662f332f6f75742f302f31' +
    '0000000000001092' +
    '0007' +
    '02' +
    '000000000000000c' +
    '0000000000000005' +
    '02076f726465727300000003000000000000000500' +
    '00000009' +
    '000000000000004d' +
    '0100080000018bcfe56800'
  expect(Buffer.from(encodeTransaction(sample)).toString('hex')).toBe(hex)
  expect(decodeTransaction(Buffer.from(hex, 'hex'))).toEqual(sample)
})

test('a format that only a newer version writes is refused by its number', () => {
  for (const [at, value, says] of [
    [1, 2, 'format 2'],
    [0, 3, 'kind 3'],
  ] as const) {
    const bytes = encodeTransaction(sample)
    bytes[at] = value
    expect(() => decodeTransaction(bytes)).toThrow(
      expect.objectContaining({
        code: 'CHECKPOINT_FORMAT_NEWER',
        message: expect.stringContaining(says),
      }),
    )
  }
})

test('a transaction version that nobody knows yet is refused, not taken for another', () => {
  const newer = encodeTransaction({ ...sample, transactionVersion: 3 as never })
  expect(() => decodeTransaction(newer)).toThrow(
    expect.objectContaining({
      code: 'CHECKPOINT_FORMAT_NEWER',
      message: expect.stringContaining('transaction version 3'),
    }),
  )
})

test('a committable of the other way is refused, with what to do, not misread', () => {
  const staged = { transactionalId: 'id', checkpoint: 3, previous: 2, records: 1, partitions: [] }
  expect(committableKind(encodeStaged(staged))).toBe('staged')
  expect(committableKind(encodeTransaction(sample))).toBe('transaction')
  expect(() => decodeTransaction(encodeStaged(staged))).toThrow(
    expect.objectContaining({
      code: 'CHECKPOINT_INCOMPATIBLE',
      hint: expect.stringContaining("Start once with commit: 'staged'"),
    }),
  )
  expect(() => decodeStaged(encodeTransaction(sample))).toThrow(
    expect.objectContaining({ code: 'CHECKPOINT_INCOMPATIBLE' }),
  )
})

test('bytes that are cut or spoiled are damaged, whatever they are', () => {
  const bytes = encodeTransaction(sample)
  for (let length = 0; length < bytes.length; length++) {
    expect(() => decodeTransaction(bytes.subarray(0, length))).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_DAMAGED' }),
    )
  }
  const longer = new Uint8Array([...bytes, 0])
  expect(() => decodeTransaction(longer)).toThrow(
    expect.objectContaining({ code: 'CHECKPOINT_DAMAGED' }),
  )
})

test('a ledger record is read back as it was, and a newer one stops the reader', () => {
  const record = {
    logId: '0123456789abcdef',
    sink: 'out',
    generation: 3,
    checkpoint: 12,
    records: 5,
    epoch: 7,
  }
  const bytes = encodeLedgerRecord(record)
  expect(decodeLedgerRecord(bytes)).toEqual(record)
  bytes[0] = 9
  expect(() => decodeLedgerRecord(bytes)).toThrow(
    expect.objectContaining({ code: 'CHECKPOINT_FORMAT_NEWER' }),
  )
})
