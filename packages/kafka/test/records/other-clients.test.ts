// What the builder writes, for each compression, is read by the codecs of two other clients.

import { createRequire } from 'node:module'
import { Reader, readRecordsBatches } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { decompress } from '../../src/records/compression/compression.ts'
import { makeBatch, type MadeRecord } from './make-batch.ts'

const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const records: readonly MadeRecord[] = [
  { key: Buffer.from('key'), value: 'value', timestamp: 1_700_000_000_000 },
  { value: 'ключ 🦥', timestamp: 1_700_000_500_000 },
  { key: Buffer.from('deleted'), timestamp: 1_699_000_000_000 },
  {
    value: 'with headers',
    headers: [
      { key: 'größe', value: Buffer.from('1') },
      { key: 'empty', value: Buffer.from('') },
    ],
    timestamp: 1_700_000_000_000,
  },
  ...Array.from({ length: 3000 }, (_, n) => ({
    key: Buffer.from(`user-${n % 100}`),
    value: `{"id":${n},"price":${(n * 7919) % 1000}}`,
    timestamp: 1_700_000_000_000 + n,
  })),
]
const seal = { producerId: 77, producerEpoch: 4, baseSequence: 12, isTransactional: true }

interface OtherRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
}

function texts(found: readonly OtherRecord[]) {
  return found.map(({ key, value }) => [key?.toString() ?? null, value?.toString() ?? null])
}

const expected = records.map(({ key, value }) => [
  key === undefined ? null : Buffer.from(key).toString(),
  value ?? null,
])

describe.each(compressions)('compression %s', (compression) => {
  const bytes = Buffer.from(makeBatch(records, { ...seal, compression }, 500))

  test('is read by @platformatic/kafka', () => {
    const [batch, ...more] = readRecordsBatches(Reader.from(bytes))
    expect(more).toEqual([])
    expect(batch).toMatchObject({
      firstOffset: 500n,
      lastOffsetDelta: records.length - 1,
      producerId: 77n,
      producerEpoch: 4,
      firstSequence: 12,
      firstTimestamp: 1_700_000_000_000n,
      maxTimestamp: 1_700_000_500_000n,
    })
    const found = batch?.records ?? []
    expect(texts(found)).toEqual(expected)
    expect(found.map(({ offsetDelta }) => offsetDelta)).toEqual(records.map((_, index) => index))
    expect(found.map(({ timestampDelta }) => Number(timestampDelta) + 1_700_000_000_000)).toEqual(
      records.map(({ timestamp }) => timestamp),
    )
    expect(found[3]?.headers.map(([key, value]) => [String(key), String(value)])).toEqual([
      ['größe', '1'],
      ['empty', ''],
    ])
  })

  test('is read by kafkajs', async () => {
    const require = createRequire(import.meta.url)
    const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder')
    const Decoder = require('kafkajs/src/protocol/decoder')
    // kafkajs leaves all compressions but gzip to plug-ins.
    const { CompressionCodecs, CompressionTypes } = kafkajs
    for (const [type, name] of [
      [CompressionTypes.Snappy, 'snappy'],
      [CompressionTypes.LZ4, 'lz4'],
      [CompressionTypes.ZSTD, 'zstd'],
    ] as const) {
      CompressionCodecs[type] = () => ({
        decompress: async (content: Buffer) => Buffer.from(decompress(name, content, 1 << 24)),
      })
    }
    const batch = (await decode(new Decoder(bytes))) as { records: readonly OtherRecord[] }
    expect(batch).toMatchObject({
      firstOffset: '500',
      producerId: '77',
      producerEpoch: 4,
      firstSequence: 12,
      inTransaction: true,
    })
    expect(texts(batch.records)).toEqual(expected)
  })
})
