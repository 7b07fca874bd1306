import { bytes, json, SluiceError, text } from '@sluice/core'
import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { avro } from '../../src/format/avro/avro.ts'
import { Resolution } from '../../src/format/avro/avro-resolution.ts'
import { parseAvro } from '../../src/format/avro/avro-type.ts'
import type { AvroSchema } from '../../src/format/avro/avro-value.ts'
import { ByteCursor } from '../../src/format/byte-cursor.ts'

const order = {
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'cents', type: 'long' },
    { name: 'count', type: 'int' },
    { name: 'weight', type: 'double' },
    { name: 'ratio', type: 'float' },
    { name: 'paid', type: 'boolean' },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['NEW', 'SENT'] } },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'sizes', type: { type: 'map', values: 'int' } },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 4 } },
    { name: 'raw', type: 'bytes' },
    { name: 'parent', type: ['null', 'Order'] },
  ],
} as const

const orders = fc.record({
  id: fc.string({ unit: 'grapheme' }),
  // avsc writes integers beyond 2^52 wrongly.
  cents: fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }),
  count: fc.integer(),
  weight: fc.double(),
  ratio: fc.float(),
  paid: fc.boolean(),
  note: fc.option(fc.string()),
  state: fc.constantFrom('NEW', 'SENT'),
  tags: fc.array(fc.string({ unit: 'grapheme' })),
  sizes: fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }),
  hash: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  raw: fc.uint8Array(),
})
const nested = fc
  .tuple(orders, fc.option(orders))
  .map(([outer, inner]) => ({ ...outer, parent: inner && { ...inner, parent: null } }))

const longs = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.maxSafeInteger().map(BigInt),
)

/** As avsc takes it: with Buffers. */
function forAvsc(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (Array.isArray(value)) return value.map(forAvsc)
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const [name, each] of Object.entries(value)) {
    Object.defineProperty(copy, name, { value: forAvsc(each), enumerable: true })
  }
  return copy
}

function resolve(written: AvroSchema, read: AvroSchema, value: unknown): unknown {
  const from = parseAvro(written, [], 'written')
  const to = parseAvro(read, [], 'read')
  const options = { int64: 'number', dates: 'number' } as const
  const reader = new Resolution(options).reader(from, to)
  const cursor = new ByteCursor(avro<unknown>(written).encode(value))
  const result = reader(cursor)
  expect(cursor.position).toBe(cursor.end)
  return result
}

function messageOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(SluiceError)
    return `${(error as SluiceError).code} ${(error as SluiceError).message}`
  }
  throw new Error('nothing was thrown')
}

