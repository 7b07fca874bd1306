// What the builder writes the cursor reads: any record, any compression, and exactly the size that
// was said before.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BATCH_HEADER_BYTES } from '../../src/records/batch-header.ts'
import { varintSize, varlongSize, writeVarint, writeVarlong } from '../../src/records/varint.ts'
import { type MadeRecord, makeBatch, newBuilder, noProducer } from './make-batch.ts'
import { readAll } from './read-records.ts'

const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const anyBytes = fc.option(fc.uint8Array({ maxLength: 200, size: 'max' }), { nil: undefined })
/** Texts on both sides of the lengths at which the number before them takes another byte. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 90 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 300, size: 'max' }),
  fc
    .tuple(fc.nat(70), fc.constantFrom('a', 'é', '日', '🦥', '\ud800'))
    .map(([n, c]) => c.repeat(n)),
  fc
    .tuple(fc.integer({ min: 5400, max: 8300 }), fc.constantFrom('a', 'é', '日'))
    .map(([n, c]) => c.repeat(n)),
)
const anyRecord: fc.Arbitrary<MadeRecord> = fc.record({
  key: anyBytes,
  value: fc.oneof(anyBytes, anyText),
  headers: fc.option(
    fc.array(fc.record({ key: fc.string({ unit: 'binary', maxLength: 9 }), value: anyBytes }), {
      maxLength: 4,
    }),
    { nil: undefined },
  ),
  timestamp: fc.oneof(
    fc.integer({ min: -1, max: 2000 }),
    fc.integer({ min: 1_600_000_000_000, max: 1_800_000_000_000 }),
    fc.maxSafeNat().filter((timestamp) => timestamp <= 8.64e15),
  ),
})

function expected(records: readonly MadeRecord[], baseOffset: number) {
  return records.map(({ key, value, headers, timestamp }, index) => ({
    offset: baseOffset + index,
    timestamp,
    key: key && Uint8Array.from(key),
    value: typeof value === 'string' ? new TextEncoder().encode(value) : value,
    headers: (headers ?? []).map((header) => ({
      key: header.key.toWellFormed(),
      value: header.value,
    })),
  }))
}

describe.each(compressions)('compression %s', (compression) => {
  test('any records are read as they were appended', () => {
    const anyBatch = fc.array(anyRecord, { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(anyBatch, fc.maxSafeNat(), (records, number) => {
        const baseOffset = Math.floor(number / 2)
        const bytes = makeBatch(records, { compression }, baseOffset)
        expect(readAll(bytes)).toEqual(expected(records, baseOffset))
      }),
      { numRuns: 60 },
    )
  })
})

test('a batch of one record is as large as the builder says before it is finished', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 5 }), (records) => {
      const builder = newBuilder()
      for (const { key, value, headers, timestamp = 0 } of records) {
        if (typeof value === 'string') builder.appendText(key, value, headers, timestamp)
        else builder.append(key, value, headers, timestamp)
      }
      const { sizeBytes } = builder
      expect(builder.finish(noProducer).length).toBe(sizeBytes)
      expect(builder.recordCount).toBe(0)
      expect(builder.sizeBytes).toBe(BATCH_HEADER_BYTES)
    }),
  )
})

test('a value takes the same bytes as text and as the bytes of the text', () => {
  fc.assert(
    fc.property(anyText, anyBytes, (text, key) => {
      const asText = makeBatch([{ key, value: text }])
      const asBytes = makeBatch([{ key, value: Buffer.from(text) }])
      expect(asText).toEqual(asBytes)
    }),
    { numRuns: 300 },
  )
})

test('numbers of 32 bits take the size that was computed, and are those of the format', () => {
  const bytes = new Uint8Array(16)
  const published: readonly (readonly [number, readonly number[]])[] = [
    [0, [0x00]],
    [-1, [0x01]],
    [1, [0x02]],
    [63, [0x7e]],
    [-64, [0x7f]],
    [64, [0x80, 0x01]],
    [-65, [0x81, 0x01]],
    [2 ** 31 - 1, [0xfe, 0xff, 0xff, 0xff, 0x0f]],
    [-(2 ** 31), [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ]
  for (const [value, encoded] of published) {
    expect([...bytes.subarray(0, writeVarint(bytes, 0, value))]).toEqual(encoded)
    expect([...bytes.subarray(0, writeVarlong(bytes, 0, value))]).toEqual(encoded)
  }
  fc.assert(
    fc.property(fc.integer(), (value) => {
      expect(writeVarint(bytes, 3, value) - 3).toBe(varintSize(value))
    }),
  )
})

test('numbers of 64 bits are the zigzag of the format, as far as doubles are exact', () => {
  const bytes = new Uint8Array(16)
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      const end = writeVarlong(bytes, 0, value)
      expect(end).toBe(varlongSize(value))
      let zigzag = 0n
      for (let at = end - 1; at >= 0; at--) {
        zigzag = (zigzag << 7n) | BigInt((bytes[at] as number) & 0x7f)
        expect((bytes[at] as number) >= 0x80).toBe(at < end - 1)
      }
      expect(zigzag).toBe(BigInt(value) >= 0n ? BigInt(value) * 2n : BigInt(value) * -2n - 1n)
    }),
    { numRuns: 500 },
  )
})
