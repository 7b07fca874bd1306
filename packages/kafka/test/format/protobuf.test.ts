import { SluiceError } from '@sluice/core'
import fc from 'fast-check'
import protobufjs from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { parseProto } from '../../src/format/protobuf/proto-file.ts'
import { protobuf } from '../../src/format/protobuf/protobuf.ts'

const schema = `
  syntax = "proto3";
  package shop;
  import "google/protobuf/timestamp.proto";
  import "google/protobuf/wrappers.proto";
  enum State { NEW = 0; SENT = 1; }
  message Order {
    string id = 1;
    int64 cents = 2;
    optional int32 count = 3;
    double weight = 4;
    float ratio = 5;
    bool paid = 6;
    State state = 7;
    repeated string tags = 8;
    repeated sint32 deltas = 9;
    map<string, int64> sizes = 10;
    map<int32, Part> parts = 11;
    bytes raw = 12;
    Order parent = 13;
    oneof way { string parcel = 14; Part van = 15; }
    message Part { uint64 number = 1; sint64 shift = 2; }
    fixed32 a = 16;
    sfixed32 b = 17;
    fixed64 c = 18;
    sfixed64 d = 19;
    uint32 e = 20;
    google.protobuf.Timestamp at = 21;
    google.protobuf.StringValue note = 22;
  }
  message Payment { string id = 1; }
`

const safe = fc.maxSafeInteger()
const natural = fc.maxSafeNat()
const part = fc.record({ number: natural, shift: safe })
const required = {
  id: fc.string({ unit: 'grapheme' }),
  cents: safe,
  weight: fc.double(),
  ratio: fc.float(),
  paid: fc.boolean(),
  state: fc.constantFrom('NEW', 'SENT'),
  tags: fc.array(fc.string()),
  deltas: fc.array(fc.integer()),
  sizes: fc.dictionary(fc.string(), safe, { noNullPrototype: true }),
  parts: fc.dictionary(fc.integer().map(String), part, { noNullPrototype: true }),
  raw: fc.uint8Array(),
  a: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  b: fc.integer(),
  c: natural,
  d: safe,
  e: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
}
const ways = fc.oneof(fc.constant({}), fc.record({ parcel: fc.string() }), fc.record({ van: part }))
const orders = fc
  .tuple(
    fc.record({ ...required, count: fc.integer() }, { requiredKeys: keysOf(required) }),
    ways,
    fc.option(fc.record(required)),
  )
  .map(([order, way, parent]) => ({ ...order, ...way, ...(parent && { parent }) }))

function keysOf<T extends object>(object: T): (keyof T)[] {
  return Object.keys(object) as (keyof T)[]
}

const reference = protobufjs.parse(schema, new protobufjs.Root(), { keepCase: true }).root
for (const file of ['timestamp', 'wrappers']) {
  reference.addJSON(protobufjs.common.get(`google/protobuf/${file}.proto`)?.nested ?? {})
}
const referenceOrder = reference.lookupType('shop.Order')

function messageOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(SluiceError)
    return `${(error as SluiceError).code} ${(error as SluiceError).message}`
  }
  throw new Error('nothing was thrown')
}

/** A format of one message that has these fields. */
function messageWith(fields: string, syntax = 'proto3') {
  return protobuf<Record<string, unknown>>({
    schema: `syntax = "${syntax}"; message M { ${fields} }`,
  })
}