describe('records of Avro', () => {
  it('come back as they were written, and their bytes are those of avsc', () => {
    const format = avro<unknown>(order)
    const reference = avsc.Type.forSchema(order as unknown as avsc.Schema)
    fc.assert(
      fc.property(nested, (value) => {
        const encoded = format.encode(value)
        expect(Buffer.from(encoded)).toEqual(reference.toBuffer(forAvsc(value)))
        expect(format.decode(encoded)).toEqual(value)
      }),
      { numRuns: 300 },
    )
  })

  it('are plain objects and plain bytes', () => {
    const format = avro({
      type: 'record',
      name: 'A',
      fields: [{ name: 'b', type: 'bytes' }],
    })
    const value = format.decode(format.encode({ b: new Uint8Array([1]) }))
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.getPrototypeOf(value.b)).toBe(Uint8Array.prototype)
  })

  it('hold 64-bit integers exactly as bigints, and refuse what a number cannot say', () => {
    const exact = avro('long', { int64: 'bigint' })
    const numbers = avro('long')
    fc.assert(
      fc.property(longs, (value) => {
        const encoded = exact.encode(value)
        expect(exact.decode(encoded)).toBe(value)
        if (Number.isSafeInteger(Number(value))) {
          expect(numbers.decode(encoded)).toBe(Number(value))
          // The shortest and only form of a varint.
          expect(numbers.encode(Number(value))).toEqual(encoded)
        } else {
          expect(messageOf(() => numbers.decode(encoded))).toMatch('RECORD_MALFORMED')
        }
      }),
    )
    expect(messageOf(() => exact.encode(2n ** 63n))).toMatch('no exact integer of 64 bits')
    expect(messageOf(() => numbers.encode(2 ** 60))).toMatch('no exact integer of 64 bits')
    expect(numbers.decode(numbers.encode(-(2 ** 30) - 1))).toBe(-(2 ** 30) - 1)
  })

  it('never make more of damaged bytes than an error', () => {
    const format = avro<unknown>(order)
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
    const nulls = avro({ type: 'array', items: 'null' })
    const endless = new Uint8Array([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f])
    expect(messageOf(() => nulls.decode(endless))).toMatch('a list without end')
    const text = avro('string')
    expect(messageOf(() => text.decode(new Uint8Array([2, 0xff])))).toMatch('not UTF-8')
    expect(text.decode(text.encode('\ufffd'))).toBe('\ufffd')
    expect(messageOf(() => text.decode(new Uint8Array([0, 0])))).toMatch('1 bytes are left')
  })

  it('that nest deeper than the stack are malformed', () => {
    const chain = avro<unknown>({
      type: 'record',
      name: 'Chain',
      fields: [{ name: 'next', type: ['null', 'Chain'] }],
    })
    const bytes = new Uint8Array(1_000_000).fill(2)
    expect(messageOf(() => chain.decode(bytes))).toMatch('RECORD_MALFORMED')
  })

  it('name the place of a value that the schema cannot say', () => {
    const format = avro<unknown>(order)
    const good = fc.sample(nested, 1)[0] as object
    const cases: [object, string][] = [
      [{ cents: 1.5 }, 'record.cents does not fit its Avro schema: the number 1.5 is no exact'],
      [
        { state: 'LOST' },
        'record.state does not fit its Avro schema: it is no symbol of shop.State',
      ],
      [{ tags: ['a', 1] }, 'record.tags[1] does not fit its Avro schema: a number is no text'],
      [{ sizes: { 'a b': 'x' } }, 'record.sizes["a b"] does not fit'],
      [{ id: undefined }, 'record.id does not fit its Avro schema: nothing is no text'],
      [
        { hash: new Uint8Array(3) },
        'record.hash does not fit its Avro schema: bytes is no Uint8Array of 4',
      ],
      [{ parent: { ...good, parent: { id: 1 } } }, 'record.parent.parent.id does not fit'],
      [{ extra: 1 }, 'record.extra does not fit its Avro schema: shop.Order has no such field'],
      [{ id: '\ud800' }, 'half a character'],
    ]
    for (const [change, message] of cases) {
      const said = messageOf(() => format.encode({ ...good, ...change }))
      expect(said).toMatch('RECORD_NOT_ENCODABLE')
      expect(said).toContain(message)
    }
    // A refused record leaves nothing behind.
    expect(format.decode(format.encode(good))).toEqual(good)
  })

  it('take the default of a field that is left out', () => {
    const format = avro<{ a?: number; b: string }>({
      type: 'record',
      name: 'R',
      fields: [
        { name: 'a', type: 'long', default: 7 },
        { name: 'b', type: 'string' },
      ],
    })
    expect(format.decode(format.encode({ b: 'x' }))).toEqual({ a: 7, b: 'x' })
  })

  it('take defaults of 64 bits exactly, as far as JSON has them', () => {
    for (const [written, value] of [
      [2 ** 63, 2n ** 63n - 1n],
      [-(2 ** 63), -(2n ** 63n)],
      [4_503_599_627_370_497, 2n ** 52n + 1n],
      [-1, -1n],
    ]) {
      const fields = [{ name: 'a', type: 'long', default: written }]
      const format = avro<unknown>({ type: 'record', name: 'R', fields }, { int64: 'bigint' })
      expect(format.decode(format.encode({}))).toEqual({ a: value })
    }
  })

  it('have fields named as what every object has', () => {
    const format = avro<unknown>({
      type: 'record',
      name: 'R',
      fields: [
        { name: '__proto__', type: 'string' },
        { name: 'constructor', type: ['null', 'string'], default: null },
      ],
    })
    const value = JSON.parse('{"__proto__":"a","constructor":"b"}') as unknown
    const decoded = format.decode(format.encode(value)) as object
    expect(JSON.stringify(decoded)).toBe('{"__proto__":"a","constructor":"b"}')
    const partly = format.encode(JSON.parse('{"__proto__":"a"}'))
    expect(JSON.stringify(format.decode(partly))).toBe('{"__proto__":"a","constructor":null}')
  })
})

describe('unions', () => {
  it('are the value alone where JavaScript tells the branches apart', () => {
    const format = avro(['null', 'string', 'long', 'boolean', { type: 'array', items: 'int' }])
    for (const value of [null, 'a', 5, true, [1, 2]]) {
      expect(format.decode(format.encode(value))).toEqual(value)
    }
    expect(messageOf(() => avro(['null', 'string']).encode(1 as never))).toContain(
      'a number is none of null, string',
    )
  })

  it('name the branch where it does not, as in the JSON of Avro', () => {
    const format = avro<unknown>([
      'null',
      { type: 'record', name: 'a.Left', fields: [{ name: 'x', type: 'int' }] },
      { type: 'record', name: 'a.Right', fields: [{ name: 'x', type: 'int' }] },
    ])
    for (const value of [null, { 'a.Left': { x: 1 } }, { 'a.Right': { x: 2 } }]) {
      expect(format.decode(format.encode(value))).toEqual(value)
    }
    expect(messageOf(() => format.encode({ x: 1 }))).toContain('say which of null, a.Left, a.Right')
    const said = messageOf(() => format.encode({ 'a.Left': { x: 'y' } }))
    expect(said).toContain('record["a.Left"].x does not fit')
  })
})

