import { SluiceError } from '@sluice/core/internal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BatchDecoder,
  BatchEncoder,
  type CodecExecution,
} from '../../../src/network/codec/batch-codec.ts'
import { anyText, anyValue, objectOf } from './arbitrary-value.ts'
import { firstDifference } from './exactly-equal.ts'

const executions: CodecExecution[] = ['generated', 'interpreted', 'auto']

function batchOf(values: readonly unknown[], time: (i: number) => number = (i) => i) {
  return { values, timestamps: Float64Array.from(values, (_, i) => time(i)), length: values.length }
}

/** Sends the batches over one channel and expects each to arrive exactly. */
function expectExact(batches: readonly (readonly unknown[])[], execution: CodecExecution): void {
  const encoder = new BatchEncoder(execution)
  const decoder = new BatchDecoder(execution)
  for (const values of batches) {
    const decoded = decoder.decode(encoder.encode(batchOf(values)))
    expect(decoded.length).toBe(values.length)
    expect(firstDifference([...values], decoded.values)).toBeUndefined()
  }
}

function refusal(act: () => unknown): SluiceError {
  try {
    act()
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const awkward: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  null,
  undefined,
  -0,
  0,
  NaN,
  2 ** 31,
  0.5,
  'x',
  2n ** 64n,
  7n,
  true,
  new Date(Number.NaN),
  { deep: 1 },
  [1, 'a'],
  // biome-ignore lint/suspicious/noSparseArray: a hole must stay a hole.
  [, 'a'],
)

/** Fields of one kind in most records, and anything in some. */
const field = fc
  .constantFrom<fc.Arbitrary<unknown>>(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.double(),
    anyText,
    fc.boolean(),
    fc.date({ noInvalidDate: false }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.record({ x: fc.double(), label: anyText }),
    fc.tuple(fc.nat(100), anyText),
    fc.option(fc.nat(100), { nil: null }),
    anyValue,
  )
  .chain((usual) =>
    fc.constant(fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: awkward })),
  )

const keys = fc.uniqueArray(
  fc.oneof(fc.constantFrom('a', 'b', '0', '__proto__', "q'\n"), anyText),
  {
    minLength: 1,
    maxLength: 6,
  },
)

/** A stream of records of one shape, whose fields sometimes stray from their kind. */
const shapedStream = keys
  .chain((names) => fc.tuple(...names.map(() => field)).map((fields) => ({ names, fields })))
  .chain(({ names, fields }) =>
    fc.array(
      fc.tuple(...fields).map((values) => objectOf(names.map((name, i) => [name, values[i]]))),
      { minLength: 1, maxLength: 30 },
    ),
  )

const inBatches = (streams: readonly (readonly unknown[])[], size: number): unknown[][] => {
  const records = streams.flat()
  const batches: unknown[][] = []
  for (let i = 0; i < records.length; i += size) batches.push(records.slice(i, i + size))
  return batches
}