describe('messages of Protobuf', () => {
  const format = protobuf<unknown>({ schema })

  it('come back as they were written, and their bytes are those of protobufjs', () => {
    fc.assert(
      fc.property(orders, (value) => {
        const encoded = format.encode(value)
        expect(format.decode(encoded)).toEqual(value)
        const expected = referenceOrder.encode(referenceOrder.fromObject(value)).finish()
        expect(Buffer.from(encoded).toString('hex')).toBe(Buffer.from(expected).toString('hex'))
      }),
      { numRuns: 300 },
    )
  })

  it('hold 64-bit integers exactly as bigints, and refuse what a number cannot say', () => {
    const types = ['int64', 'sint64', 'sfixed64', 'uint64', 'fixed64']
    const text = `syntax = "proto3"; message M { ${types
      .map((type, place) => `${type} ${type} = ${place + 1};`)
      .join(' ')} }`
    const exact = protobuf<Record<string, unknown>>({ schema: text, int64: 'bigint' })
    const numbers = protobuf<Record<string, unknown>>({ schema: text })
    const longs = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    fc.assert(
      fc.property(longs, (value) => {
        const unsigned = BigInt.asUintN(64, value)
        const record = {
          int64: value,
          sint64: value,
          sfixed64: value,
          uint64: unsigned,
          fixed64: unsigned,
        }
        const encoded = exact.encode(record)
        expect(exact.decode(encoded)).toEqual(record)
        if (!Number.isSafeInteger(Number(value))) {
          expect(messageOf(() => numbers.decode(encoded))).toMatch('beyond 2^53')
        }
      }),
    )
    expect(messageOf(() => exact.encode({ uint64: -1n }))).toContain('no exact unsigned integer')
    expect(messageOf(() => exact.encode({ int64: 2n ** 63n }))).toContain('no exact integer of 64')
  })

  it('never make more of damaged bytes than an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          format.decode(bytes)
        } catch (error) {
          expect((error as SluiceError).code).toBe('RECORD_MALFORMED')
        }
      }),
      { numRuns: 500 },
    )
    expect(messageOf(() => format.decode(new Uint8Array([0x0a, 1, 0xff])))).toMatch('not UTF-8')
  })

  it('that nest deeper than the stack are malformed', () => {
    const length = (size: number) => {
      const bytes: number[] = []
      for (; size >= 0x80; size >>>= 7) bytes.push((size & 0x7f) | 0x80)
      return [...bytes, size]
    }
    const parts: Uint8Array[] = []
    for (let size = 0; parts.length < 100_000; ) {
      const part = Uint8Array.from([0x6a, ...length(size)])
      size += part.length
      parts.push(part)
    }
    expect(messageOf(() => format.decode(Buffer.concat(parts.reverse())))).toMatch(
      'RECORD_MALFORMED',
    )
  })

  it('name the place of a value that the schema cannot say', () => {
    const good = fc.sample(orders, 1)[0] as object
    const cases: [object, string][] = [
      [{ cents: 1.5 }, 'record.cents does not fit its message shop.Order: the number 1.5 is no'],
      [{ count: 2 ** 31 }, 'record.count does not fit'],
      [{ e: -1 }, 'record.e does not fit'],
      [{ tags: ['a', 1] }, 'record.tags[1] does not fit'],
      [{ deltas: ['a'] }, 'record.deltas[0] does not fit'],
      [{ parts: { x: { number: 1, shift: 1 } } }, 'record.parts["x"] does not fit'],
      [{ parts: { 1: { number: 'x' } } }, 'record.parts["1"].number does not fit'],
      [{ state: 'LOST' }, 'record.state does not fit'],
      [{ id: null }, 'record.id does not fit its message shop.Order: null is no text'],
      [
        { extra: 1 },
        'record.extra does not fit its message shop.Order: shop.Order has no such field',
      ],
    ]
    for (const [change, message] of cases) {
      const said = messageOf(() => format.encode({ ...good, ...change }))
      expect(said).toMatch('RECORD_NOT_ENCODABLE')
      expect(said).toContain(message)
    }
    expect(format.decode(format.encode(good))).toEqual(good)
  })

  it('have a property for each field that cannot be absent, and none for one that is', () => {
    const fields =
      'string a = 1; optional string b = 2; repeated int32 c = 3; M d = 4; bytes e = 5;'
    expect(messageWith(fields).decode(new Uint8Array(0))).toEqual({
      a: '',
      c: [],
      e: new Uint8Array(0),
    })
    // Something that is there and zero is told from something absent.
    const present = messageWith('optional int32 a = 1;')
    expect(present.decode(present.encode({ a: 0 }))).toEqual({ a: 0 })
  })

  it('call fields as in JSON where that is asked for', () => {
    const text =
      'syntax = "proto3"; message M { string order_id = 1; string x = 2 [json_name = "why"]; }'
    const inJson = protobuf<unknown>({ schema: text, fieldNames: 'json' })
    const inProto = protobuf<unknown>({ schema: text })
    expect(inJson.decode(inProto.encode({ order_id: 'a', x: 'b' }))).toEqual({
      orderId: 'a',
      why: 'b',
    })
  })

  it('are of the message that was named', () => {
    const payment = protobuf<unknown>({ schema, message: 'Payment' })
    expect(payment.decode(payment.encode({ id: 'a' }))).toEqual({ id: 'a' })
    const part = protobuf<unknown>({ schema, message: 'shop.Order.Part' })
    expect(part.decode(part.encode({ number: 1, shift: -1 }))).toEqual({ number: 1, shift: -1 })
    expect(messageOf(() => protobuf({ schema, message: 'Other' }))).toMatch('no message Other')
  })
})

