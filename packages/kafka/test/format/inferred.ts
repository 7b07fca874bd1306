// Types of formats that are inferred as the documentation promises, and what must not compile.
// Checked by the compiler; never run.

import { bytes, type Format, json, text } from '@sluice/core'
import type { Sink, Source } from '@sluice/core/connector'
import { z } from 'zod'
import { holds, keyed, type Same, sinkOf } from '../../../../test/types/orders.ts'
import {
  avro,
  jsonSchema,
  type KafkaFormat,
  nullable,
  protobuf,
  type SchemaFormat,
  schemaRegistry,
} from '../../src/index.ts'

declare function source<T>(options: { readonly value: KafkaFormat<T> }): Source<T>
declare function sink<T>(options: {
  readonly key?: (record: T) => string
  readonly value: KafkaFormat<T>
}): Sink<T>

type RecordOf<S> = S extends Source<infer T> ? T : never
type ValueOf<F> = F extends SchemaFormat<infer T> ? T : F extends Format<infer T> ? T : never

const registry = schemaRegistry({ url: 'http://localhost:8081' })
const Order = z.object({ id: z.string(), cents: z.number() })
interface Order {
  id: string
  cents: number
}

// Formats of the core, and null where there may be no value.
const orders = source({ value: json(Order) })
holds<Same<RecordOf<typeof orders>, Order>>()
const changes = source({ value: nullable(json(Order)) })
holds<Same<RecordOf<typeof changes>, Order | null>>()
const texts = source({ value: nullable(text()) })
holds<Same<RecordOf<typeof texts>, string | null>>()
const raw = source({ value: bytes() })
holds<Same<RecordOf<typeof raw>, Uint8Array>>()
const validated = source({ value: jsonSchema({ registry, validate: Order }) })
holds<Same<RecordOf<typeof validated>, Order>>()

// A type that is given.
const given = source({ value: avro<Order>({ registry }) })
holds<Same<RecordOf<typeof given>, Order>>()
const message = source({ value: protobuf<Order>({ registry, message: 'shop.Order' }) })
holds<Same<RecordOf<typeof message>, Order>>()
const bare = protobuf<Order>({ schema: 'syntax = "proto3"; message Order { string id = 1; }' })
holds<Same<typeof bare, Format<Order>>>()

// A type that is inferred from the place of the format.
const rows = keyed.process('rows', {
  onRecord(order, _, emit: (row: { shop: string }) => void) {
    emit({ shop: order.shop })
  },
})
rows.to('json', sink({ key: (row) => row.shop, value: json() }))
rows.to('avro', sink({ key: (row) => row.shop, value: avro({ registry }) }))
rows.to('protobuf', sink({ key: (row) => row.shop, value: protobuf({ registry }) }))
rows.to('json-schema', sink({ key: (row) => row.shop, value: jsonSchema({ registry }) }))

// A type that is inferred from a schema in the program.
const everything = avro({
  registry,
  schema: {
    type: 'record',
    name: 'Order',
    namespace: 'shop',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'cents', type: 'long' },
      { name: 'paid', type: 'boolean' },
      { name: 'note', type: ['null', 'string'], default: null },
      { name: 'state', type: { type: 'enum', name: 'State', symbols: ['NEW', 'SENT'] } },
      { name: 'tags', type: { type: 'array', items: ['int', 'string'] } },
      { name: 'sizes', type: { type: 'map', values: 'double' } },
      { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 4 } },
      { name: 'total', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'parent', type: ['null', 'Order'] },
      {
        name: 'way',
        type: [
          { type: 'record', name: 'Van', fields: [{ name: 'plate', type: 'string' }] },
          { type: 'record', name: 'Ship', fields: [{ name: 'imo', type: 'int' }] },
        ],
      },
    ],
  },
})
interface Everything {
  id: string
  cents: number
  paid: boolean
  note: string | null
  state: 'NEW' | 'SENT'
  tags: (string | number)[]
  sizes: { [name: string]: number }
  hash: Uint8Array
  total: string
  at: number
  parent: unknown
  way: { Van: { plate: string } } | { Ship: { imo: number } }
}
declare const value: ValueOf<typeof everything>
export const expected: Everything = value
declare const wanted: Everything
export const accepted: ValueOf<typeof everything> = wanted
holds<Same<(typeof value)['tags'], (string | number)[]>>()
holds<Same<(typeof value)['state'], 'NEW' | 'SENT'>>()
holds<Same<(typeof value)['way'], { Van: { plate: string } } | { Ship: { imo: number } }>>()

// Big integers and Dates where they are asked for.
const exact = avro(
  {
    type: 'record',
    name: 'Exact',
    fields: [
      { name: 'n', type: 'long' },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    ],
  },
  { int64: 'bigint', dates: 'date' },
)
declare const exactValue: ValueOf<typeof exact>
holds<Same<(typeof exactValue)['n'], bigint>>()
holds<Same<(typeof exactValue)['at'], Date>>()
const word = avro('string')
holds<Same<typeof word, Format<string>>>()

// A schema of which the compiler knows nothing.
declare const loaded: string
const unknown = avro({ registry, schema: loaded })
holds<Same<typeof unknown, SchemaFormat<unknown>>>()
const named = avro<Order>({ registry, schema: loaded })
holds<Same<typeof named, SchemaFormat<Order>>>()

// @ts-expect-error: a sink of another type.
rows.to('wrong', sink({ value: json(Order) }))
// @ts-expect-error: null is no value of it.
sinkOf<Order>() satisfies Sink<Order | null>
// @ts-expect-error: there is no such strategy.
avro({ registry, subjectName: 'topics' })
// @ts-expect-error: a registry is made by schemaRegistry.
avro({ registry: 'http://localhost:8081' })
// @ts-expect-error: there is no such way to show integers.
protobuf({ registry, int64: 'string' })
