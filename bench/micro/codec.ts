// Records per second through the codec of a channel, one way each, on one core, beside JSON and
// v8.serialize in the same run. Every codec sees all shapes before any is measured, because call
// sites that saw one shape only are faster than those of a process that runs several jobs.
// Run: node --conditions=sluice-source bench/micro/codec.ts [--json]

import { deserialize, serialize } from 'node:v8'
import { BatchDecoder, BatchEncoder } from '../../packages/runtime/src/network/codec/batch-codec.ts'
import { ByteReader } from '../../packages/runtime/src/network/codec/byte-reader.ts'
import { ByteWriter } from '../../packages/runtime/src/network/codec/byte-writer.ts'
import { flattenString } from '../../packages/runtime/src/network/codec/flatten.ts'
import { decodeValue, encodeValue } from '../../packages/runtime/src/network/codec/value-codec.ts'

const BATCH = 1000
const BATCHES = 40
const ROUNDS = 5
const SEED = 1
const MEASURED_MS = 50

let random = SEED
function next(below: number): number {
  random = (Math.imul(random, 1664525) + 1013904223) >>> 0
  return random % below
}

const cities = ['Zürich', 'New York', 'Berlin', 'Lyon', 'Oslo']
const channels = ['Google', 'Apple', 'Facebook', 'Baidu', 'channel-9134']

/** The shapes; the bar, in records per second each way, is the one that performance.md names. */
const shapes: { name: string; bar?: number; make: (i: number) => unknown }[] = [
  {
    name: 'bid-numbers',
    bar: 8e6,
    make: (i) => ({
      auction: next(1e6),
      bidder: next(1e5),
      price: next(1e6) / 100,
      ts: 1.7e12 + i,
    }),
  },
  {
    name: 'three-strings',
    bar: 3e6,
    make: (i) => ({
      id: i,
      name: `user-${next(1e6)}`,
      city: cities[next(5)],
      channel: channels[next(5)],
    }),
  },
  {
    name: 'string-key-count',
    make: () => ({ key: `0f8fad5b-d9cb-469f-a165-${1e11 + next(1e9)}`, count: next(1000) }),
  },
  {
    name: 'nested-order',
    make: (i) => ({
      id: BigInt(i),
      customer: { id: next(1e5), name: `customer ${next(1e5)}`, vip: next(2) === 1 },
      at: new Date(1.7e12 + i),
      note: next(4) === 0 ? null : 'leave at the door',
      items: [{ sku: `sku-${next(1e4)}`, quantity: next(9) }],
    }),
  },
  {
    name: 'union-of-three',
    make: (i) =>
      i % 3 === 0
        ? { type: 'bid', auction: next(1e6), price: next(100) }
        : i % 3 === 1
          ? { type: 'person', id: i, name: `p${i}`, city: cities[next(5)] }
          : { type: 'auction', id: i, seller: next(1e5), reserve: next(1e3) / 4, open: true },
  },
  { name: 'tuple', make: (i) => [`k${next(1e5)}`, i] },
  { name: 'number', make: (i) => i * 1.5 },
  { name: 'unlearnable', make: (i) => ({ [`k${next(1e5)}`]: i, [`x${next(1e5)}`]: 'y' }) },
]

interface Way {
  readonly name: string
  readonly encode: (values: unknown[], batch: number) => void
  readonly decode: (batch: number) => unknown
}

const timestamps = Float64Array.from({ length: BATCH }, (_, i) => 1.7e12 + i)

/** The codec of a channel; its batches are decoded in order, as a channel delivers them. */
function channel(): Way {
  const encoder = new BatchEncoder()
  const decoder = new BatchDecoder()
  const encoded: Uint8Array[] = []
  return {
    name: 'sluice',
    encode: (values, batch) => {
      if (batch === 0) encoder.restart()
      const bytes = encoder.encode({ values, timestamps, length: BATCH })
      const place = encoded[batch]
      // The copy stands for the one into the ring.
      if (place?.length === bytes.length) place.set(bytes)
      else encoded[batch] = bytes.slice()
    },
    decode: (batch) => decoder.decode(encoded[batch] as Uint8Array).values,
  }
}

/** The self-describing format, as state and checkpoints use it. */
function selfDescribing(): Way {
  const writer = new ByteWriter(1 << 20)
  const encoded: Uint8Array[] = []
  return {
    name: 'values',
    encode: (values, batch) => {
      writer.reset()
      for (const value of values) encodeValue(writer, value)
      encoded[batch] ??= writer.copy()
    },
    decode: (batch) => {
      const reader = new ByteReader(encoded[batch] as Uint8Array)
      const values: unknown[] = []
      for (let i = 0; i < BATCH; i++) values.push(decodeValue(reader))
      return values
    },
  }
}

