import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyFromMapKey, mapKey } from '../../src/key/map-key.ts'
import type { Key } from '../../src/key/key.ts'
import { anyKey } from './arbitrary-key.ts'

/** -0 and 0 are one key. */
function withoutNegativeZero(key: Key): Key {
  const mended = (part: unknown) => (part === 0 ? 0 : part)
  return (Array.isArray(key) ? key.map(mended) : mended(key)) as Key
}

test('a key comes back from its map key', () => {
  fc.assert(
    fc.property(anyKey(), (key) => {
      expect(keyFromMapKey(mapKey(key))).toStrictEqual(withoutNegativeZero(key))
    }),
    { numRuns: 2000 },
  )
})

test('different keys have different map keys, texts that look like tuples included', () => {
  fc.assert(
    fc.property(anyKey(), (key) => {
      const primitive = mapKey(key)
      const disguised = mapKey(primitive as Key)
      if (Array.isArray(key)) expect(disguised).not.toBe(primitive)
    }),
  )
  expect(mapKey(['a', 'b'])).not.toBe(mapKey(['a', 'b', '']))
  expect(mapKey(['1'])).not.toBe(mapKey([1]))
  expect(mapKey([1n])).not.toBe(mapKey([1]))
})

test('what is no key is refused', () => {
  for (const value of [NaN, null, undefined, {}, [], ['a', null], [1, 2, 3, 4, 5]]) {
    expect(() => mapKey(value as Key)).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }))
  }
})