describe('logical types', () => {
  it('show decimals as exact texts', () => {
    const decimal = { type: 'bytes', logicalType: 'decimal', precision: 20, scale: 2 } as const
    const fixed = { ...decimal, type: 'fixed', name: 'D', size: 9 } as const
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n }), (unscaled) => {
        const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(3, '0')
        const value = `${unscaled < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
        for (const schema of [decimal, fixed] as const) {
          const format = avro<string>(schema)
          expect(format.decode(format.encode(value))).toBe(value)
        }
        // The bytes are the shortest two's complement, as Java writes them.
        const bytes = avro<Uint8Array>('bytes').decode(avro<string>(decimal).encode(value))
        expect(
          BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`)),
        ).toBe(unscaled)
      }),
    )
    const format = avro(decimal)
    expect(format.decode(format.encode('3'))).toBe('3.00')
    expect(format.decode(format.encode('0.50000'))).toBe('0.50')
    expect(messageOf(() => format.encode('0.505'))).toContain('more than 2 digits behind the point')
    expect(messageOf(() => format.encode('1e3'))).toContain('no decimal text')
    expect(messageOf(() => format.encode('1'.repeat(19)))).toContain('more than 20 digits')
  })

  it('show dates as numbers, or as Dates where that is asked for', () => {
    const at = { type: 'long', logicalType: 'timestamp-millis' } as const
    const day = { type: 'int', logicalType: 'date' } as const
    expect(avro(at).decode(avro(at).encode(5))).toBe(5)
    expect(avro(at, { int64: 'bigint' }).decode(avro(at).encode(5))).toBe(5)
    const dates = avro(at, { dates: 'date' })
    expect(dates.decode(dates.encode(new Date(1.7e12)))).toEqual(new Date(1.7e12))
    const days = avro(day, { dates: 'date' })
    expect(days.decode(days.encode(new Date('2026-11-23')))).toEqual(new Date('2026-11-23'))
    expect(messageOf(() => days.encode(new Date(5)))).toContain('not midnight in UTC')
    expect(messageOf(() => dates.encode(5 as never))).toContain('a number is no Date')
    const micros = { type: 'long', logicalType: 'timestamp-micros' } as const
    expect(avro(micros).decode(avro(micros).encode(1.7e15 + 1))).toBe(1.7e15 + 1)
  })

  it('that are unsound are what they are made of', () => {
    const unsound = { type: 'bytes', logicalType: 'decimal', precision: 1, scale: 5 } as const
    expect(avro<unknown>(unsound).decode(new Uint8Array([2, 9]))).toEqual(new Uint8Array([9]))
  })
})

