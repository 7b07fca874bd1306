import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Format } from '../../src/format/format.ts'
import { json } from '../../src/format/json.ts'
import { bytes, text } from '../../src/format/text.ts'

const utf8 = (content: string) => new Uint8Array(new TextEncoder().encode(content))

describe('json', () => {
  test('gives back what it wrote, over bytes and over text', () => {
    const format: Format<unknown> = json()
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'medium' }), (value) => {
        const same = JSON.parse(JSON.stringify(value))
        expect(format.decode(format.encode(value))).toStrictEqual(same)
        expect(format.decodeText?.(format.encodeText?.(value) ?? '')).toStrictEqual(same)
      }),
    )
  })

  test('writes dates as text, leaves out what is undefined, and knows prototypes of null', () => {
    const format = json<unknown>()
    expect(format.encodeText?.({ at: new Date(0), gone: undefined })).toBe(
      '{"at":"1970-01-01T00:00:00.000Z"}',
    )
    expect(format.encodeText?.(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}')
    expect(format.encodeText?.('\ud800')).toBe('"\\ud800"')
  })

  test('refuses what JSON cannot say, with the place', () => {
    const format = json<unknown>()
    const cycle: Record<string, unknown> = {}
    cycle['self'] = { again: cycle }
    const wrong: [unknown, string][] = [
      [undefined, 'undefined (at record)'],
      [{ items: [{ price: NaN }] }, 'NaN (at record.items[0].price)'],
      [[Number.POSITIVE_INFINITY], 'Infinity (at record[0])'],
      [{ id: 5n }, 'a bigint (at record.id)'],
      [[undefined], 'undefined (at record[0])'],
      [{ call: () => 1 }, 'a function (at record.call)'],
      [{ tag: Symbol('x') }, 'a symbol (at record.tag)'],
      [{ map: new Map() }, 'a Map (at record.map)'],
      [{ bytes: new Uint8Array(1) }, 'a Uint8Array (at record.bytes)'],
      [{ at: new Date(NaN) }, 'an invalid Date (at record.at)'],
      [cycle, 'a cycle, or more than a thousand levels (at record.self.again)'],
    ]
    for (const [value, what] of wrong) {
      expect(() => format.encode(value), what).toThrow(
        expect.objectContaining({
          code: 'RECORD_NOT_ENCODABLE',
          message: `JSON cannot say ${what}.`,
        }),
      )
    }
  })

  test('validates what it reads, and not what it writes', () => {
    const format = json(z.object({ n: z.coerce.number() }))
    expect(format.decode(utf8('{"n":"5"}'))).toEqual({ n: 5 })
    expect(() => format.decode(utf8('{"m":5}'))).toThrow(
      expect.objectContaining({
        code: 'RECORD_MALFORMED',
        message: expect.stringContaining('n: '),
      }),
    )
  })

  test('says what is malformed', () => {
    for (const wrong of [utf8('{"n":'), utf8(''), Uint8Array.of(0x22, 0xff, 0x22)]) {
      expect(() => json().decode(wrong)).toThrow(
        expect.objectContaining({ code: 'RECORD_MALFORMED' }),
      )
    }
    expect(json().decode(utf8('\ufeff1'))).toBe(1)
  })
})

describe('text and bytes', () => {
  test('bytes stay as they were, whatever comes after them or is written into others', () => {
    const records = fc.array(fc.uint8Array({ maxLength: 1500 }), { maxLength: 40, size: 'max' })
    fc.assert(
      fc.property(records, (originals) => {
        const format = bytes()
        const read = new Uint8Array(1500)
        const copies = originals.map((original) => {
          read.set(original)
          return format.decode(read.subarray(0, original.length))
        })
        expect(copies).toStrictEqual(originals)
        for (const [index, copy] of copies.entries()) {
          copy.fill(index)
          expect(copies.slice(index + 1)).toStrictEqual(originals.slice(index + 1))
        }
      }),
    )
  })

  test('leave records as they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (line) => {
        expect(text().decode(text().encode(line))).toBe(line)
      }),
    )
    expect(text().decode(utf8('\ufeffa'))).toBe('\ufeffa')
    const record = Uint8Array.of(1, 255)
    const decoded = bytes().decode(record)
    record[0] = 9
    expect([...decoded]).toEqual([1, 255])
  })

  test('refuse what UTF-8 cannot say', () => {
    expect(() => text().encode('\ud800')).toThrow(
      expect.objectContaining({ code: 'RECORD_NOT_ENCODABLE' }),
    )
    expect(() => text().decode(Uint8Array.of(0xc0))).toThrow(
      expect.objectContaining({ code: 'RECORD_MALFORMED' }),
    )
  })
})
