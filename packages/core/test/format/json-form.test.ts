// JSON records that are read by their form mean exactly what JSON.parse says that they mean.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonDecoder } from '../../src/format/json-form/json-decoder.ts'
import { textFromUtf8, utf8FromText } from '../../src/format/utf-8.ts'

interface Counted {
  readonly decoder: JsonDecoder
  /** How many records went to JSON.parse. */
  parsed: number
}

function countedDecoder(): Counted {
  const counted: Counted = {
    decoder: new JsonDecoder((record) => {
      counted.parsed++
      return JSON.parse(textFromUtf8(record))
    }),
    parsed: 0,
  }
  return counted
}

/** What became of a record: all that it says, names in order; or that it is none. */
function outcomeOf(decode: () => unknown): unknown {
  try {
    return described(decode())
  } catch {
    return 'refused'
  }
}

/** As lists, because matchers pass over the order of names, and over a name of the prototype. */
function described(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, each]) => [name, described(each)])
  return [Array.isArray(value), Object.getPrototypeOf(value) === Object.prototype, ...entries]
}

function expectAsParsed(decoder: JsonDecoder, record: Uint8Array): void {
  const asParsed = outcomeOf(() => JSON.parse(textFromUtf8(record)))
  expect(outcomeOf(() => decoder.decode(record))).toStrictEqual(asParsed)
}

function decodeAll(counted: Counted, texts: readonly string[]): unknown[] {
  return texts.map((text) => counted.decoder.decode(utf8FromText(text)))
}

const numberTexts = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.stringMatching(/^-?(0|[1-9]\d{0,19})(\.\d{1,18})?([eE][+-]?\d{1,3})?$/),
  // Of these some are no JSON.
  fc.stringMatching(/^[-+]?\d{0,3}\.?\d{0,3}e?\d{0,2}$/),
)
const scalarTexts = fc.oneof(
  { weight: 4, arbitrary: numberTexts },
  { weight: 4, arbitrary: fc.string({ maxLength: 20 }).map((text) => JSON.stringify(text)) },
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify(text)),
  fc.constantFrom('true', 'false', 'null', '[]', '{}', '[1,{"a":2}]', '"\\u0041"', '"a\nb"', 'nul'),
)
const names = fc.oneof(
  fc.constantFrom('id', 'price', 'a b', 'user.name', '__proto__', 'constructor', '1', '10', 'é'),
  fc.string({ maxLength: 6 }),
)
const spaces = fc.constantFrom('', ' ', '\n  ')

/** Makes records that have the same names in the same order, and take turns in their values. */
const writers = fc.letrec<{ object: (next: () => string) => string; place: unknown }>((tie) => ({
  object: fc
    .tuple(
      fc.array(fc.tuple(names, fc.option(tie('object'), { depthIdentifier: 'depth' })), {
        minLength: 1,
        maxLength: 4,
      }),
      spaces,
      spaces,
    )
    .map(([properties, before, after]) => (next: () => string) => {
      const texts = properties.map(([name, inner]) => {
        const write = inner as ((next: () => string) => string) | null
        return `${before}${JSON.stringify(name)}${after}:${after}${write?.(next) ?? next()}${after}`
      })
      return `{${texts.join(',')}}`
    }),
  place: fc.constant(undefined),
})).object

interface Change {
  readonly at: number
  readonly byte: number
}

describe('a record that is read by its form', () => {
  it('says what JSON.parse says, or is refused as well', () => {
    const changes = fc.option(
      fc.record({ at: fc.nat(200), byte: fc.integer({ max: 255, min: 0 }) }),
    )
    const record = fc.tuple(fc.nat(2), fc.array(scalarTexts, { minLength: 8 }), changes)
    fc.assert(
      fc.property(
        fc.array(writers, { minLength: 3, maxLength: 3 }),
        fc.array(record, { minLength: 5, maxLength: 30 }),
        (forms, records) => {
          const { decoder } = countedDecoder()
          for (const [form, scalars, change] of records) {
            let place = 0
            const next = () => scalars[place++ % scalars.length] as string
            const bytes = utf8FromText((forms[form] as (next: () => string) => string)(next))
            expectAsParsed(decoder, changed(bytes, change))
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('has the very numbers that its digits say', () => {
    const { decoder } = countedDecoder()
    decoder.decode(utf8FromText('{"n":1}'))
    fc.assert(
      fc.property(numberTexts, (text) => expectAsParsed(decoder, utf8FromText(`{"n":${text}}`))),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['-0', '{"n":-0}'],
    ['a number in two parts', '{"n":- 1}'],
    ['a zero before a digit', '{"n":01}'],
    ['more digits than a double has', '{"n":9007199254740993}'],
    ['a text that does not end', '{"n":"a'],
    ['a control character', '{"n":"a\u0001"}'],
    ['an escape', '{"n":"a\\n"}'],
    ['other letters', '{"n":"Città di Castello, 城"}'],
    ['DEL', '{"n":"\u007f"}'],
    ['something behind it', '{"n":1}x'],
    ['space behind it', '{"n":1} '],
    ['a byte order mark', '\ufeff{"n":1}'],
    ['nothing', ''],
  ])('with %s', (_, text) => {
    const { decoder } = countedDecoder()
    for (const first of ['{"n":1}', '{"n":"one"}', text]) {
      expectAsParsed(decoder, utf8FromText(first))
    }
  })

  it('is refused where its text is no UTF-8', () => {
    const { decoder } = countedDecoder()
    decoder.decode(utf8FromText('{"n":"one"}'))
    const record = changed(utf8FromText('{"n":"one"}'), { at: 7, byte: 0xff })
    expect(() => decoder.decode(record)).toThrow('The bytes of a record are not UTF-8.')
  })
})

describe('JSON.parse is asked', () => {
  it('once for each form', () => {
    const counted = countedDecoder()
    const texts = Array.from({ length: 1000 }, (_, id) => {
      return JSON.stringify({ id, user: `u${id}`, ...(id % 3 === 0 ? { to: { zip: null } } : {}) })
    })
    expect(decodeAll(counted, texts)).toEqual(texts.map((text) => JSON.parse(text)))
    expect(counted.parsed).toBe(2)
  })

  it.each([
    ['arrays', (id: number) => ({ ids: [id] })],
    ['names that are indexes', (id: number) => ({ 7: id, 3: id })],
    ['the name of the prototype', (id: number) => JSON.parse(`{"__proto__":${id}}`)],
    ['no object', (id: number) => id],
    [
      'very many properties',
      (id: number) => {
        return Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`p${at}`, id]))
      },
    ],
  ])('for each record with %s', (_, make: (id: number) => unknown) => {
    const counted = countedDecoder()
    const texts = Array.from({ length: 100 }, (_each, id) => JSON.stringify(make(id)))
    expect(decodeAll(counted, texts)).toEqual(texts.map((text) => JSON.parse(text)))
    expect(counted.parsed).toBe(100)
  })

  it('for a while where each record has names of its own, then forms are learned anew', () => {
    const counted = countedDecoder()
    for (let id = 0; id < 100_000; id++) decodeAll(counted, [`{"n${id}":1}`])
    expect(counted.parsed).toBe(100_000)
    for (let id = 0; id < 100_000; id++) decodeAll(counted, [`{"n":${id}}`])
    expect(counted.parsed).toBeLessThan(180_000)
  })
})

function changed(record: Uint8Array, change: Change | null): Uint8Array {
  const bytes = Uint8Array.from(record)
  if (change !== null) bytes[change.at % bytes.length] = change.byte
  return bytes
}
