// Arbitrary values of the whole domain of records, with the corners over-represented.

import fc from 'fast-check'

const corners: unknown[] = [0, -0, 1, -1, 127, 128, 255, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 42]
corners.push(2 ** 42 - 1, -(2 ** 42), 2 ** 53 - 1, 2 ** 53, 1e308, 5e-324, 0.1, NaN, Infinity)
corners.push(-Infinity, 0n, 1n, -1n, 255n, 256n, -256n, 2n ** 64n, -(2n ** 63n), 2n ** 200n)
corners.push(null, undefined, true, false, '', 'a', 'é', 'ÿ', 'Ā', '日本', '\ud800', '\udc00x')
corners.push('a'.repeat(31), 'a'.repeat(32), 'a'.repeat(63), 'a'.repeat(64), 'ü'.repeat(70))

/** Any text: ASCII, Latin-1, wide, with lone surrogates. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
    .map((codes) => String.fromCharCode(...codes)),
  fc
    .array(fc.integer({ min: 0x80, max: 0xff }), { maxLength: 70 })
    .map((codes) => String.fromCharCode(...codes)),
)

const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...corners),
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt(),
  anyText,
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
)

const propertyKey = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('id', 'name', 'items', 'a b', '0', '17', 'constructor') },
  { weight: 1, arbitrary: fc.constant('__proto__') },
  { weight: 2, arbitrary: anyText },
)

/** A plain object with the given entries as its own properties, `__proto__` included. */
export function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  const target = {}
  for (const [key, value] of entries) {
    Object.defineProperty(target, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
  return target
}

function withHoles(elements: readonly unknown[], holes: readonly number[]): unknown[] {
  const array = [...elements]
  for (const hole of holes) if (hole < array.length) delete array[hole]
  return array
}

/** Any value that a record may be. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('nested')),
  nested: fc.oneof(
    fc.array(tie('value'), { maxLength: 6 }),
    fc
      .tuple(fc.array(tie('value'), { maxLength: 6 }), fc.array(fc.nat(6)))
      .map(([elements, holes]) => withHoles(elements, holes)),
    fc
      .array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 })
      .map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 4 }).map((entries) => new Set(entries)),
    fc.array(fc.tuple(propertyKey, tie('value')), { maxLength: 6 }).map(objectOf),
    fc
      .array(fc.tuple(propertyKey, tie('value')), { maxLength: 4 })
      .map((entries) => Object.setPrototypeOf(objectOf(entries), null)),
  ),
})).value
