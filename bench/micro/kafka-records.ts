// Records per second through the codec of Kafka's record batches on one core, beside those of
// @platformatic/kafka and kafkajs in the same run. Ours checks the checksums of what it reads, and
// they do not.
// `walk` reads every field of a record; `bytes` also makes a Uint8Array of its value.
// Run: node --conditions=sluice-source bench/micro/kafka-records.ts [--json]

import { createRequire } from 'node:module'
import { createRecordsBatch, Reader, readRecordsBatches } from '@platformatic/kafka'
import { BufferPool } from '../../packages/kafka/src/records/buffer-pool.ts'
import type { Compression } from '../../packages/kafka/src/records/compression/compression.ts'
import {
  RecordBatchBuilder,
  type RecordBatchLimits,
} from '../../packages/kafka/src/records/record-batch-builder.ts'
import { RecordCursor } from '../../packages/kafka/src/records/record-cursor.ts'
import { drawing } from '../harness/micro.ts'

const BATCH = 1000
const BATCHES = 20
const ROUNDS = 5
const SEED = 1
const MEASURED_MS = 60
const DECODE_BAR = 5e6
const ENCODE_BAR = 4e6
const BEGAN = 1_700_000_000_000
const LIMIT_BYTES = 1 << 24

interface Sample {
  readonly key: Buffer | undefined
  readonly value: Buffer
  readonly text: string
}

interface Case {
  readonly name: string
  readonly compression: Compression
  readonly batches: readonly (readonly Sample[])[]
  readonly encodeBar?: number
  readonly decodeBar?: number
}

/** One way to write and to read; a rate is undefined where the way has none of it. */
interface Way {
  readonly name: string
  readonly encode?: (samples: readonly Sample[], batch: number) => unknown
  readonly decode?: (batch: number) => unknown
}

const below = drawing(SEED)
const words = ['order', 'shipped', 'pending', 'berlin', 'lyon', 'return', 'express', 'paid']

function value(bytes: number, n: number): string {
  let text = `{"id":${n},"user":"user-${below(100_000)}","price":${below(10_000) / 100},"note":"`
  while (text.length < bytes - 2) text += `${words[below(words.length)]} `
  return `${text.slice(0, bytes - 2)}"}`
}

function samples(keyed: boolean): Sample[][] {
  return Array.from({ length: BATCHES }, (_, batch) =>
    Array.from({ length: BATCH }, (_, index) => {
      const text = value(100, batch * BATCH + index)
      const key = keyed ? Buffer.from(`user-${below(100_000)}`.padEnd(12, '0')) : undefined
      return { key, value: Buffer.from(text), text }
    }),
  )
}

const limits: RecordBatchLimits = {
  batchBytes: LIMIT_BYTES,
  recordBytes: LIMIT_BYTES,
  messageBytes: LIMIT_BYTES,
}

function ours(text: boolean, compression: Compression): Way {
  const pool = new BufferPool(LIMIT_BYTES)
  const builder = new RecordBatchBuilder(limits, pool)
  return {
    name: text ? 'text' : 'bytes',
    encode: (records) => {
      for (let index = 0; index < records.length; index++) {
        const record = records[index] as Sample
        if (text) builder.appendText(record.key, record.text, undefined, BEGAN + index)
        else builder.append(record.key, record.value, undefined, BEGAN + index)
      }
      const bytes = builder.finish({
        producerId: 1,
        producerEpoch: 0,
        baseSequence: 0,
        isTransactional: false,
        compression,
      })
      pool.give(bytes)
      return bytes
    },
  }
}

function cursorWay(name: string, batches: readonly Uint8Array[], makesBytes: boolean): Way {
  const cursor = new RecordCursor({ decompressedBytes: LIMIT_BYTES })
  return {
    name,
    decode: (batch) => {
      cursor.reset(batches[batch] as Uint8Array, 0)
      let last: unknown = 0
      let sum = 0
      while (cursor.nextBatch()) {
        while (cursor.nextRecord()) {
          if (makesBytes) last = cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd)
          sum += cursor.valueEnd - cursor.valueStart + cursor.timestamp + cursor.offset
        }
      }
      return [sum, last]
    },
  }
}

function platformatic(compression: Compression, batches: readonly Uint8Array[]): Way {
  return {
    name: '@platformatic/kafka',
    encode: (records) =>
      createRecordsBatch(
        records.map(({ key, value }, index) => ({
          topic: 't',
          key,
          value,
          timestamp: BigInt(BEGAN + index),
        })) as Parameters<typeof createRecordsBatch>[0],
        { compression } as Parameters<typeof createRecordsBatch>[1],
      ).buffer,
    decode: (batch) => readRecordsBatches(Reader.from(Buffer.from(batches[batch] as Uint8Array))),
  }
}

interface KafkajsRecords {
  readonly encodeBatch: (fields: object) => Promise<{ buffer: Buffer }>
  readonly encodeRecord: (fields: object) => unknown
  readonly decodeBatch: (decoder: unknown) => Promise<unknown>
  readonly Decoder: new (bytes: Buffer) => unknown
}

