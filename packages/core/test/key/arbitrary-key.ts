// Keys of every kind for property tests, awkward ones included.

import fc from 'fast-check'
import type { Key, KeyPart } from '../../src/key/key.ts'

function anyKeyPart(): fc.Arbitrary<KeyPart> {
  return fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.string().map((text) => `\u0000${text}`),
    fc.constantFrom(
      '',
      '\u0000',
      '\u0000s',
      '\u0000t',
      '\u0000ts1:a',
      '\ud800',
      'a\udfff',
      ';',
      ':',
    ),
    fc.double({ noNaN: true }),
    fc.integer(),
    fc.bigInt(),
    fc.boolean(),
  )
}

/** Keys of every kind. */
export function anyKey(): fc.Arbitrary<Key> {
  const tuples = fc.array(anyKeyPart(), { minLength: 1, maxLength: 4 })
  return fc.oneof(anyKeyPart(), tuples as unknown as fc.Arbitrary<Key>)
}
