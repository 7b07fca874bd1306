// What holds for every schema registry with Confluent's interface: run on our own small one, and on
// a real one where it can be had.

import { SluiceError } from '@sluice/core'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { avro } from '../../../src/format/avro/avro.ts'
import { jsonSchema } from '../../../src/format/json-schema.ts'
import type { FormatPlace } from '../../../src/format/kafka-format.ts'
import { nullable } from '../../../src/format/nullable.ts'
import { protobuf } from '../../../src/format/protobuf/protobuf.ts'
import {
  type SchemaRegistry,
  schemaRegistry,
} from '../../../src/format/registry/schema-registry.ts'
import { decode, encode } from './opened-formats.ts'

export const orderFields = [
  { name: 'id', type: 'string' },
  { name: 'cents', type: 'long' },
] as const

export const orderSchema = {
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: orderFields,
} as const

export const order = { id: 'a', cents: 500 }

/** Registers a schema without our client; answers its id. */
export async function registerByHand(
  url: string,
  subject: string,
  schema: object | string,
  more: object = {},
): Promise<number> {
  const text = typeof schema === 'string' ? schema : JSON.stringify(schema)
  const response = await fetch(`${url}/subjects/${encodeURIComponent(subject)}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: text, ...more }),
  })
  const body = (await response.json()) as { id: number }
  expect(response.status, JSON.stringify(body)).toBe(200)
  return body.id
}

async function errorOf(promise: Promise<unknown>): Promise<SluiceError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(SluiceError)
  return error as SluiceError
}

function idIn(record: Uint8Array | null | undefined): number {
  expect(record?.[0]).toBe(0)
  return Buffer.from(record as Uint8Array).readUInt32BE(1)
}

/** Where the cases of one run go. */
interface Setting {
  readonly urlOf: () => string
  readonly registry: () => SchemaRegistry
  readonly placeOf: (topic: string) => FormatPlace
  readonly run: string
}

/** `run` makes names of subjects that no other run has used. */
export function registryCases(urlOf: () => string, run: string): void {
  const setting: Setting = {
    urlOf,
    run,
    registry: () => schemaRegistry({ url: urlOf(), retryFor: '2s' }),
    placeOf: (topic) => ({ topic: `${topic}-${run}`, part: 'value' }),
  }
  for (const cases of [
    casesOfNames,
    casesOfVersions,
    casesOfReferences,
    casesOfMessages,
    casesOfRefusals,
  ])
    cases(setting)
}

function casesOfNames({ registry, placeOf, urlOf, run }: Setting): void {
  it('registers a schema where that is asked for, once, and reads what it wrote', async () => {
    const place = placeOf('registered')
    const format = avro({ registry: registry(), schema: orderSchema, autoRegister: true })
    const [first] = await encode(format, place, [order])
    const [again] = await encode(format, place, [order])
    expect(again).toEqual(first)
    expect(await decode(avro({ registry: registry() }), [first as Uint8Array])).toEqual([order])
    const versions = await fetch(`${urlOf()}/subjects/${place.topic}-value/versions/latest`)
    const latest = (await versions.json()) as { id: number; version: number }
    expect(latest).toMatchObject({ id: idIn(first), version: 1 })
  })

  it('writes under the id of a schema that others have registered, and only then', async () => {
    const place = placeOf('looked-up')
    const format = avro({ registry: registry(), schema: orderSchema })
    const missing = await errorOf(encode(format, place, [order]))
    expect(missing.code).toBe('KAFKA_SCHEMA_NOT_FOUND')
    expect(missing.message).toContain(`the subject ${place.topic}-value`)
    const id = await registerByHand(urlOf(), `${place.topic}-value`, orderSchema)
    const [record] = await encode(format, place, [order])
    expect(idIn(record)).toBe(id)
  })

  it('names keys and records as the strategies say', async () => {
    const { topic } = placeOf('strategy')
    const record = { ...orderSchema, name: `Order${run}` } as const
    const names = {
      topic: `${topic}-key`,
      record: `shop.Order${run}`,
      'topic-record': `${topic}-shop.Order${run}`,
    }
    for (const [subjectName, subject] of Object.entries(names)) {
      const options = { subjectName: subjectName as keyof typeof names, autoRegister: true }
      const format = avro({ registry: registry(), schema: record, ...options })
      await encode(format, { topic, part: 'key' }, [order])
      const found = await fetch(`${urlOf()}/subjects/${subject}/versions/latest`)
      expect(found.status, subject).toBe(200)
    }
  })

  it('takes the latest version, a version or an id of what the registry has', async () => {
    const place = placeOf('versions')
    const subject = `${place.topic}-value`
    const note = { name: 'note', type: 'string', default: '' } as const
    const newer = { ...orderSchema, fields: [...orderFields, note] }
    const ids = [
      await registerByHand(urlOf(), subject, orderSchema),
      await registerByHand(urlOf(), subject, newer),
    ]
    const write = async (options: object) =>
      idIn((await encode(avro({ registry: registry(), ...options }), place, [order]))[0])
    expect(await write({})).toBe(ids[1])
    expect(await write({ version: 1 })).toBe(ids[0])
    expect(await write({ id: ids[0] })).toBe(ids[0])
    expect(await write({ subject, version: 'latest' })).toBe(ids[1])
    const none = await errorOf(write({ version: 9 }))
    expect(none.code).toBe('KAFKA_SCHEMA_NOT_FOUND')
    expect(none.message).toContain(`no version 9 of the subject ${subject}`)
    expect((await errorOf(write({ id: 123_456_789 }))).code).toBe('KAFKA_SCHEMA_NOT_FOUND')
  })
}

function casesOfVersions({ registry, placeOf, urlOf }: Setting): void {
  it('refuses a schema that does not fit the earlier ones, with the reason', async () => {
    const place = placeOf('incompatible')
    const subject = `${place.topic}-value`
    await registerByHand(urlOf(), subject, orderSchema)
    await fetch(`${urlOf()}/config/${subject}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ compatibility: 'BACKWARD' }),
    })
    const unfit = { ...orderSchema, fields: [...orderFields, { name: 'must', type: 'string' }] }
    for (const autoRegister of [true, false]) {
      const format = avro({ registry: registry(), schema: unfit, autoRegister })
      const error = await errorOf(encode(format, place, []))
      expect(error.code).toBe('KAFKA_SCHEMA_INCOMPATIBLE')
      expect(error.message).toContain(subject)
      // Which reasons it gives is the registry's.
      expect(error.message).toMatch(
        /READER_FIELD_MISSING_DEFAULT_VALUE|not compatible|incompatible/i,
      )
    }
  })

  it('resolves records of older and newer schemas to the one of the program', async () => {
    const place = placeOf('evolved')
    const write = (fields: readonly object[], values: object[]) => {
      const schema = { ...orderSchema, fields } as typeof orderSchema
      const format = avro<unknown>({ registry: registry(), schema, autoRegister: true })
      return encode(format, place, values)
    }
    const shop = { name: 'shop', type: 'string', default: 'unknown' }
    const records = [
      ...(await write(orderFields, [order])),
      ...(await write([...orderFields, shop], [{ ...order, shop: 'rome' }])),
    ]
    const read = avro({
      registry: registry(),
      schema: {
        ...orderSchema,
        fields: [
          { name: 'cents', type: 'double' },
          { name: 'shop', type: 'string', default: 'unknown' },
        ],
      },
    })
    expect(await decode(read, records)).toEqual([
      { cents: 500, shop: 'unknown' },
      { cents: 500, shop: 'rome' },
    ])
  })
}

