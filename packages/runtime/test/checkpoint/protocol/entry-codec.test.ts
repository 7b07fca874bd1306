import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeEntry,
  encodeEntry,
  entryForm,
  unreadableEntry,
} from '../../../src/checkpoint/protocol/log/entry-codec.ts'
import type { CheckpointEntry } from '../../../src/checkpoint/protocol/log/entry.ts'
import { frame } from '../../../src/checkpoint/protocol/log/framed-json.ts'
import { fromJson, toJson } from '../../../src/checkpoint/protocol/log/plain-data.ts'
import { sha256 } from '../../../src/checkpoint/protocol/log/sha256.ts'
import { at, checkpoint, committable, fence } from './entries.ts'

const full: CheckpointEntry = checkpoint(7, 3, 5, {
  owes: [committable(5, 3, 'a'), committable(5, 2, 'b', 'other')],
  idempotentSinks: ['index'],
  steps: [
    {
      step: 'count',
      hash: 'h1',
      parallelism: 2,
      segments: [
        {
          name: 's.5.3.count.0.0.segment',
          sizeBytes: 12,
          checksum: 'ab',
          step: 'count',
          range: { first: 0, last: 63 },
          kind: 'base',
          entries: 4,
        },
      ],
      operators: [{ $odd: 1n, at: new Date(5), bytes: new Uint8Array([0, 255]) }],
      watermarks: [Number.NEGATIVE_INFINITY, 17],
      source: {
        enumerator: new Map([['left', new Set([undefined, null, -0])]]),
        splits: [{ split: { id: 'f:0' }, maxEventTime: Number.NEGATIVE_INFINITY }],
        finished: false,
      },
    },
  ],
})

const nextForm = { ...entryForm, format: entryForm.format + 1 }

describe('SHA-256', () => {
  test('agrees with the platform for every length around its blocks', () => {
    for (let length = 0; length < 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 255)
      expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
    }
  })
})

describe('entries as bytes', () => {
  test('a checkpoint comes back as it was written', () => {
    const decoded = decodeEntry(encodeEntry(full), at(7))
    expect(decoded).toEqual({ kind: 'entry', entry: full })
  })

  test('a fence comes back as it was written', () => {
    const begunFrom = { id: 'a', name: 'early', job: 'shop', place: '/backup/early' }
    const givenUp = [{ position: at(3), sinks: 'all' as const }]
    const entry = fence(4, { restores: at(2), givenUp, begunFrom })
    expect(decodeEntry(encodeEntry(entry), at(4))).toEqual({ kind: 'entry', entry })
  })

  test('every damaged byte is recognised', () => {
    const bytes = encodeEntry(full)
    // In format and length a damaged digit may be another digit.
    const everyFlip = Array.from({ length: 255 }, (_, i) => i + 1)
    for (let i = 0; i < bytes.length; i++) {
      for (const flip of i < 20 ? everyFlip : [1, 0x20, 0x80, 0xff]) {
        const damaged = bytes.slice()
        damaged[i] = (damaged[i] as number) ^ flip
        expect(decodeEntry(damaged, at(7)).kind, `byte ${i} ^ ${flip}`).toBe('damaged')
      }
    }
  })

  test('every torn or lengthened entry is recognised', () => {
    const bytes = encodeEntry(full)
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeEntry(bytes.subarray(0, length), at(7)).kind).toBe('damaged')
    }
    const longer = new Uint8Array(bytes.length + 1)
    longer.set(bytes)
    expect(decodeEntry(longer, at(7)).kind).toBe('damaged')
  })

  test('a newer format is told apart from damage, before its body is read', () => {
    const bytes = frame(nextForm, new TextEncoder().encode('nothing that we know'))
    const decoded = decodeEntry(bytes, at(7))
    expect(decoded).toEqual({ kind: 'newer', format: nextForm.format })
  })

  test('an entry at another position is damaged, and the error says so', () => {
    const decoded = decodeEntry(encodeEntry(full), at(8))
    expect(decoded.kind).toBe('damaged')
    if (decoded.kind !== 'damaged') throw new Error('unreachable')
    const error = unreadableEntry(decoded, at(8), 'here')
    expect(error.code).toBe('CHECKPOINT_DAMAGED')
    expect(error.message).toContain('position 7')
  })

  test('a body that no engine writes is damaged, not believed', () => {
    for (const wrong of [
      null,
      1,
      {},
      { ...full, nonce: 1 },
      { ...full, generation: 8 },
      { ...full, kind: 'other' },
      { ...full, checkpoint: 0 },
      { ...full, owes: undefined },
      { ...fence(7), generation: 6 },
      { ...fence(7), restores: 7 },
      { ...fence(7), givenUp: undefined },
    ]) {
      const body = new TextEncoder().encode(JSON.stringify(toJson(wrong)))
      expect(decodeEntry(frame(entryForm, body), at(7)).kind).toBe('damaged')
    }
    const text = new TextEncoder().encode('{')
    expect(decodeEntry(frame(entryForm, text), at(7)).kind).toBe('damaged')
  })
})

describe('plain data as JSON', () => {
  const plain = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, undefined, true, false, -0, Number.NaN, 1 / 3, Infinity, -Infinity),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\ud800', '\udc00x', '__proto__'),
      fc.double(),
      fc.bigInt(),
      fc.date(),
      fc.uint8Array(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('a', '$b', '$$c', '$map', ''), tie('value')),
      fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((all) => new Map(all)),
      fc.array(tie('value'), { maxLength: 3 }).map((all) => new Set(all)),
    ),
  })).value

  test('any plain value comes back', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(fromJson(JSON.parse(JSON.stringify(toJson(value))))).toEqual(value)
      }),
    )
  })

  test('an absent property stays apart from an undefined one', () => {
    const back = fromJson(JSON.parse(JSON.stringify(toJson({ a: undefined })))) as object
    expect(Object.keys(back)).toEqual(['a'])
  })

  test('what is not plain is refused', () => {
    for (const value of [() => 1, Symbol('s'), new (class Thing {})()]) {
      expect(() => toJson(value)).toThrow(/not plain data/)
    }
  })
})
