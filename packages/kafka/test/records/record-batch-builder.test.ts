// Batches that are filled: their limits, their buffers, and what stands in their headers.

import { SluiceError } from '@sluice/core'
import { expect, test } from 'vitest'
import {
  BATCH_HEADER_BYTES,
  BatchHeader,
  sequenceAfter,
  setAppendTime,
} from '../../src/records/batch-header.ts'
import { BufferPool } from '../../src/records/buffer-pool.ts'
import { controlBatch, readControlRecord } from '../../src/records/control-batch.ts'
import { RecordBatchBuilder } from '../../src/records/record-batch-builder.ts'
import { RecordCursor } from '../../src/records/record-cursor.ts'
import { concatenated, makeBatch, noProducer } from './make-batch.ts'
import { readAll } from './read-records.ts'

function builderOf(batchBytes: number, recordBytes = batchBytes, messageBytes = recordBytes) {
  const pool = new BufferPool(1 << 20)
  return { pool, builder: new RecordBatchBuilder({ batchBytes, recordBytes, messageBytes }, pool) }
}

function thrownBy(action: () => unknown): SluiceError {
  try {
    action()
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
  throw new Error('Nothing was thrown.')
}

const value = (sizeBytes: number) => new Uint8Array(sizeBytes).fill(7)

test('a batch is full before it is above its limit, and the record goes into the next', () => {
  const { builder } = builderOf(1000)
  let appended = 0
  while (builder.append(undefined, value(100), undefined, 0)) appended++
  expect(builder.sizeBytes).toBeLessThanOrEqual(1000)
  expect(builder.recordCount).toBe(appended)
  const first = builder.finish(noProducer)
  expect(readAll(first)).toHaveLength(appended)
  expect(builder.append(undefined, value(100), undefined, 0)).toBe(true)
  expect(readAll(builder.finish(noProducer))).toHaveLength(1)
})

test('a batch can be filled to its limit exactly', () => {
  const { builder } = builderOf(BATCH_HEADER_BYTES + 2 * 17)
  // Length, attributes, two deltas, no key, length of the value, number of headers: 7 bytes.
  expect(builder.append(undefined, value(10), undefined, 0)).toBe(true)
  expect(builder.appendText(undefined, 'ten bytes!', undefined, 0)).toBe(true)
  expect(builder.sizeBytes).toBe(BATCH_HEADER_BYTES + 2 * 17)
  expect(builder.append(undefined, undefined, undefined, 0)).toBe(false)
})

test('text that turns out longer than its characters is refused without a trace', () => {
  const { builder } = builderOf(BATCH_HEADER_BYTES + 2 * 17)
  builder.append(undefined, value(10), undefined, 5)
  expect(builder.appendText(undefined, 'ten bytes€', undefined, 9)).toBe(false)
  expect(builder.recordCount).toBe(1)
  expect(builder.appendText(undefined, 'ten bytes!', undefined, 5)).toBe(true)
  const records = readAll(builder.finish(noProducer))
  expect(records.map(({ timestamp }) => timestamp)).toEqual([5, 5])
  expect(records[1]?.value).toEqual(new TextEncoder().encode('ten bytes!'))
})

test('a record above the size of a batch gets one of its own', () => {
  const { builder } = builderOf(500, 2000)
  expect(builder.append(undefined, value(1000), undefined, 0)).toBe(true)
  expect(builder.append(undefined, value(1), undefined, 0)).toBe(false)
  expect(builder.finish(noProducer).length).toBeGreaterThan(1000)
  builder.append(undefined, value(1), undefined, 0)
  expect(builder.append(undefined, value(1000), undefined, 0)).toBe(false)
})

test('a record that no batch can hold is an error that says both sizes', () => {
  const { builder } = builderOf(500, 2000)
  const error = thrownBy(() => builder.append(undefined, value(2000), undefined, 0))
  expect(error.code).toBe('KAFKA_RECORDS_TOO_LARGE')
  expect(error.message).toBe(
    'A record takes 2070 bytes as a batch of its own; the limit is 2000 bytes.',
  )
  const text = thrownBy(() => builder.appendText(undefined, '€'.repeat(700), undefined, 0))
  expect(text.code).toBe('KAFKA_RECORDS_TOO_LARGE')
  expect(builder.recordCount).toBe(0)
})

test('a record that an empty batch can hold is no error in a batch that has records', () => {
  const { builder } = builderOf(500, 2000)
  const largest = value(1930)
  builder.append(undefined, value(1), undefined, 0)
  expect(builder.append(undefined, largest, undefined, 8e15)).toBe(false)
  builder.discard()
  expect(builder.append(undefined, largest, undefined, 8e15)).toBe(true)
  expect(builder.sizeBytes).toBe(2000)
})

test('compression decides about a record that is too large only without it', () => {
  const { builder } = builderOf(500, 5000, 1000)
  builder.append(undefined, value(4000), undefined, 0)
  expect(builder.finish({ ...noProducer, compression: 'lz4' }).length).toBeLessThan(1000)
  builder.append(undefined, value(4000), undefined, 0)
  const error = thrownBy(() => builder.finish(noProducer))
  expect(error.code).toBe('KAFKA_RECORDS_TOO_LARGE')
})

test('records that cannot be compressed are sent as they are', () => {
  const noise = Uint8Array.from({ length: 300 }, (_, n) => (n * n * 97) >> 2)
  const bytes = makeBatch([{ value: noise }], { compression: 'gzip' })
  const header = new BatchHeader()
  header.read(bytes, 0)
  expect(header.compression).toBe('none')
  expect(readAll(bytes)[0]?.value).toEqual(noise)
})

test.each([Number.NaN, -2, 1.5, 9e15, Number.POSITIVE_INFINITY])(
  'the timestamp %d is refused',
  (timestamp) => {
    const { builder } = builderOf(500)
    const error = thrownBy(() => builder.append(undefined, undefined, undefined, timestamp))
    expect(error.code).toBe('TIMESTAMP_INVALID')
    expect(builder.recordCount).toBe(0)
  },
)

test('the header says what the batch was sealed with, and the span of its timestamps', () => {
  const bytes = makeBatch(
    [{ timestamp: 50 }, { timestamp: 90 }, { timestamp: 10 }],
    {
      producerId: 2 ** 40 + 5,
      producerEpoch: 32_767,
      baseSequence: 2 ** 31 - 1,
      isTransactional: true,
    },
    2 ** 45,
  )
  const header = new BatchHeader()
  header.read(bytes, 0)
  expect(header).toMatchObject({
    baseOffset: 2 ** 45,
    lastOffset: 2 ** 45 + 2,
    sizeBytes: bytes.length,
    producerId: 2 ** 40 + 5,
    producerEpoch: 32_767,
    baseSequence: 2 ** 31 - 1,
    isTransactional: true,
    isControl: false,
    baseTimestamp: 50,
    highestTimestamp: 90,
    recordCount: 3,
  })
})

test('sequence numbers go on at 0 behind the highest one', () => {
  expect(sequenceAfter(0, 5)).toBe(5)
  expect(sequenceAfter(2 ** 31 - 2, 1)).toBe(2 ** 31 - 1)
  expect(sequenceAfter(2 ** 31 - 1, 1)).toBe(0)
  expect(sequenceAfter(2 ** 31 - 3, 10)).toBe(7)
})

test('buffers come back from the pool, and one that was given out is not given twice', () => {
  const { pool, builder } = builderOf(1 << 16)
  builder.append(undefined, value(3000), undefined, 0)
  const first = builder.finish(noProducer)
  builder.append(undefined, value(3000), undefined, 0)
  const second = builder.finish(noProducer)
  expect(second.buffer).not.toBe(first.buffer)
  pool.give(first)
  builder.append(undefined, value(3000), undefined, 0)
  expect(builder.finish(noProducer).buffer).toBe(first.buffer)
})

test('a batch that grows gives back the buffers that it grew out of', () => {
  const { pool, builder } = builderOf(1 << 16)
  for (let n = 0; n < 10; n++) builder.append(undefined, value(1000), undefined, 0)
  const bytes = builder.finish(noProducer)
  expect(bytes.buffer.byteLength).toBe(16_384)
  expect(readAll(bytes)).toHaveLength(10)
  expect(pool.freeBytes).toBe(4096 + 8192)
})

test('the pool keeps no more than it is told', () => {
  const pool = new BufferPool(10_000)
  const buffers = [pool.take(4096), pool.take(4096), pool.take(4096)]
  for (const buffer of buffers) pool.give(buffer)
  expect(pool.freeBytes).toBe(8192)
})

test('a batch that is thrown away gives its buffer back and leaves nothing in the next', () => {
  const { pool, builder } = builderOf(1 << 16)
  builder.append(undefined, value(10), undefined, 77)
  builder.discard()
  expect(pool.freeBytes).toBe(4096)
  builder.append(undefined, value(20), undefined, 5)
  expect(readAll(builder.finish(noProducer))).toEqual([
    { offset: 0, timestamp: 5, key: undefined, value: value(20), headers: [] },
  ])
})

test.each(['commit', 'abort'] as const)(
  'a marker says %s, whose it is and who wrote it',
  (type) => {
    const marker = controlBatch({
      type,
      producerId: 9,
      producerEpoch: 3,
      coordinatorEpoch: 70_000,
      timestamp: 123,
    })
    const cursor = new RecordCursor({ decompressedBytes: 100 })
    cursor.reset(marker, 0)
    expect(cursor.nextBatch()).toBe(true)
    expect(cursor.batch).toMatchObject({ isControl: true, isTransactional: true, producerId: 9 })
    expect(cursor.batch.producerEpoch).toBe(3)
    expect(cursor.nextRecord()).toBe(true)
    expect(cursor.timestamp).toBe(123)
    expect(readControlRecord(cursor)).toEqual({ type, coordinatorEpoch: 70_000 })
  },
)

test('a control record of another kind ends no transaction', () => {
  const cursor = new RecordCursor({ decompressedBytes: 100 })
  cursor.reset(makeBatch([{ key: Uint8Array.of(0, 0, 0, 4) }]), 0)
  cursor.nextBatch()
  cursor.nextRecord()
  expect(readControlRecord(cursor)).toEqual({ type: 'other', coordinatorEpoch: -1 })
})

test('with append time all records have the time of the broker', () => {
  const bytes = concatenated(
    makeBatch([{ timestamp: 5 }, { timestamp: 9 }]),
    makeBatch([{ timestamp: 6 }], {}, 2),
  )
  const firstBytes = makeBatch([{ timestamp: 5 }, { timestamp: 9 }]).length
  setAppendTime(bytes, 0, 1_700_000_000_000)
  setAppendTime(bytes, firstBytes, 1_700_000_000_001)
  expect(readAll(bytes).map(({ timestamp }) => timestamp)).toEqual([
    1_700_000_000_000, 1_700_000_000_000, 1_700_000_000_001,
  ])
})

test('reading begins in the middle of a batch where it was left', () => {
  const batch = makeBatch([{ value: 'a' }, { value: 'b' }, { value: 'c' }], {}, 10)
  expect(readAll(batch, 11).map(({ offset }) => offset)).toEqual([11, 12])
  const cursor = new RecordCursor({ decompressedBytes: 100 })
  cursor.reset(batch, 11)
  cursor.nextBatch()
  expect(cursor.position).toBe(11)
  cursor.nextRecord()
  expect(cursor.position).toBe(12)
  expect(cursor.nextBatch()).toBe(false)
  expect(cursor.position).toBe(13)
})