function casesOfReferences({ registry, placeOf, urlOf }: Setting): void {
  it('reads schemas that use others', async () => {
    const place = placeOf('references')
    const subject = `${place.topic}-price`
    const price = {
      type: 'record',
      name: 'Price',
      namespace: 'shop',
      fields: [{ name: 'cents', type: 'long' }],
    }
    await registerByHand(urlOf(), subject, price)
    const priced = {
      type: 'record',
      name: 'Priced',
      namespace: 'shop',
      fields: [{ name: 'price', type: 'shop.Price' }],
    }
    const references = [{ name: 'shop.Price', subject, version: 1 }]
    await registerByHand(urlOf(), `${place.topic}-value`, priced, { references })
    const format = avro<unknown>({ registry: registry() })
    const value = { price: { cents: 5 } }
    expect(await decode(format, await encode(format, place, [value]))).toEqual([value])
  })
}

function casesOfMessages({ registry, placeOf, urlOf }: Setting): void {
  it('writes and reads any message of Protobuf, of files that import others too', async () => {
    const place = placeOf('protobuf')
    const shared = 'syntax = "proto3";\npackage shop;\n\nmessage Price {\n  int64 cents = 1;\n}\n'
    const schemaType = 'PROTOBUF'
    const subject = `${place.topic}-price.proto`
    await registerByHand(urlOf(), subject, shared, { schemaType })
    const text = `syntax = "proto3";
package shop;

import "price.proto";

message First {
  string id = 1;
}
message Second {
  Inner inner = 1;

  message Inner {
    Price price = 1;
  }
}
`
    const references = [{ name: 'price.proto', subject, version: 1 }]
    await registerByHand(urlOf(), `${place.topic}-value`, text, { schemaType, references })
    const first = protobuf<unknown>({ registry: registry() })
    const inner = protobuf<unknown>({ registry: registry(), message: 'shop.Second.Inner' })
    const value = { price: { cents: 5 } }
    const [plain] = await encode(first, place, [{ id: 'a' }])
    const [nested] = await encode(inner, place, [value])
    // The first message of a file is a single zero; any other a count and places, zigzag.
    expect([...(plain as Uint8Array).subarray(5, 7)]).toEqual([0, 0x0a])
    expect([...(nested as Uint8Array).subarray(5, 9)]).toEqual([4, 2, 0, 0x0a])
    const both = protobuf<unknown>({ registry: registry() })
    expect(await decode(both, [plain as Uint8Array, nested as Uint8Array])).toEqual([
      { id: 'a' },
      value,
    ])
    const wrong = await errorOf(decode(inner, [plain as Uint8Array]))
    expect(wrong.code).toBe('RECORD_MALFORMED')
    expect(wrong.message).toContain('of the message shop.First; shop.Second.Inner is read')
  })

  it('registers and reads Protobuf with the schema of the program', async () => {
    const place = placeOf('own-protobuf')
    const schema = 'syntax = "proto3";\npackage shop;\n\nmessage Order {\n  string id = 1;\n}\n'
    const options = { registry: registry(), schema }
    const written = await encode(protobuf<unknown>({ ...options, autoRegister: true }), place, [
      { id: 'a' },
    ])
    expect(await decode(protobuf<unknown>(options), written)).toEqual([{ id: 'a' }])
    expect(await encode(protobuf<unknown>(options), place, [{ id: 'a' }])).toEqual(written)
  })
}

