import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyBytes } from '../../src/key/key-bytes.ts'
import { keyGroupOf, keyGroupRange, subtaskOf } from '../../src/key/key-group.ts'
import type { Key } from '../../src/key/key.ts'
import { anyKey } from './arbitrary-key.ts'

/** Java's arithmetic with big integers: nothing in common with the code under test. */
function groupByDefinition(bytes: Uint8Array, maxParallelism: number): number {
  const int = (value: bigint) => BigInt.asIntN(32, value)
  const unsigned = (value: bigint) => BigInt.asUintN(32, value)
  const rotate = (value: bigint, by: bigint) =>
    int((unsigned(value) << by) | (unsigned(value) >> (32n - by)))
  let hash = 1n
  for (const byte of bytes) hash = int(31n * hash + BigInt.asIntN(8, BigInt(byte)))
  let code = int(hash * 0xcc9e2d51n)
  code = int(rotate(code, 15n) * 0x1b873593n)
  code = int(rotate(code, 13n) * 5n + 0xe6546b64n) ^ 4n
  code = int((code ^ (unsigned(code) >> 16n)) * 0x85ebca6bn)
  code = int((code ^ (unsigned(code) >> 13n)) * 0xc2b2ae35n)
  code = int(code ^ (unsigned(code) >> 16n))
  const positive = code >= 0n ? code : code === -(2n ** 31n) ? 0n : -code
  return Number(positive % BigInt(maxParallelism))
}

describe('key groups', () => {
  test('agree with the vectors of the design', () => {
    const vectors: [string, number][] = [
      ['a', 41],
      ['user-1', 55],
      ['user-42', 3],
      ['日本', 127],
      ['', 86],
    ]
    for (const [key, group] of vectors) expect(keyGroupOf(key, 128)).toBe(group)
  })

  test('are the hash of the value bytes for every key', () => {
    fc.assert(
      fc.property(anyKey(), fc.constantFrom(1, 7, 128, 32768), (key, maxParallelism) => {
        const expected = groupByDefinition(keyBytes(key), maxParallelism)
        expect(keyGroupOf(key, maxParallelism)).toBe(expected)
      }),
      { numRuns: 2000 },
    )
  })

  test('do not tell -0 from 0', () => {
    expect(keyGroupOf(-0, 32768)).toBe(keyGroupOf(0, 32768))
    expect(keyGroupOf([-0], 32768)).toBe(keyGroupOf([0], 32768))
  })

  test('are refused for what is no key', () => {
    const wrong = [
      NaN,
      null,
      undefined,
      {},
      [],
      [1, 2, 3, 4, 5],
      [NaN],
      [['a']],
      () => 1,
      new Date(),
    ]
    for (const value of wrong) {
      expect(() => keyGroupOf(value as Key, 128)).toThrow(
        expect.objectContaining({ code: 'KEY_INVALID' }),
      )
    }
  })
})

describe('key bytes', () => {
  test('of texts are UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(keyBytes(text)).toEqual(new Uint8Array(new TextEncoder().encode(text)))
      }),
    )
  })

  test('of lone surrogates are three bytes of their own', () => {
    expect([...keyBytes('\ud800')]).toEqual([0xed, 0xa0, 0x80])
    expect([...keyBytes('\udfff')]).toEqual([0xed, 0xbf, 0xbf])
  })

  test('of bigints are what BigInteger.toByteArray gives', () => {
    const vectors: [bigint, number[]][] = [
      [0n, [0]],
      [127n, [127]],
      [128n, [0, 128]],
      [-1n, [255]],
      [-128n, [128]],
      [-129n, [255, 127]],
      [65536n, [1, 0, 0]],
    ]
    for (const [value, bytes] of vectors) expect([...keyBytes(value)]).toEqual(bytes)
  })

  test('of a tuple say where each part ends', () => {
    expect([...keyBytes(['ab', true])]).toEqual([0, 0, 0, 2, 97, 98, 0, 0, 0, 1, 1])
    expect(keyBytes(['a', 'bc'])).not.toEqual(keyBytes(['ab', 'c']))
  })
})

describe('key group ranges', () => {
  test('hold exactly the groups whose subtask they belong to', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.nat(), (maxParallelism, draw) => {
        const parallelism = 1 + (draw % maxParallelism)
        let next = 0
        for (let subtask = 0; subtask < parallelism; subtask++) {
          const { first, last } = keyGroupRange(subtask, parallelism, maxParallelism)
          expect(first).toBe(next)
          expect(last).toBeGreaterThanOrEqual(first)
          for (let group = first; group <= last; group++) {
            expect(subtaskOf(group, parallelism, maxParallelism)).toBe(subtask)
          }
          next = last + 1
        }
        expect(next).toBe(maxParallelism)
      }),
    )
  })
})
