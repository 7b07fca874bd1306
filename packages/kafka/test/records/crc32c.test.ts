// The checksum of batches, by table and by the native function.

import { crc32c as nativeCrc32c } from '@node-rs/crc32'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c, crc32cByTable } from '../../src/records/crc32c.ts'

/** From RFC 3720, appendix B.4, and the check value of the algorithm. */
const vectors: readonly (readonly [string, Uint8Array, number])[] = [
  ['the check text', Buffer.from('123456789'), 0xe3069283],
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 times 0xff', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['0 to 31', Uint8Array.from({ length: 32 }, (_, n) => n), 0x46dd794e],
  ['31 to 0', Uint8Array.from({ length: 32 }, (_, n) => 31 - n), 0x113fdb5c],
  ['nothing', new Uint8Array(), 0],
]

test.each(vectors)('of %s is the published one', (_, bytes, crc) => {
  expect(crc32c(bytes, 0, bytes.length)).toBe(crc)
  expect(crc32cByTable(bytes, 0, bytes.length)).toBe(crc)
})

test('by table it is that of the native function, for every length and any place', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1200 }), fc.nat(40), (bytes, start) => {
      const from = Math.min(start, bytes.length)
      const expected = nativeCrc32c(bytes.subarray(from))
      expect(crc32cByTable(bytes, from, bytes.length)).toBe(expected)
      expect(crc32c(bytes, from, bytes.length)).toBe(expected)
    }),
    { numRuns: 300 },
  )
})