function casesOfRefusals({ registry, placeOf, urlOf }: Setting): void {
  it('writes JSON under a schema of the registry, and validates what it reads', async () => {
    const place = placeOf('json')
    const schema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'Order',
      type: 'object',
      properties: { id: { type: 'string' } },
    }
    const Order = z.object({ id: z.string() })
    const format = jsonSchema({ registry: registry(), schema, validate: Order, autoRegister: true })
    const [record] = await encode(format, place, [{ id: 'a' }])
    expect(Buffer.from((record as Uint8Array).subarray(5)).toString()).toBe('{"id":"a"}')
    expect(await decode(format, [record as Uint8Array])).toEqual([{ id: 'a' }])
    const damaged = Buffer.from(record as Uint8Array)
    damaged.write('1', 11)
    expect((await errorOf(decode(format, [damaged]))).code).toBe('RECORD_MALFORMED')
    const latest = jsonSchema<unknown>({ registry: registry() })
    expect(await encode(latest, place, [{ id: 'a' }])).toEqual([record])
  })

  it('refuses a schema of another language', async () => {
    const place = placeOf('language')
    const text = 'syntax = "proto3";\n\nmessage Order {\n  string id = 1;\n}\n'
    const id = await registerByHand(urlOf(), `${place.topic}-value`, text, {
      schemaType: 'PROTOBUF',
    })
    const format = avro({ registry: registry() })
    const written = await errorOf(encode(format, place, [order]))
    expect(written.code).toBe('KAFKA_SCHEMA_INVALID')
    const record = Buffer.from([0, 0, 0, 0, 0, 0])
    record.writeUInt32BE(id, 1)
    const read = await errorOf(decode(format, [record]))
    expect(read.code).toBe('RECORD_MALFORMED')
    expect(read.message).toContain(`schema ${id}: it is of the language PROTOBUF, and AVRO is read`)
  })

  it('takes a record of an id that it does not know for malformed', async () => {
    const record = Buffer.from([0, 7, 91, 205, 21, 0])
    const error = await errorOf(decode(avro({ registry: registry() }), [record]))
    expect(error.code).toBe('RECORD_MALFORMED')
    expect(error.message).toContain('schema 123456789: the registry does not have it')
  })

  it('writes null as a record without a value, and reads one as null', async () => {
    const place = placeOf('tombstones')
    const format = nullable(avro({ registry: registry(), schema: orderSchema, autoRegister: true }))
    const records = await encode(format, place, [order, null])
    expect(records[1]).toBeNull()
    expect(await decode(format, records)).toEqual([order, null])
  })
}
