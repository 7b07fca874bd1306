// Records of five fields per second through the formats of Kafka, one way each, on one core: with
// the frame of a schema registry where they have one. Beside them what the libraries make of the
// same bytes: avsc and protobufjs, as they come.
// Run: node --conditions=sluice-source bench/micro/kafka-formats.ts [--json]

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import avsc from 'avsc'
import protobufjs from 'protobufjs'
import { json } from '../../packages/core/src/format/json.ts'
import { avro } from '../../packages/kafka/src/format/avro/avro.ts'
import { jsonSchema } from '../../packages/kafka/src/format/json-schema.ts'
import type { AvroSchema } from '../../packages/kafka/src/format/avro/avro-value.ts'
import type { KafkaFormat } from '../../packages/kafka/src/format/kafka-format.ts'
import { protobuf } from '../../packages/kafka/src/format/protobuf/protobuf.ts'
import { schemaRegistry } from '../../packages/kafka/src/format/registry/schema-registry.ts'
import { OpenFormats } from '../../packages/kafka/src/format/open-formats.ts'
import { formatContext } from '../../packages/kafka/test/format/registry/opened-formats.ts'
import { drawing, threadMs } from '../harness/micro.ts'

const RECORDS = 1000
const ROUNDS = 5
const MEASURED_MS = 100
const SEED = 1

interface Order {
  id: string
  shop: string
  cents: number
  at: number
  paid: boolean
}

const draw = drawing(SEED)
const orders: Order[] = Array.from({ length: RECORDS }, (_, i) => ({
  id: `order-${draw(1e6)}`,
  shop: `shop-${draw(100)}`,
  cents: draw(1e5),
  at: 1.7e12 + i,
  paid: draw(2) === 1,
}))

const avroSchema = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'shop', type: 'string' },
    { name: 'cents', type: 'long' },
    { name: 'at', type: 'long' },
    { name: 'paid', type: 'boolean' },
  ],
} as const
const wider = {
  ...avroSchema,
  fields: [...avroSchema.fields, { name: 'note', type: 'string', default: '' }],
} as const
const proto = `syntax = "proto3";
message Order { string id = 1; string shop = 2; int64 cents = 3; int64 at = 4; bool paid = 5; }`

interface Way {
  readonly name: string
  readonly encode: (order: Order) => Uint8Array
  readonly decode: (bytes: Uint8Array) => unknown
}

/** Answers with one schema, whatever it is asked. */
async function openFramed(
  language: string,
  schema: string,
  makeOf: (registry: ReturnType<typeof schemaRegistry>) => readonly [string, KafkaFormat<Order>][],
): Promise<Way[]> {
  const body = JSON.stringify({ id: 1, version: 1, schema, schemaType: language })
  const server = createServer((_, response) => void response.end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const formats = new OpenFormats(formatContext())
  const ways: Way[] = []
  const place = { topic: 'orders', part: 'value' } as const
  for (const [name, format] of makeOf(schemaRegistry({ url }))) {
    const encoder = await formats.encoder(format, place)
    const decoder = formats.decoder(format)
    const encode = (order: Order) => encoder.encode(order) as Uint8Array
    await decoder.prepare?.(encode(orders[0] as Order))
    ways.push({
      name,
      encode,
      decode(bytes) {
        if (decoder.prepare?.(bytes) !== undefined) throw new Error('the schema is known')
        return decoder.decode(bytes)
      },
    })
  }
  formats.close()
  server.close()
  return ways
}

function libraries(): Way[] {
  const type = avsc.Type.forSchema(avroSchema as unknown as avsc.Schema)
  const message = protobufjs.parse(proto).root.lookupType('Order')
  return [
    {
      name: 'avsc',
      encode: (order) => type.toBuffer(order),
      decode: (bytes) => type.fromBuffer(bytes as Buffer) as unknown,
    },
    {
      name: 'protobufjs',
      encode: (order) => message.encode(message.fromObject(order)).finish(),
      decode: (bytes) => message.toObject(message.decode(bytes), { longs: Number, defaults: true }),
    },
  ]
}

/** The value that the measured work left, so that no compiler can leave the work out. */
let left: unknown

function rate(work: () => void): number {
  const start = threadMs()
  let passes = 0
  let elapsedMs = 0
  while (elapsedMs < MEASURED_MS) {
    work()
    passes++
    elapsedMs = threadMs() - start
  }
  return (passes * RECORDS * 1000) / elapsedMs
}

function median(rates: readonly number[]): number {
  return rates.toSorted((a, b) => a - b)[rates.length >> 1] as number
}

const plain = json<Order>()
const framed = await openFramed('AVRO', JSON.stringify(avroSchema), (registry) => [
  ['avro', avro<Order>({ registry })],
  ['avro-bigint', avro<Order>({ registry, int64: 'bigint' })],
  ['avro-resolved', avro<Order>({ registry, schema: wider as AvroSchema })],
])
/** Written with the schema of the registry, and read as another one. */
const resolved = framed.at(-1) as Way
framed[framed.length - 1] = { ...resolved, encode: (framed[0] as Way).encode }
const ways: Way[] = [
  { name: 'json', encode: (order) => plain.encode(order), decode: (bytes) => plain.decode(bytes) },
  ...(await openFramed('JSON', '{}', (registry) => [
    ['json-schema', jsonSchema<Order>({ registry })],
  ])),
  ...framed,
  ...(await openFramed('PROTOBUF', proto, (registry) => [
    ['protobuf', protobuf<Order>({ registry })],
  ])),
  ...libraries(),
]

const figures = ways.map((way) => ({ way, encode: [] as number[], decode: [] as number[] }))
for (let round = 0; round <= ROUNDS; round++) {
  for (const { way, encode, decode } of figures) {
    const encoded = orders.map((order) => Buffer.from(way.encode(order)))
    const encodeRate = rate(() => {
      for (const order of orders) left = way.encode(order)
    })
    const decodeRate = rate(() => {
      for (const bytes of encoded) left = way.decode(bytes)
    })
    // The first round only warms up.
    if (round === 0) continue
    encode.push(encodeRate)
    decode.push(decodeRate)
  }
}
if (left === undefined) throw new Error('nothing was decoded')

if (process.argv.includes('--json')) {
  for (const { way, ...rates } of figures) {
    for (const direction of ['encode', 'decode'] as const) {
      const name = `kafka-format-${way.name}-${direction}`
      const value = Math.round(median(rates[direction]))
      console.log(JSON.stringify({ name, value, unit: 'records/s', seed: SEED, runs: ROUNDS }))
    }
  }
} else {
  console.log(`records of five fields, M records/s, median of ${ROUNDS}, seed ${SEED}`)
  for (const { way, encode, decode } of figures) {
    const million = (rates: readonly number[]) => (median(rates) / 1e6).toFixed(2).padStart(8)
    console.log(`${way.name.padEnd(16)}${million(encode)} ${million(decode)}`)
  }
}
