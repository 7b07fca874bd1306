import { SluiceError } from '@sluice/core/internal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteReader } from '../../../src/network/codec/byte-reader.ts'
import { ByteWriter } from '../../../src/network/codec/byte-writer.ts'
import { assertEncodable, MAX_DEPTH } from '../../../src/network/codec/encodable.ts'
import {
  assertValueFormat,
  decodeValue,
  encodeFewNumbers,
  encodeNumbers,
  encodeValue,
  VALUE_FORMAT_VERSION,
} from '../../../src/network/codec/value-codec.ts'
import { anyValue, objectOf } from './arbitrary-value.ts'
import { firstDifference } from './exactly-equal.ts'

function encode(value: unknown): Uint8Array {
  const writer = new ByteWriter(16)
  encodeValue(writer, value)
  return writer.copy()
}

function roundTrip(value: unknown): unknown {
  const reader = new ByteReader(encode(value))
  const decoded = decodeValue(reader)
  expect(reader.remaining).toBe(0)
  return decoded
}

function refusal(act: () => unknown): SluiceError {
  try {
    act()
  } catch (error) {
    expect(error).toBeInstanceOf(SluiceError)
    return error as SluiceError
  }
  throw new Error('nothing was refused')
}

describe('value codec', () => {
  it('writes numbers of a column as it writes a number, or an array of them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.double(), fc.integer()), { minLength: 1, maxLength: 9 }),
        fc.nat(3),
        fc.boolean(),
        (numbers, before, isArray) => {
          const column = Float64Array.of(...Array<number>(before).fill(Number.NaN), ...numbers, 1)
          const writer = new ByteWriter(16)
          encodeNumbers(writer, column, before, isArray ? numbers.length : 0)
          expect(writer.copy()).toEqual(encode(isArray ? numbers : numbers[0]))
        },
      ),
    )
  })

  it('writes an array of a few numbers, and only that, as it writes any array', () => {
    const some = fc.array(fc.oneof(fc.double(), fc.integer()), { maxLength: 9 })
    fc.assert(
      fc.property(fc.oneof(some, anyValue), (value) => {
        const writer = new ByteWriter(16)
        const isWritten = encodeFewNumbers(writer, value)
        expect(writer.copy()).toEqual(isWritten ? encode(value) : new Uint8Array())
      }),
    )
    const writer = new ByteWriter(16)
    expect(encodeFewNumbers(writer, [1, -2.5, 3])).toBe(true)
    for (const other of [1, [], ['1'], [1, undefined], [1, [2]], Array(9).fill(1)]) {
      expect(encodeFewNumbers(writer, other)).toBe(false)
    }
  })

  it('keeps holes anywhere in a short array, and in arrays within them', () => {
    for (const few of [
      [, 1],
      [1, ,],
      [, ,],
      [, 1, 2],
      [1, , 2],
      [1, 2, ,],
      [[, 1], , [1, ,]],
    ]) {
      expect(firstDifference(few, roundTrip(few))).toBeUndefined()
    }
  })

  it('gives back every value of the domain exactly', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(firstDifference(value, roundTrip(value))).toBeUndefined()
        assertEncodable(value)
      }),
      { numRuns: 1500 },
    )
  })

  it('reads values that follow each other in one buffer', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 10 }), (values) => {
        const writer = new ByteWriter(16)
        for (const value of values) encodeValue(writer, value)
        const reader = new ByteReader(writer.written())
        for (const value of values) {
          expect(firstDifference(value, decodeValue(reader))).toBeUndefined()
        }
        expect(reader.remaining).toBe(0)
      }),
    )
  })

  it('builds objects of a repeated shape exactly, also once it has compiled a constructor', () => {
    for (let i = 0; i < 300; i++) {
      const value = objectOf([
        ['b', i],
        ['__proto__', { x: 1 }],
        ['a', `k${i}`],
        ['q\'"\u2028', -0],
      ])
      expect(firstDifference(value, roundTrip(value))).toBeUndefined()
    }
  })

  it('keeps undefined apart from absent, and a hole apart from both', () => {
    expect(Object.keys(roundTrip({ a: undefined }) as object)).toEqual(['a'])
    // biome-ignore lint/suspicious/noSparseArray: the hole is the subject.
    const holey = roundTrip([1, , undefined]) as unknown[]
    expect([holey.length, 1 in holey, 2 in holey]).toEqual([3, false, true])
  })

  it('never lets a key named __proto__ change a prototype', () => {
    const decoded = roundTrip(JSON.parse('{"__proto__": {"admin": true}}')) as { admin?: boolean }
    expect(decoded.admin).toBeUndefined()
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
    expect(Object.keys(decoded)).toEqual(['__proto__'])
  })

  it('shares no memory with the bytes that it read', () => {
    const bytes = encode({ content: new Uint8Array([1, 2, 3]), text: 'x'.repeat(40) })
    const decoded = decodeValue(new ByteReader(bytes)) as { content: Uint8Array; text: string }
    bytes.fill(0)
    expect(decoded).toEqual({ content: new Uint8Array([1, 2, 3]), text: 'x'.repeat(40) })
  })

  it('reads bytes from shared memory', () => {
    const bytes = encode({ text: 'shared', wide: '日本', list: [1.5] })
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    shared.set(bytes)
    expect(decodeValue(new ByteReader(shared))).toEqual({
      text: 'shared',
      wide: '日本',
      list: [1.5],
    })
  })

  it('writes the bytes that docs/internals/codec.md describes, and goes on reading them', () => {
    const value = {
      id: 7,
      big: 300,
      minus: -5,
      half: 0.5,
      name: 'ab',
      wide: '日',
      none: null,
      absent: undefined,
      on: true,
      when: new Date(1),
      huge: -258n,
      list: [new Uint8Array([9]), new Set([false]), new Map([[1, 2]])],
    }
    const keys =
      '123b0c046964066269670a6d696e75730868616c66086e616d650877696465086e6f6e650c616273656e74' +
      '046f6e087768656e0868756765086c697374'
    const fields = [
      '87',
      '05ac02',
      '0605',
      '07000000000000e03f',
      '426162',
      '0b01e565',
      '00',
      '01',
      '03',
      '0c000000000000f03f',
      '09020102',
      '0f03' + '0d0109' + '110102' + '10018182',
    ]
    expect(Buffer.from(encode(value)).toString('hex')).toBe(keys + fields.join(''))
    const stored = Buffer.from(keys + fields.join(''), 'hex')
    expect(firstDifference(value, decodeValue(new ByteReader(stored)))).toBeUndefined()
  })

  it('refuses a stored version that it does not know', () => {
    assertValueFormat(VALUE_FORMAT_VERSION)
    expect(refusal(() => assertValueFormat(2)).code).toBe('CHECKPOINT_FORMAT_NEWER')
  })
})

