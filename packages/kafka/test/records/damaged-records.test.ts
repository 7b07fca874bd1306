// Bytes that are cut off, flipped or made up: each is told as damage with the offset of its batch,
// or changes nothing. Nothing hangs, nothing outside of the batch is read, and every error is one
// of ours.

import { SluiceError } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BATCH_HEADER_BYTES,
  placeBatch,
  writeInt16,
  writeInt32,
} from '../../src/records/batch-header.ts'
import { crc32c } from '../../src/records/crc32c.ts'
import { RecordCursor } from '../../src/records/record-cursor.ts'
import { concatenated, type MadeRecord, makeBatch } from './make-batch.ts'
import { type ReadRecord, readAll, readRecord } from './read-records.ts'

const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const text = (n: number) => `value ${n} `.repeat(4)
const made: readonly MadeRecord[] = [
  { key: Buffer.from('a'), value: text(1), timestamp: 1_700_000_000_000 },
  { value: text(2), headers: [{ key: 'h', value: undefined }], timestamp: 1_700_000_900_000 },
  { key: Buffer.from('c'), timestamp: 1_699_999_000_000 },
]

const CRC_AT = 17
const ATTRIBUTES_AT = 21
const COUNT_AT = 57
const BATCH_LENGTH_AT = 8

/** Makes the checksum right again, as a broken producer would. */
function resealed(bytes: Uint8Array): Uint8Array {
  writeInt32(bytes, CRC_AT, crc32c(bytes, ATTRIBUTES_AT, bytes.length))
  return bytes
}

function changed(bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  const copy = Uint8Array.from(bytes)
  change(copy)
  return resealed(copy)
}

/** What can be read, and the error that ended it. */
function readUntilError(bytes: Uint8Array, fetchOffset: number) {
  const cursor = new RecordCursor({ decompressedBytes: 1 << 16 })
  cursor.reset(bytes, fetchOffset)
  const records: ReadRecord[] = []
  let isAtRecord = false
  try {
    while (cursor.nextBatch()) {
      while ((isAtRecord = cursor.nextRecord())) {
        expect(cursor.keyEnd).toBeLessThanOrEqual(cursor.bytes.length)
        expect(cursor.valueEnd).toBeLessThanOrEqual(cursor.bytes.length)
        records.push(readRecord(cursor))
        isAtRecord = false
      }
    }
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    expect(error.code).toMatch(/^KAFKA_RECORDS_/)
    expect(() => {
      if (isAtRecord) cursor.headers()
      while (cursor.nextRecord());
      while (cursor.nextBatch());
    }, 'asked again it is the same error').toThrow(error.message)
    return { records, error, cursor }
  }
  return { records, error: undefined, cursor }
}