/** JSON with bigints as text: faster than right, which is what it is here for. */
function json(): Way {
  const encoded: string[] = []
  const replacer = (_: string, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value
  return {
    name: 'json',
    encode: (values, batch) => {
      const hasBigint = typeof (values[0] as { id?: unknown }).id === 'bigint'
      encoded[batch] = JSON.stringify(values, hasBigint ? replacer : undefined)
    },
    decode: (batch) => JSON.parse(encoded[batch] as string),
  }
}

function v8(): Way {
  const encoded: Uint8Array[] = []
  return {
    name: 'v8',
    encode: (values, batch) => {
      encoded[batch] = serialize(values)
    },
    decode: (batch) => deserialize(encoded[batch] as Uint8Array),
  }
}

/** The value that the measured work left, so that no compiler can leave the work out. */
let left: unknown

/** Passes over all batches, until the time is long enough to be measured and for V8 to settle. */
function rate(work: (batch: number) => void): number {
  const start = performance.now()
  let elapsedMs = 0
  let passes = 0
  while (elapsedMs < MEASURED_MS) {
    for (let batch = 0; batch < BATCHES; batch++) work(batch)
    passes++
    elapsedMs = performance.now() - start
  }
  return (passes * BATCH * BATCHES * 1000) / elapsedMs
}

function median(rates: number[]): number {
  return rates.sort((a, b) => a - b)[rates.length >> 1] as number
}

interface Figure {
  readonly name: string
  readonly way: string
  readonly encode: number
  readonly decode: number
  readonly bar: number | undefined
}

function measure(): Figure[] {
  const cases = shapes.flatMap(({ name, bar, make }) => {
    const batches: unknown[][] = []
    for (let b = 0; b < BATCHES; b++) {
      batches.push(Array.from({ length: BATCH }, (_, i) => make(b * BATCH + i)))
    }
    return [channel(), selfDescribing(), json(), v8()].map((way) => ({
      name,
      way,
      bar: way.name === 'sluice' ? bar : undefined,
      batches,
      encodeRates: [] as number[],
      decodeRates: [] as number[],
    }))
  })
  // Round after round over all shapes: the first one only warms up and pollutes.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { way, batches, encodeRates, decodeRates } of cases) {
      const encoded = rate((batch) => way.encode(batches[batch] as unknown[], batch))
      const decoded = rate((batch) => {
        left = way.decode(batch)
      })
      if (round === 0) continue
      encodeRates.push(encoded)
      decodeRates.push(decoded)
    }
  }
  return cases.map(({ name, way, bar, encodeRates, decodeRates }) => ({
    name,
    way: way.name,
    bar,
    encode: median(encodeRates),
    decode: median(decodeRates),
  }))
}

/** Nanoseconds to copy a cut string of 36 characters. */
function flattening(): number {
  const text = Array.from({ length: 1000 }, (_, i) => `user-${'0'.repeat(27)}${1000 + i}`).join('')
  const cut = Array.from({ length: 1000 }, (_, i) => text.substring(i * 36, i * 36 + 36))
  const rounds: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now()
    for (let i = 0; i < 100; i++) for (const string of cut) left = flattenString(string)
    rounds.push((performance.now() - start) * 10)
  }
  return median(rounds)
}

function print(figures: Figure[]): void {
  const million = (value: number) => (value / 1e6).toFixed(2).padStart(8)
  console.log(`codec, ${BATCH} records a batch, M records/s, median of ${ROUNDS}, seed ${SEED}`)
  console.log(`${''.padEnd(18)}${'way'.padEnd(8)}  encode  decode`)
  for (const { name, way, encode, decode } of figures) {
    console.log(`${name.padEnd(18)}${way.padEnd(8)}${million(encode)}${million(decode)}`)
  }
  console.log(`flattenString, 36 characters: ${flattening().toFixed(0)} ns`)
}

function printJson(figures: Figure[]): void {
  for (const { name, way, encode, decode, bar } of figures) {
    if (way !== 'sluice') continue
    const peer = figures.find((other) => other.name === name && other.way === 'json') as Figure
    for (const direction of ['encode', 'decode'] as const) {
      const value = Math.round({ encode, decode }[direction])
      const baselineValue = Math.round(peer[direction])
      const line = {
        name: `codec-${name}-${direction}`,
        value,
        unit: 'records/s',
        baseline: 'json',
        baselineValue,
        ratio: Number((value / baselineValue).toFixed(3)),
        ...(bar === undefined ? {} : { bar, met: value >= bar }),
        seed: SEED,
        runs: ROUNDS,
      }
      console.log(JSON.stringify(line))
    }
  }
}

const figures = measure()
if (process.argv.includes('--json')) printJson(figures)
else print(figures)
if (left === undefined) throw new Error('nothing was decoded')