describe('what is not encodable', () => {
  class Money {
    cents = 5
  }
  const cyclic: { self?: unknown } = {}
  cyclic.self = { again: [cyclic] }
  const match = /b/.exec('abc')
  const borrowed = Object.create(Date.prototype)
  const cases: [string, unknown, string][] = [
    [
      'a function',
      { order: { items: [1, 2, 3, { callback() {} }] } },
      'order.items[3].callback is the function callback',
    ],
    ['a symbol', [Symbol('x')], '[0] is the symbol Symbol(x)'],
    ['a class instance', { price: new Money() }, 'price is an instance of Money'],
    ['the record itself', () => 1, 'it is a function'],
    ['a cycle', cyclic, 'self.again[0] is part of a cycle'],
    ['a symbol key', { a: { [Symbol('s')]: 1 } }, 'a is an object with the symbol key Symbol(s)'],
    [
      'an accessor',
      {
        a: [
          {
            get b() {
              return 1
            },
          },
        ],
      },
      'a[0].b is an accessor',
    ],
    [
      'a hidden property',
      Object.defineProperty({}, 'x', { value: 1 }),
      'x is a property that is not',
    ],
    ['a property of an array', { m: match }, 'm is an array with a property of its own, groups'],
    [
      'a property of an array that looks like an index',
      Object.assign([1, 2], { '01': 1 }),
      'its own, 01',
    ],
    [
      'a property of an array with as many holes',
      Object.assign(Array(2), { 1: 1, name: 1 }),
      'its own, name',
    ],
    [
      'a symbol of an array',
      Object.assign([1], { [Symbol.iterator]: 1 }),
      'its own, Symbol(Symbol.iterator)',
    ],
    ['a value of a map', { tags: new Map([['k', () => 1]]) }, 'tags.get("k") is a function'],
    [
      'a key of a map',
      new Map([
        [1, 1],
        [Symbol.iterator, 2],
      ] as [unknown, number][]),
      'keys()[1] is the symbol',
    ],
    [
      'an entry of a set',
      { s: new Set([1, new Money()]) },
      's.values()[1] is an instance of Money',
    ],
    ['an awkward key', { 'a b': { '0': [() => 1] } }, '["a b"]["0"][0] is a function'],
    ['a promise', { p: Promise.resolve() }, 'p is an instance of Promise'],
    ['another typed array', { f: new Float64Array(2) }, 'f is an instance of Float64Array'],
    ['an error', new Error('x'), 'it is an instance of Error'],
    ['a boxed number', [Object(5)], '[0] is an instance of Number'],
    ['a false date', { d: borrowed }, 'd is an instance of Date'],
    [
      'a date with a property',
      Object.assign(new Date(0), { zone: 1 }),
      'it is a Date with a property of its own, zone',
    ],
    ['a subclass of Array', { l: new (class List extends Array {})() }, 'l is an instance of List'],
    ['a regular expression', /x/, 'it is an instance of RegExp'],
  ]

  for (const [name, value, message] of cases) {
    it(`refuses ${name} and says where it stands`, () => {
      const writer = new ByteWriter()
      writer.u8(1)
      const error = refusal(() => encodeValue(writer, value))
      expect(error.code).toBe('RECORD_NOT_ENCODABLE')
      expect(error.message).toContain(message)
      expect(writer.position).toBe(1)
      expect(refusal(() => assertEncodable(value)).message).toContain(message)
    })
  }

  it('refuses the same values in the walk as in the encoder', () => {
    const offender = fc.constantFrom<unknown>(
      () => 1,
      Symbol('x'),
      new Money(),
      /x/,
      Object.create({}),
    )
    const maybe = fc.oneof({ weight: 4, arbitrary: anyValue }, { weight: 1, arbitrary: offender })
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), maybe)), (entries) => {
        const value = objectOf(entries)
        let walk: string | undefined
        let encoder: string | undefined
        try {
          assertEncodable(value, 'value')
        } catch (error) {
          walk = (error as Error).message
        }
        try {
          encode(value)
        } catch (error) {
          encoder = (error as Error).message
        }
        expect(encoder).toBe(walk)
      }),
    )
  })

  it('refuses values nested too deep, and takes and gives back those at the limit', () => {
    const nest = (levels: number) => {
      let value: unknown = 'leaf'
      for (let i = 0; i < levels; i++) value = i % 2 === 0 ? { v: value } : [value]
      return value
    }
    expect(firstDifference(nest(MAX_DEPTH), roundTrip(nest(MAX_DEPTH)))).toBeUndefined()
    const error = refusal(() => encode(nest(MAX_DEPTH + 1)))
    expect(error.code).toBe('RECORD_NOT_ENCODABLE')
    expect(error.message).toContain('nested more than 500 levels deep')
    expect(refusal(() => encode(nest(100_000))).code).toBe('RECORD_NOT_ENCODABLE')
  })

  it('refuses a record above 64 MiB', () => {
    const half = new Uint8Array(33 * 1024 * 1024)
    const writer = new ByteWriter()
    expect(refusal(() => encodeValue(writer, [half, half])).code).toBe('RECORD_TOO_LARGE')
    expect(writer.position).toBe(0)
  })
})

describe('damaged values', () => {
  it('are refused with a code, wherever a byte is changed or the end is cut', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(), fc.nat(255), fc.boolean(), (value, at, byte, cut) => {
        const bytes = encode(value)
        const index = at % bytes.length
        const broken = cut ? bytes.slice(0, index) : bytes.with(index, byte)
        try {
          const reader = new ByteReader(broken)
          decodeValue(reader)
          expect(reader.position).toBeLessThanOrEqual(broken.length)
          expect(cut).toBe(false)
        } catch (error) {
          if (!(error instanceof SluiceError)) throw error
          expect(error.code).toBe('CODEC_DAMAGED')
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('never ask for memory that the bytes cannot fill', () => {
    for (const tag of [0x08, 0x0a, 0x0b, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13]) {
      const bytes = Uint8Array.of(tag, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f)
      expect(refusal(() => decodeValue(new ByteReader(bytes))).code).toBe('CODEC_DAMAGED')
    }
  })
})