describe.each(compressions)('compression %s', (compression) => {
  const batches = [0, 3, 6].map((baseOffset) => makeBatch(made, { compression }, baseOffset))
  const response = concatenated(...batches)
  const whole = readAll(response)

  test('a response that is cut off anywhere gives its whole batches and asks for the rest', () => {
    const ends = batches.map((_, index) =>
      batches.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0),
    )
    for (let size = 0; size <= response.length; size++) {
      const { records, error, cursor } = readUntilError(response.subarray(0, size), 0)
      const complete = ends.filter((end) => end <= size).length
      expect(error).toBeUndefined()
      expect(records).toEqual(whole.slice(0, complete * 3))
      expect(cursor.position).toBe(complete * 3)
      const restBytes = size - (ends[complete - 1] ?? 0)
      const needed = restBytes >= 12 ? batches[complete]?.length : restBytes + 1
      expect(cursor.neededBytes).toBe(restBytes === 0 ? 0 : needed)
      expect(cursor.isOversized).toBe(size > 0 && complete === 0)
    }
  })

  test('each flipped bit is found, or what is read is what was written', () => {
    const [first, second] = batches as [Uint8Array, Uint8Array]
    for (let bit = 0; bit < second.length * 8; bit++) {
      // Neither base offset nor leader epoch is under the checksum; that is so for every client.
      if (bit >> 3 < BATCH_LENGTH_AT) continue
      const flipped = Uint8Array.from(response)
      const at = first.length + (bit >> 3)
      flipped[at] = (flipped[at] as number) ^ (1 << (bit & 7))
      const { records, cursor } = readUntilError(flipped, 0)
      expect(records).toEqual(whole.slice(0, records.length))
      expect(cursor.position).toBe(records.length)
    }
  })

  test('each flipped bit under a right checksum is an error of ours or another record', () => {
    const [first] = batches as [Uint8Array]
    const guarded = new Uint8Array(first.length + 64).fill(0x02)
    for (let bit = ATTRIBUTES_AT * 8; bit < first.length * 8; bit++) {
      const flipped = changed(first, (copy) => {
        copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
      })
      guarded.set(flipped)
      const { records } = readUntilError(guarded.subarray(0, first.length), 0)
      expect(records.length).toBeLessThanOrEqual(3)
    }
  })

  test('made-up content under a right checksum is an error of ours or some records', () => {
    const [first] = batches as [Uint8Array]
    const anyContent = fc.oneof(
      fc.uint8Array({ maxLength: 120, size: 'max' }),
      fc
        .tuple(fc.uint8Array({ maxLength: 20 }), fc.nat(first.length))
        .map(([piece, at]) => concatenated(first.subarray(BATCH_HEADER_BYTES, at), piece)),
    )
    fc.assert(
      fc.property(anyContent, fc.integer({ min: 0, max: 3 }), (content, count) => {
        const header = first.slice(0, BATCH_HEADER_BYTES)
        writeInt32(header, BATCH_LENGTH_AT, BATCH_HEADER_BYTES - 12 + content.length)
        writeInt32(header, COUNT_AT, count)
        readUntilError(resealed(concatenated(header, content)), 0)
      }),
      { numRuns: 400 },
    )
  })
})

const batch = makeBatch(made, {}, 40)

function errorOf(bytes: Uint8Array): SluiceError | undefined {
  return readUntilError(bytes, 40).error
}

test.each<[string, (copy: Uint8Array) => void, RegExp]>([
  ['more records than there are bytes', (copy) => writeInt32(copy, COUNT_AT, 4), /4 records/],
  ['fewer records than there are bytes', (copy) => writeInt32(copy, COUNT_AT, 2), /bytes follow/],
  ['less than no records', (copy) => writeInt32(copy, COUNT_AT, -1), /-1 records/],
  ['a last offset before the first', (copy) => writeInt32(copy, 23, -1), /last offset is 39/],
  ['a last offset that records pass', (copy) => writeInt32(copy, 23, 1), /3 records/],
  ['a negative base offset', (copy) => writeInt32(copy, 0, -1), /offsets end/],
])('a batch with %s is damaged', (_, change, message) => {
  const error = errorOf(changed(batch, change))
  expect(error?.code).toBe('KAFKA_RECORDS_DAMAGED')
  expect(error?.message).toMatch(message)
})

test('a batch that says to be shorter than any is damaged, not read for ever', () => {
  for (const length of [0, -1, -12, 13, -(2 ** 31)]) {
    const copy = Uint8Array.from(batch)
    writeInt32(copy, BATCH_LENGTH_AT, length)
    expect(errorOf(copy)?.code).toBe('KAFKA_RECORDS_DAMAGED')
  }
})

test('batches that are not in order are damaged', () => {
  const error = errorOf(concatenated(batch, makeBatch(made, {}, 42)))
  expect(error?.message).toBe(
    'The record batch at offset 42 is damaged: the one before it ends at 42.',
  )
})

test('records whose offsets do not rise are damaged', () => {
  const one = makeBatch([{ value: 'x' }])
  const record = one.subarray(BATCH_HEADER_BYTES)
  const twice = concatenated(one, record)
  writeInt32(twice, BATCH_LENGTH_AT, twice.length - 12)
  writeInt32(twice, COUNT_AT, 2)
  writeInt32(twice, 23, 5)
  expect(errorOf(resealed(twice))?.message).toMatch(/record 1 of 2: offset 0 follows 0/)
})