describe.each(executions)('batch codec, %s', (execution) => {
  it('gives back streams of one shape whose fields stray', () => {
    fc.assert(
      fc.property(shapedStream, fc.integer({ min: 1, max: 12 }), (records, size) =>
        expectExact(inBatches([records], size), execution),
      ),
      { numRuns: 150 },
    )
  })

  it('gives back streams that change their shape midway and mix shapes', () => {
    fc.assert(
      fc.property(
        fc.array(shapedStream, { minLength: 2, maxLength: 4 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (streams, size, mix) => {
          const records = streams.flat()
          if (mix)
            records.sort((a, b) => JSON.stringify(Object.keys(a)).length - Object.keys(b).length)
          expectExact(inBatches([records], size), execution)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('gives back batches of arbitrary values', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyValue, { maxLength: 12 }), { maxLength: 6 }), (batches) =>
        expectExact(batches, execution),
      ),
      { numRuns: 200 },
    )
  })

  it('gives back timestamps bit for bit', () => {
    const encoder = new BatchEncoder(execution)
    const decoder = new BatchDecoder(execution)
    const cases = [
      [1, 2.5, -0, 0, NaN, -Infinity, 5e-324],
      [NaN, NaN],
      [-Infinity],
      [-0, 0],
      [0, 0],
    ]
    for (const times of cases) {
      const sent = batchOf(times, (i) => times[i] as number)
      const { timestamps } = decoder.decode(encoder.encode(sent))
      expect(firstDifference([...timestamps], times)).toBeUndefined()
    }
  })

  it('takes only the first `length` of longer arrays', () => {
    const encoder = new BatchEncoder(execution)
    const batch = { values: [1, 2, () => 3], timestamps: new Float64Array(9).fill(7), length: 2 }
    const decoded = new BatchDecoder(execution).decode(encoder.encode(batch))
    expect(decoded).toEqual({ values: [1, 2], timestamps: new Float64Array([7, 7]), length: 2 })
  })
})

describe('batch codec', () => {
  it('writes the same bytes with and without generated code', () => {
    fc.assert(
      fc.property(
        fc.array(shapedStream, { minLength: 1, maxLength: 3 }),
        fc.nat(20),
        (streams, size) => {
          const generated = new BatchEncoder('generated')
          const interpreted = new BatchEncoder('interpreted')
          for (const values of inBatches(streams, size + 1)) {
            const bytes = generated.encode(batchOf(values))
            expect(Buffer.compare(bytes, interpreted.encode(batchOf(values)))).toBe(0)
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  it('moves from interpreting to generated code in the middle of a channel', () => {
    const make = (i: number) => ({
      id: i,
      name: `n${i}`,
      half: i / 2,
      when: i % 3 ? null : new Date(i),
    })
    const batches = Array.from({ length: 30 }, (_, b) =>
      Array.from({ length: 50 }, (_, i) => make(b * 50 + i)),
    )
    expectExact(batches, 'auto')
  })

  it('sends the layout once, again when it changes, and again on request', () => {
    const encoder = new BatchEncoder()
    const bids = Array.from({ length: 10 }, (_, i) => ({ auctionNumber: i }))
    const carries = (bytes: Uint8Array, name: string) => Buffer.from(bytes).includes(name)
    expect(carries(encoder.encode(batchOf(bids)), 'auctionNumber')).toBe(true)
    expect(carries(encoder.encode(batchOf(bids)), 'auctionNumber')).toBe(false)
    const halves = bids.map((_, i) => ({ auctionNumber: i + 0.5 }))
    encoder.encode(batchOf(halves))
    const widened = encoder.encode(batchOf(halves))
    expect(carries(widened, 'auctionNumber')).toBe(true)
    expect(carries(encoder.encode(batchOf(halves)), 'auctionNumber')).toBe(false)
    encoder.restart()
    const again = encoder.encode(batchOf(halves))
    expect(new BatchDecoder().decode(again).values).toEqual(halves)
  })

  it('learns a new shape when the records change, so that they take fixed rows again', () => {
    const encoder = new BatchEncoder()
    const size = (make: (i: number) => unknown) => {
      const values = Array.from({ length: 200 }, (_, i) => make(i))
      return encoder.encode(batchOf(values, () => 0)).length
    }
    const first = (i: number) => ({ identifier: i, amount: i + 0.5 })
    const second = (i: number) => ({ identifier: i, quantity: i + 0.5, label: 'x' })
    size(first)
    const narrow = size(first)
    expect(narrow).toBeLessThan(200 * 13 + 40)
    const loose = size(second)
    size(second)
    expect(size(second)).toBeLessThan(loose / 1.5)
    expect(size(first)).toBe(narrow)
  })

  it('goes on exactly, and does not learn for ever, when every record has other keys', () => {
    const batches = Array.from({ length: 40 }, (_, b) =>
      Array.from({ length: 50 }, (_, i) => ({ [`k${b}-${i}`]: i, v: 'x' })),
    )
    expectExact(batches, 'auto')
  })

  it('does not learn shapes that come once, however many there are', () => {
    const encoder = new BatchEncoder()
    const values = Array.from({ length: 100 }, (_, i) => (i % 2 ? { [`k${i}`]: i } : { steady: i }))
    encoder.encode(batchOf(values))
    encoder.restart()
    const bytes = Buffer.from(encoder.encode(batchOf([{ steady: 1 }])))
    expect(bytes.includes('steady')).toBe(true)
    expect(bytes.includes('k1')).toBe(false)
  })

  it('builds all records of a shape alike: keys in order, no prototype but Object', () => {
    const encoder = new BatchEncoder('generated')
    const sent = JSON.parse('[{"b":1,"__proto__":{"x":1},"a":"y"}]')
    const [decoded] = new BatchDecoder('generated').decode(encoder.encode(batchOf(sent))).values
    expect(Object.keys(decoded as object)).toEqual(['b', '__proto__', 'a'])
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
    expect((decoded as { x?: number }).x).toBeUndefined()
  })

  it('does not take for its own what a library added to all objects', () => {
    const encoder = new BatchEncoder('generated')
    const decoder = new BatchDecoder('generated')
    decoder.decode(encoder.encode(batchOf([{ a: 1, added: 2 }])))
    const prototype = Object.prototype as { added?: number }
    prototype.added = 9
    try {
      const [decoded] = decoder.decode(encoder.encode(batchOf([{ a: 1 }]))).values
      expect(Object.keys(decoded as object)).toEqual(['a'])
    } finally {
      delete prototype.added
    }
  })

  it('names the path of a value that cannot be encoded, and stays usable', () => {
    const encoder = new BatchEncoder()
    const decoder = new BatchDecoder()
    const good = Array.from({ length: 5 }, (_, i) => ({ order: { items: [i] } }))
    decoder.decode(encoder.encode(batchOf(good)))
    const bad = [...good, { order: { items: [1, 2, 3, { callback: () => 1 }] } }]
    const error = refusal(() => encoder.encode(batchOf(bad)))
    expect(error.code).toBe('RECORD_NOT_ENCODABLE')
    expect(error.message).toContain('order.items[3].callback is the function callback')
    expect(decoder.decode(encoder.encode(batchOf(good))).values).toEqual(good)
  })

  it('refuses what hides behind keys while it learns, and at the head of a batch', () => {
    const encoder = new BatchEncoder()
    encoder.encode(batchOf([{ a: 1 }]))
    for (const value of [
      { a: 1, [Symbol('s')]: 2 },
      {
        get a() {
          return 1
        },
      },
    ]) {
      expect(refusal(() => encoder.encode(batchOf([value]))).code).toBe('RECORD_NOT_ENCODABLE')
      expect(refusal(() => new BatchEncoder().encode(batchOf([1, value]))).code).toBe(
        'RECORD_NOT_ENCODABLE',
      )
    }
    class Bid {
      a = 1
    }
    expect(refusal(() => encoder.encode(batchOf([{ a: 1 }, new Bid()]))).code).toBe(
      'RECORD_NOT_ENCODABLE',
    )
  })

  it('takes a batch above 64 MiB whose records are smaller, and refuses a record above it', () => {
    const half = 'h'.repeat(33 * 1024 * 1024)
    const encoder = new BatchEncoder()
    const decoded = new BatchDecoder().decode(encoder.encode(batchOf([{ t: half }, { t: half }])))
    expect(decoded.values).toEqual([{ t: half }, { t: half }])
    const error = refusal(() => encoder.encode(batchOf([{ t: half + half }])))
    expect(error.code).toBe('RECORD_TOO_LARGE')
  })

  it('decodes out of shared memory, and what it gives shares nothing with it', () => {
    const values = [
      { id: 1, text: 'a text of some length', wide: '日本', bytes: new Uint8Array([1]) },
    ]
    const bytes = new BatchEncoder().encode(batchOf(values))
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 3)).subarray(3)
    shared.set(bytes)
    const decoded = new BatchDecoder().decode(shared)
    shared.fill(0)
    expect(decoded.values).toEqual(values)
    expect([...decoded.timestamps]).toEqual([0])
  })
})

describe('damaged batches', () => {
  it('are refused with a code, and never read past the end', () => {
    fc.assert(
      fc.property(
        shapedStream,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.option(fc.nat()),
        fc.constantFrom<CodecExecution>('generated', 'interpreted'),
        (records, changes, cut, execution) => {
          const bytes = new BatchEncoder(execution).encode(batchOf(records)).slice()
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte
          const broken = cut === null ? bytes : bytes.subarray(0, cut % bytes.length)
          try {
            new BatchDecoder(execution).decode(broken)
          } catch (error) {
            if (!(error instanceof SluiceError)) throw error
            expect(error.code).toBe('CODEC_DAMAGED')
          }
        },
      ),
      { numRuns: 1500 },
    )
  })

  it.each(['generated', 'interpreted'] as const)(
    'are refused when their parts do not add up, %s',
    (execution) => {
      const values = [{ s: 'abc' }, { s: 'xyz' }]
      const bytes = new BatchEncoder(execution).encode(batchOf(values, () => 0)).slice()
      const text = Buffer.from(bytes).indexOf('abcxyz')
      const shorterString = bytes.with(text - 5, 2)
      const longerString = bytes.with(text - 5, 200)
      const numbers = new BatchEncoder(execution).encode(batchOf([1, 2], () => 0))
      const fewerRecords = numbers.with(2, 1)
      for (const broken of [
        shorterString,
        longerString,
        fewerRecords,
        Buffer.concat([bytes, bytes]),
      ]) {
        const error = refusal(() => new BatchDecoder(execution).decode(broken))
        expect(error.code).toBe('CODEC_DAMAGED')
      }
      expect(new BatchDecoder(execution).decode(bytes).values).toEqual(values)
    },
  )

  it('are refused when a batch refers to a layout that never came', () => {
    const encoder = new BatchEncoder()
    encoder.encode(batchOf([1]))
    const second = encoder.encode(batchOf([2]))
    expect(refusal(() => new BatchDecoder().decode(second)).code).toBe('CODEC_DAMAGED')
  })
})