/** The modules in which kafkajs does it; there is no public way to them. */
function kafkajsRecords(): KafkajsRecords {
  const require = createRequire(import.meta.url)
  const folder = 'kafkajs/src/protocol'
  return {
    encodeBatch: require(`${folder}/recordBatch/v0`).RecordBatch,
    encodeRecord: require(`${folder}/recordBatch/record/v0`),
    decodeBatch: require(`${folder}/recordBatch/v0/decoder`),
    Decoder: require(`${folder}/decoder`),
  }
}

function kafkajs(compression: Compression, batches: readonly Uint8Array[]): Way[] {
  if (compression !== 'none' && compression !== 'gzip') return []
  const { encodeBatch, encodeRecord, decodeBatch, Decoder } = kafkajsRecords()
  const way: Way = {
    name: 'kafkajs',
    encode: (records) =>
      encodeBatch({
        compression: compression === 'gzip' ? 1 : 0,
        firstTimestamp: BEGAN,
        maxTimestamp: BEGAN + records.length - 1,
        lastOffsetDelta: records.length - 1,
        records: records.map(({ key, value }, index) =>
          encodeRecord({ offsetDelta: index, timestampDelta: index, key, value }),
        ),
      }),
    decode: (batch) => decodeBatch(new Decoder(Buffer.from(batches[batch] as Uint8Array))),
  }
  return [way]
}

/** The value that the measured work left, so that no compiler can leave the work out. */
let left: unknown

async function rate(work: (batch: number) => unknown): Promise<number> {
  const start = performance.now()
  let elapsedMs = 0
  let passes = 0
  while (elapsedMs < MEASURED_MS) {
    for (let batch = 0; batch < BATCHES; batch++) {
      left = work(batch)
      if (left instanceof Promise) left = await left
    }
    passes++
    elapsedMs = performance.now() - start
  }
  return (passes * BATCH * BATCHES * 1000) / elapsedMs
}

function median(rates: number[]): number | undefined {
  return rates.sort((a, b) => a - b)[rates.length >> 1]
}

const cases: readonly Case[] = [
  {
    name: 'values',
    compression: 'none',
    batches: samples(false),
    encodeBar: ENCODE_BAR,
    decodeBar: DECODE_BAR,
  },
  { name: 'keyed', compression: 'none', batches: samples(true) },
  ...(['gzip', 'snappy', 'lz4', 'zstd'] as const).map((compression) => ({
    name: compression,
    compression,
    batches: samples(true),
  })),
]

function waysOf({ compression, batches }: Case): Way[] {
  const encoder = ours(false, compression)
  const encoded = batches.map((samples, batch) =>
    Uint8Array.from(encoder.encode?.(samples, batch) as Uint8Array),
  )
  return [
    encoder,
    ours(true, compression),
    cursorWay('walk', encoded, false),
    cursorWay('bytes', encoded, true),
    platformatic(compression, encoded),
    ...kafkajs(compression, encoded),
  ]
}

async function measure() {
  const runs = cases.flatMap((each) =>
    waysOf(each).map((way) => ({ each, way, encode: [] as number[], decode: [] as number[] })),
  )
  // Round after round over all of them: the first one only warms up and pollutes.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { each, way, encode, decode } of runs) {
      const { encode: encodes, decode: decodes } = way
      const encoded =
        encodes && (await rate((batch) => encodes(each.batches[batch] as Sample[], batch)))
      const decoded = decodes && (await rate(decodes))
      if (round > 0 && encoded !== undefined) encode.push(encoded)
      if (round > 0 && decoded !== undefined) decode.push(decoded)
    }
  }
  return runs.map(({ each, way, encode, decode }) => ({
    each,
    way: way.name,
    encode: median(encode),
    decode: median(decode),
  }))
}

type Figures = Awaited<ReturnType<typeof measure>>

function print(figures: Figures): void {
  const million = (rate: number | undefined) =>
    (rate === undefined ? '' : (rate / 1e6).toFixed(2)).padStart(8)
  console.log(`${BATCH} records a batch, M records/s, median of ${ROUNDS}, seed ${SEED}`)
  console.log(`${'records'.padEnd(10)}${'way'.padEnd(20)}  encode  decode`)
  for (const { each, way, encode, decode } of figures) {
    console.log(`${each.name.padEnd(10)}${way.padEnd(20)}${million(encode)}${million(decode)}`)
  }
}

function printJson(figures: Figures): void {
  for (const { each, way, encode, decode } of figures) {
    const { encodeBar, decodeBar } = each
    for (const [direction, rate, bar] of [
      ['encode', encode, encodeBar],
      ['decode', decode, decodeBar],
    ] as const) {
      if (rate === undefined || way === 'kafkajs' || way.startsWith('@')) continue
      const peers = figures.filter((other) => other.each === each && other[direction])
      const peer = peers.find((other) => other.way.startsWith('@'))?.[direction] ?? rate
      const value = Math.round(rate)
      const line = {
        name: `kafka-records-${each.name}-${way}-${direction}`,
        value,
        unit: 'records/s',
        baseline: '@platformatic/kafka',
        baselineValue: Math.round(peer),
        ratio: Number((rate / peer).toFixed(3)),
        ...(bar === undefined ? {} : { bar, met: value >= bar }),
        seed: SEED,
        runs: ROUNDS,
      }
      console.log(JSON.stringify(line))
    }
  }
}

const figures = await measure()
if (process.argv.includes('--json')) printJson(figures)
else print(figures)
if (left === undefined) throw new Error('The work left nothing.')