/** A batch of records that are given as bytes, of which the header says `lastDelta`. */
function batchOf(lastDelta: number, ...records: readonly (readonly number[])[]): Uint8Array {
  const header = makeBatch([{ value: 'x' }]).slice(0, BATCH_HEADER_BYTES)
  const bytes = concatenated(header, Uint8Array.from(records.flat()))
  writeInt32(bytes, BATCH_LENGTH_AT, bytes.length - 12)
  writeInt32(bytes, 23, lastDelta)
  writeInt32(bytes, COUNT_AT, records.length)
  return resealed(bytes)
}

// Length, attributes, timestamp delta, offset delta, key, value, number of headers; in zigzag.
const plain = [12, 0, 0, 0, 1, 1, 0]

test.each<[string, Uint8Array, RegExp]>([
  [
    'an offset behind the last one',
    batchOf(3, plain, [12, 0, 0, 8, 1, 1, 0]),
    /offset 4 follows 0/,
  ],
  ['an offset before the first one', batchOf(3, [12, 0, 0, 1, 1, 1, 0]), /offset -1 follows/],
  ['bytes behind its headers', batchOf(0, [14, 0, 0, 0, 1, 1, 0, 9]), /bytes follow it/],
  ['a key of -2 bytes', batchOf(0, [12, 0, 0, 0, 3, 1, 0]), /a part of it is -2 bytes long/],
  ['a key that is longer than it is', batchOf(0, [12, 0, 0, 0, 8, 1, 0]), /4 bytes long/],
  ['less than no headers', batchOf(0, [12, 0, 0, 0, 1, 1, 1]), /-1 headers/],
  ['more headers than bytes', batchOf(0, [12, 0, 0, 0, 1, 1, 2]), /1 headers/],
  ['no length', batchOf(0, [0]), /it is 0 bytes long/],
  ['a number without an end', batchOf(0, [12, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80]), /number/],
  ['a number above 32 bits', batchOf(0, [22, 0, 0, ...Array<number>(9).fill(0xff)]), /32 bits/],
  ['a number above 64 bits', batchOf(0, [26, 0, ...Array<number>(12).fill(0xff)]), /64 bits/],
])('a record with %s is damaged', (_, bytes, message) => {
  const { error } = readUntilError(bytes, 0)
  expect(error?.code).toBe('KAFKA_RECORDS_DAMAGED')
  expect(error?.message).toMatch(message)
})

test('offsets that compaction has left out are no damage, nor is a batch without records', () => {
  const gaps = concatenated(batchOf(9, plain, [12, 0, 0, 8, 1, 1, 0]), batchOf(5))
  placeBatch(gaps, batchOf(9, plain, plain).length, 20, 0)
  const { records, error, cursor } = readUntilError(gaps, 0)
  expect(error).toBeUndefined()
  expect(records.map(({ offset }) => offset)).toEqual([0, 4])
  expect(cursor.position).toBe(26)
})

test.each([0, 1])('records of message format %d are refused with the way out', (magic) => {
  const copy = Uint8Array.from(batch)
  copy[16] = magic
  for (const size of [copy.length, 30]) {
    const error = errorOf(copy.subarray(0, size))
    expect(error?.code).toBe('KAFKA_RECORDS_UNSUPPORTED')
    expect(error?.message).toContain(`message format ${magic}`)
    expect(error?.hint).toContain('Copy the topic')
  }
})

test('a compression that there is not is refused, and only when records are read', () => {
  const unknown = changed(batch, (copy) => writeInt16(copy, ATTRIBUTES_AT, 5))
  expect(errorOf(unknown)?.code).toBe('KAFKA_RECORDS_UNSUPPORTED')
  const cursor = new RecordCursor({ decompressedBytes: 1000 })
  cursor.reset(unknown, 0)
  expect(cursor.nextBatch()).toBe(true)
  expect(cursor.nextBatch()).toBe(false)
  expect(cursor.position).toBe(43)
})

test('an error says which batch and which record it is about', () => {
  const value = changed(batch, (copy) => {
    // The length of the first value, behind length, attributes, two deltas and the key.
    copy[BATCH_HEADER_BYTES + 6] = 0x7e
  })
  expect(errorOf(value)?.message).toBe(
    'The record batch at offset 40 is damaged: record 0 of 3: a part of it is 63 bytes long.',
  )
})
