// Log segments that Java's producer and kafkajs had a real broker write are read as Kafka's own
// reader reads them: every field of every batch, every record, every compression.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readControlRecord } from '../../src/records/control-batch.ts'
import { RecordCursor } from '../../src/records/record-cursor.ts'
import type { RecordedRecord, RecordedSegment } from '../real/recording/recorded-segment.ts'
import { large } from '../real/recording/sample-records.ts'
import { readRecord } from './read-records.ts'

const fixtures = ['java', 'kafkajs', 'compacted'].flatMap((name) => {
  const file = new URL(`fixtures/${name}.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { segments: RecordedSegment[] }).segments
})

function recorded(cursor: RecordCursor): RecordedRecord {
  const { key, value, headers, ...rest } = readRecord(cursor)
  const text = (bytes: Uint8Array | undefined) =>
    bytes === undefined ? null : Buffer.from(bytes).toString('base64')
  const control = cursor.batch.isControl ? readControlRecord(cursor) : undefined
  return {
    ...rest,
    key: text(key),
    value: text(value),
    headers: headers.map((header) => [header.key, text(header.value)] as const),
    ...(control === undefined
      ? {}
      : {
          control: control.type.toUpperCase() as 'COMMIT',
          coordinatorEpoch: control.coordinatorEpoch,
        }),
  }
}

function batchesOf(segment: RecordedSegment) {
  const cursor = new RecordCursor({ decompressedBytes: 1 << 20 })
  cursor.reset(Buffer.from(segment.bytes, 'base64'), 0)
  const batches = []
  while (cursor.nextBatch()) {
    const { batch } = cursor
    const fields = {
      baseOffset: batch.baseOffset,
      lastOffset: batch.lastOffset,
      sizeBytes: batch.sizeBytes,
      partitionLeaderEpoch: batch.leaderEpoch,
      compression: batch.compression,
      timestampType: batch.hasAppendTime ? 'LogAppendTime' : 'CreateTime',
      isTransactional: batch.isTransactional,
      isControl: batch.isControl,
      maxTimestamp: batch.highestTimestamp,
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      baseSequence: batch.baseSequence,
      count: batch.recordCount,
    }
    const records: RecordedRecord[] = []
    while (cursor.nextRecord()) records.push(recorded(cursor))
    batches.push({ ...fields, records })
    expect(cursor.position).toBe(batch.lastOffset + 1)
  }
  expect(cursor.neededBytes).toBe(0)
  return batches
}

const largeRecords = large.map((record, offset) => ({ ...record, offset }))

describe.each(fixtures.map((segment) => [segment.name, segment] as const))('%s', (_, segment) => {
  test('is read as the reader of Kafka reads it', () => {
    const expected = segment.batches.map(
      ({ checksum: _checksum, lastSequence: _last, deleteHorizonMs: _horizon, ...batch }) => ({
        ...batch,
        records: batch.records ?? largeRecords.slice(batch.baseOffset, batch.lastOffset + 1),
      }),
    )
    expect(batchesOf(segment)).toEqual(expected)
  })
})

test('the fixtures hold every compression, transactions, gaps and empty batches', () => {
  const batches = fixtures.flatMap((segment) =>
    segment.batches.map((batch) => ({ ...batch, writtenBy: segment.writtenBy })),
  )
  const seen = new Set(batches.map(({ writtenBy, compression }) => `${writtenBy} ${compression}`))
  expect([...seen].sort()).toEqual([
    'java gzip',
    'java lz4',
    'java none',
    'java snappy',
    'java zstd',
    'kafkajs gzip',
    'kafkajs none',
  ])
  const controls = batches.flatMap(({ records }) => records?.map(({ control }) => control) ?? [])
  expect(controls).toContain('COMMIT')
  expect(controls).toContain('ABORT')
  expect(batches.some(({ count }) => count === 0)).toBe(true)
  expect(
    batches.some(({ count, baseOffset, lastOffset }) => count < lastOffset - baseOffset + 1),
  ).toBe(true)
})