describe('a schema that has changed', () => {
  const record = (fields: readonly object[], name = 'R', aliases: string[] = []): AvroSchema =>
    ({ type: 'record', name, aliases, fields }) as unknown as AvroSchema

  it('gives added fields their defaults, each time anew', () => {
    const old = record([{ name: 'a', type: 'int' }])
    const now = record([
      { name: 'b', type: { type: 'array', items: 'int' }, default: [1] },
      { name: 'a', type: 'int' },
      { name: 'c', type: ['null', 'string'], default: null },
      { name: 'd', type: record([{ name: 'x', type: 'int', default: 3 }], 'D'), default: {} },
    ])
    const value = resolve(old, now, { a: 5 })
    expect(value).toEqual({ b: [1], a: 5, c: null, d: { x: 3 } })
    expect(Object.keys(value as object)).toEqual(['b', 'a', 'c', 'd'])
  })

  it('passes over fields that were dropped, whatever they hold', () => {
    const old = record([
      { name: 'gone', type: 'long' },
      { name: 'a', type: 'int' },
      { name: 'last', type: { type: 'map', values: 'string' } },
    ])
    const bytes = avro<unknown>(old, { int64: 'bigint' }).encode({
      gone: 2n ** 62n,
      a: 5,
      last: { x: 'y' },
    })
    const options = { int64: 'number', dates: 'number' } as const
    const now = parseAvro(record([{ name: 'a', type: 'int' }]), [], 'now')
    const reader = new Resolution(options).reader(parseAvro(old, [], 'old'), now)
    expect(reader(new ByteCursor(bytes))).toEqual({ a: 5 })
  })

  it('finds renamed fields and records by aliases, and records without their namespace', () => {
    const old = record([{ name: 'a', type: 'int' }], 'x.Old')
    expect(
      resolve(old, record([{ name: 'b', aliases: ['a'], type: 'int' }], 'y.New', ['Old']), {
        a: 1,
      }),
    ).toEqual({ b: 1 })
    expect(resolve(old, record([{ name: 'a', type: 'int' }], 'z.Old'), { a: 1 })).toEqual({ a: 1 })
    expect(() => resolve(old, record([{ name: 'a', type: 'int' }], 'New'), { a: 1 })).toThrow(
      'the record x.Old is not New, nor an alias of it',
    )
  })

  it('promotes numbers, texts and single types, as avsc does', () => {
    const pairs: [AvroSchema, AvroSchema, unknown][] = [
      ['int', 'long', 5],
      ['int', 'float', 5],
      ['int', 'double', 5],
      ['long', 'float', 16_777_216],
      ['long', 'double', 2 ** 52 - 1],
      ['float', 'double', 0.5],
      ['string', ['null', 'string'], 'a'],
      [['null', 'string'], ['null', 'string', 'int'], 'a'],
      ['int', ['null', 'double'], 5],
      [{ type: 'array', items: 'int' }, { type: 'array', items: 'double' }, [1, 2]],
      [{ type: 'map', values: 'int' }, { type: 'map', values: 'long' }, { a: 1 }],
    ]
    for (const [written, read, value] of pairs) {
      const from = avsc.Type.forSchema(written as avsc.Schema)
      const to = avsc.Type.forSchema(read as avsc.Schema)
      const expected = to.fromBuffer(from.toBuffer(value), to.createResolver(from))
      expect(resolve(written, read, value)).toEqual(JSON.parse(JSON.stringify(expected)))
    }
    expect(resolve('string', 'bytes', 'a')).toEqual(new Uint8Array([97]))
    expect(resolve('bytes', 'string', new Uint8Array([97]))).toBe('a')
  })

  it('refuses a branch or symbol that it does not have only in the records that hold it', () => {
    expect(resolve(['null', 'string'], 'string', 'a')).toBe('a')
    expect(() => resolve(['null', 'string'], 'string', null)).toThrow('does not have')
    const symbols = (names: string[], otherwise?: string) =>
      ({ type: 'enum', name: 'E', symbols: names, default: otherwise }) as unknown as AvroSchema
    expect(resolve(symbols(['A', 'B']), symbols(['B']), 'B')).toBe('B')
    expect(() => resolve(symbols(['A', 'B']), symbols(['B']), 'A')).toThrow('holds A')
    expect(resolve(symbols(['A', 'B']), symbols(['B'], 'B'), 'A')).toBe('B')
  })

  it('refuses what cannot be read at all, by the name of the field', () => {
    const int = record([{ name: 'a', type: 'int' }])
    const cases: [AvroSchema, AvroSchema, string][] = [
      [record([{ name: 'a', type: 'string' }]), int, 'field a: string cannot be read as int'],
      [record([]), int, 'the field a of R was not written, and no default'],
      [
        { type: 'long', logicalType: 'timestamp-micros' },
        { type: 'long', logicalType: 'timestamp-millis' },
        'timestamp-micros cannot be read as timestamp-millis',
      ],
      ['long', 'int', 'long cannot be read as int'],
    ]
    const options = { int64: 'number', dates: 'number' } as const
    for (const [written, read, message] of cases) {
      const from = parseAvro(written, [], 'written')
      const to = parseAvro(read, [], 'read')
      expect(() => new Resolution(options).reader(from, to)).toThrow(message)
    }
  })

  it('reads records that hold themselves', () => {
    const chain = (extra: object[]) =>
      record([{ name: 'next', type: ['null', 'R'] }, { name: 'x', type: 'int' }, ...extra])
    const value = { next: { next: null, x: 2 }, x: 1 }
    expect(resolve(chain([]), chain([{ name: 'y', type: 'int', default: 9 }]), value)).toEqual({
      next: { next: null, x: 2, y: 9 },
      x: 1,
      y: 9,
    })
  })
})

it('says of a schema that does not parse what is wrong with it', () => {
  expect(messageOf(() => avro({ type: 'record', name: 'A' }))).toMatch(
    /KAFKA_SCHEMA_INVALID.*fields/,
  )
  expect(messageOf(() => avro('{'))).toMatch('KAFKA_SCHEMA_INVALID')
  expect(messageOf(() => avro('strin'))).toMatch('undefined type name: strin')
})

it('leaves bytes, texts and JSON to the formats of the core', () => {
  expect([bytes().name, text().name, json().name]).toEqual(['bytes', 'text', 'json'])
})
