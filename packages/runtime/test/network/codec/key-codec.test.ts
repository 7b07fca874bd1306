import { SluiceError } from '@sluice/core/internal'
import type { Key, KeyPart } from '@sluice/core/internal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteReader } from '../../../src/network/codec/byte-reader.ts'
import { ByteWriter } from '../../../src/network/codec/byte-writer.ts'
import { decodeKey, encodeKey } from '../../../src/network/codec/key-codec.ts'
import { anyText } from './arbitrary-value.ts'

const keyPart: fc.Arbitrary<KeyPart> = fc.oneof(
  anyText,
  fc.constantFrom('', 'a', '1', 0, -0, 1, -Infinity, Infinity, 1n, 0n, -1n, 2n ** 70n, true, false),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.bigInt(),
  fc.boolean(),
)
const anyKey: fc.Arbitrary<Key> = fc.oneof(
  keyPart,
  fc
    .array(keyPart, { minLength: 1, maxLength: 4 })
    .map((parts) => parts as readonly KeyPart[] as Key),
)

function encode(key: unknown): Uint8Array {
  const writer = new ByteWriter(16)
  encodeKey(writer, key)
  return writer.copy()
}

/** As a Map finds keys equal, component by component. */
function sameKey(a: Key, b: Key): boolean {
  if (typeof a === 'object' && typeof b === 'object') {
    return (
      a.length === b.length && a.every((component, i) => new Set([component]).has(b[i] as KeyPart))
    )
  }
  return new Set([a]).has(b)
}

describe('key codec', () => {
  it('gives back every key', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const reader = new ByteReader(encode(key))
        expect(sameKey(decodeKey(reader), key)).toBe(true)
        expect(reader.remaining).toBe(0)
      }),
      { numRuns: 1000 },
    )
  })

  it('writes equal bytes exactly for equal keys', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        expect(Buffer.compare(encode(a), encode(b)) === 0).toBe(sameKey(a, b))
        expect(Buffer.compare(encode(a), encode(typeof a === 'object' ? [...a] : a))).toBe(0)
      }),
      { numRuns: 2000 },
    )
  })

  it('takes -0 for 0, and keeps number, text and bigint apart', () => {
    expect(encode(-0)).toEqual(encode(0))
    const apart = [1, '1', 1n, true, [1], ['1'], [1, 1]].map((key) =>
      Buffer.from(encode(key)).toString('hex'),
    )
    expect(new Set(apart).size).toBe(apart.length)
  })

  it('refuses what is no key and leaves the writer where it was', () => {
    for (const key of [
      null,
      undefined,
      {},
      Symbol('x'),
      () => 1,
      [1, 2, 3, 4, 5],
      [1, [2]],
      [null],
    ]) {
      const writer = new ByteWriter(16)
      try {
        encodeKey(writer, key)
        expect.unreachable()
      } catch (error) {
        expect((error as SluiceError).code).toBe('KEY_INVALID')
        expect(writer.position).toBe(0)
      }
    }
  })

  it('refuses damaged bytes with a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        try {
          decodeKey(new ByteReader(bytes))
        } catch (error) {
          if (!(error instanceof SluiceError)) throw error
          expect(error.code).toBe('CODEC_DAMAGED')
        }
      }),
      { numRuns: 3000 },
    )
  })
})