describe('a schema that has changed', () => {
  it('passes over fields that the reader does not have, groups too', () => {
    const writer = messageWith(
      'int32 a = 1; string b = 2; double c = 3; float d = 4; repeated int32 e = 5; int64 f = 6;',
    )
    const reader = messageWith('int32 a = 1;')
    const bytes = writer.encode({ a: 1, b: 'x', c: 1, d: 1, e: [1, 2], f: -1 })
    expect(reader.decode(bytes)).toEqual({ a: 1 })
    // A group of field 7 with a varint in it, before field 1.
    expect(reader.decode(new Uint8Array([0x3b, 0x08, 5, 0x3c, 0x08, 1]))).toEqual({ a: 1 })
    expect(messageOf(() => reader.decode(new Uint8Array([0x3b, 0x08, 5, 0x44])))).toMatch('a group')
  })

  it('keeps the number of an enum that has no name for it', () => {
    const text = (names: string) =>
      `syntax = "proto3"; message M { E e = 1; } enum E { A = 0; ${names} }`
    const writer = protobuf<unknown>({ schema: text('B = 1; C = 2;') })
    const reader = protobuf<unknown>({ schema: text('B = 1;') })
    const value = reader.decode(writer.encode({ e: 'C' }))
    expect(value).toEqual({ e: 2 })
    expect(writer.decode(reader.encode(value))).toEqual({ e: 'C' })
  })

  it('reads lists packed or not, whatever the schema says', () => {
    const packed = messageWith('repeated int32 a = 1;')
    const single = messageWith('repeated int32 a = 1 [packed = false];')
    const value = { a: [1, -2, 300] }
    expect(single.encode(value).length).toBeGreaterThan(packed.encode(value).length)
    expect(packed.decode(single.encode(value))).toEqual(value)
    expect(single.decode(packed.encode(value))).toEqual(value)
  })

  it('takes the last of a field that comes twice, and merges messages', () => {
    const format = messageWith(
      'int32 a = 1; oneof o { int32 b = 2; M m = 3; } repeated int32 r = 4;',
    )
    const join = (...records: Record<string, unknown>[]) =>
      format.decode(Buffer.concat(records.map((record) => format.encode(record))))
    expect(join({ a: 1 }, { a: 2 })).toEqual({ a: 2, r: [] })
    expect(join({ b: 1 }, { m: { a: 2 } })).toEqual({ a: 0, r: [], m: { a: 2, r: [] } })
    expect(join({ m: { a: 2 } }, { b: 1 })).toEqual({ a: 0, r: [], b: 1 })
    expect(join({ m: { a: 2, r: [1] } }, { a: 7 }, { m: { b: 3, r: [2] } })).toEqual({
      a: 7,
      r: [],
      m: { a: 2, b: 3, r: [1, 2] },
    })
  })
})

describe('older schemas', () => {
  it('have required fields', () => {
    const format = messageWith(
      'required int32 a = 1; optional int32 b = 2 [default = 7];',
      'proto2',
    )
    expect(format.decode(format.encode({ a: 0 }))).toEqual({ a: 0 })
    expect(messageOf(() => format.encode({}))).toContain('record.a does not fit')
    expect(messageOf(() => format.decode(new Uint8Array(0)))).toContain(
      'has no a, which M requires',
    )
  })

  it('with groups are refused by name', () => {
    const said = messageOf(() =>
      messageWith('optional group G = 1 { optional int32 x = 1; }', 'proto2'),
    )
    expect(said).toMatch(/KAFKA_SCHEMA_INVALID M\.\w+ is a group/)
  })
})

describe('the file of a schema', () => {
  const text = `
    syntax = "proto3";
    package a.b;
    import "other.proto";
    enum First { Z = 0; }
    message One {
      message In { enum E { Y = 0; } message Deep {} }
      enum Mid { X = 0; }
      message In2 {}
    }
    message Two { map<string, int32> m = 1; message In {} Other other = 2; }
  `
  const other = {
    name: 'other.proto',
    text: 'syntax = "proto3"; package a.b; import "google/protobuf/any.proto"; message Other {}',
  }

  it('numbers the messages in its order, without enums, entries of maps and imported files', () => {
    const file = parseProto(text, [other], 'It')
    const nameAt = (...path: number[]) => file.messageAt(path)?.fullName
    expect(nameAt(0)).toBe('.a.b.One')
    expect(nameAt(1)).toBe('.a.b.Two')
    expect(nameAt(0, 1)).toBe('.a.b.One.In2')
    expect(nameAt(0, 0, 0)).toBe('.a.b.One.In.Deep')
    expect(nameAt(1, 0)).toBe('.a.b.Two.In')
    expect(nameAt(2)).toBeUndefined()
    expect(nameAt(0, 5)).toBeUndefined()
    expect(file.find('a.b.Two.In')?.path).toEqual([1, 0])
    expect(file.find('Deep')?.path).toEqual([0, 0, 0])
    expect(file.find('Other')).toBeUndefined()
  })

  it('is refused with the reason where it does not parse or an import is missing', () => {
    expect(messageOf(() => parseProto(text, [], 'Schema 7'))).toMatch(
      'KAFKA_SCHEMA_INVALID Schema 7 is no Protobuf schema: it imports other.proto',
    )
    expect(messageOf(() => protobuf({ schema: 'message {' }))).toMatch('KAFKA_SCHEMA_INVALID')
    expect(messageOf(() => protobuf({ schema: 'syntax = "proto3";' }))).toMatch('has no message')
    const descriptor = Buffer.from([10, 7, ...Buffer.from('a.proto')]).toString('base64')
    expect(messageOf(() => parseProto(descriptor, [], 'Schema 8'))).toMatch(
      'KAFKA_SCHEMA_INVALID Schema 8 is a serialized descriptor in base64',
    )
  })
})
