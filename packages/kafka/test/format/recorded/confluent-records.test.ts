// The records were written by Confluent's own serializers (confluent-kafka 2.16.0 for Python).

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { avro } from '../../../src/format/avro/avro.ts'
import { jsonSchema } from '../../../src/format/json-schema.ts'
import type { KafkaFormat } from '../../../src/format/kafka-format.ts'
import { protobuf } from '../../../src/format/protobuf/protobuf.ts'
import {
  type SchemaRegistry,
  schemaRegistry,
} from '../../../src/format/registry/schema-registry.ts'
import { decode, encode } from '../registry/opened-formats.ts'
import { registerByHand } from '../registry/registry-cases.ts'
import { TestRegistry } from '../registry/test-registry.ts'

interface Recording {
  readonly schemas: readonly {
    readonly id: number
    readonly subject: string
    readonly schema: string
  }[]
  readonly records: readonly { readonly name: string; readonly bytes: string }[]
}

const file = new URL('confluent-records.json', import.meta.url)
const recording = JSON.parse(readFileSync(file, 'utf8')) as Recording

const order = {
  id: 'a-1',
  cents: 2n ** 53n + 1n,
  count: -7,
  weight: 0.1,
  ratio: 0.5,
  paid: true,
  note: null,
  state: 'SENT',
  tags: ['x', 'é'],
  sizes: { s: 1, m: -2 },
  hash: Uint8Array.from([1, 2, 3, 255]),
  raw: Uint8Array.from([0, 128]),
  total: '-1234567.89',
  at: new Date('2026-11-23T18:00:00.123Z'),
  day: new Date('2026-11-23'),
  key: '0f8fad5b-d9cb-469f-a165-70867728950e',
}

const values: Readonly<Record<string, unknown>> = {
  'avro order': order,
  'avro order with a note': {
    ...order,
    note: 'hé',
    cents: -(2n ** 62n),
    total: '0.05',
    tags: [],
    sizes: {},
  },
  'avro key': 'k-1',
  'protobuf order': {
    id: 'a-1',
    cents: -(2n ** 53n) - 1n,
    count: 0,
    state: 'SENT',
    lines: [
      { sku: 'x', quantity: -3 },
      { sku: '', quantity: 0 },
    ],
    rates: { eur: 0.5 },
    van: 2n ** 64n - 1n,
    at: { seconds: 1_795_456_800n, nanos: 123_456_789 },
    price: { cents: 5n },
    raw: Uint8Array.from([0, 255]),
    numbers: [1, -1, 300],
  },
  'protobuf first message': { id: 'é' },
  'protobuf nested message': { sku: 's', quantity: 2 },
  'json order': { id: 'é', cents: 5 },
}

/** As the place of each record names it. */
const messages: Readonly<Record<string, string>> = {
  'protobuf order': 'shop.Order',
  'protobuf first message': 'shop.First',
  'protobuf nested message': 'shop.Order.Line',
}

let server: TestRegistry
let registry: SchemaRegistry

beforeAll(async () => {
  server = await TestRegistry.start()
  registry = schemaRegistry({ url: server.url })
  for (const { id, subject, schema, ...more } of recording.schemas) {
    expect(await registerByHand(server.url, subject, schema, more)).toBe(id)
  }
})
afterAll(() => server.stop())

function formatOf(name: string, id?: number): KafkaFormat<unknown> {
  const options = { registry, int64: 'bigint', ...(id === undefined ? {} : { id }) } as const
  if (name.startsWith('avro')) return avro<unknown>({ ...options, dates: 'date' })
  if (name.startsWith('json')) return jsonSchema<unknown>(options)
  const message = messages[name]
  return protobuf<unknown>({ ...options, ...(message === undefined ? {} : { message }) })
}

it.each(recording.records)(
  '$name of another client is read, and ours is the same',
  async (record) => {
    const { name } = record
    const bytes = Buffer.from(record.bytes, 'hex')
    expect(await decode(formatOf(name), [bytes])).toEqual([values[name]])
    const place = { topic: 't', part: 'value' } as const
    const [ours] = await encode(formatOf(name, bytes.readUInt32BE(1)), place, [values[name]])
    const text = Buffer.from(ours as Uint8Array).toString('hex')
    if (name.startsWith('json'))
      expect(await decode(formatOf(name), [ours as Uint8Array])).toEqual([values[name]])
    else expect(text).toBe(record.bytes)
  },
)
