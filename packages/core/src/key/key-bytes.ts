// The value bytes of a key: what its key group is computed from. The type is not part of them (it
// is stored beside, not hashed). A number is its IEEE-754 double, big-endian; a bigint its shortest
// two's complement, big-endian; a boolean one byte; a text UTF-8, in which a lone surrogate is
// written as its own three bytes; a tuple the bytes of its parts, each after its length in four
// bytes.

import { SluiceError } from '../errors.ts'
import type { Key, KeyPart } from './key.ts'

const largestTuple = 4

/** The value bytes of a key. Throws KEY_INVALID. */
export function keyBytes(key: Key): Uint8Array {
  return Uint8Array.from(isTuple(key) ? tupleBytes(key) : partBytes(key))
}

/** The error for a value that cannot be a key. */
export function invalidKey(value: unknown): SluiceError {
  return new SluiceError('KEY_INVALID', `${described(value)} cannot be a key.`, {
    hint: 'A key is a string, number, bigint or boolean, or an array of one to four of these.',
  })
}

/**
 * Whether a value, from JavaScript perhaps, has the form of a tuple; its parts are checked later.
 */
export function isTuple(key: Key): key is Exclude<Key, KeyPart> {
  return Array.isArray(key)
}

/** The parts of a tuple, after a look at its size. */
export function tupleParts(key: Exclude<Key, KeyPart>): readonly KeyPart[] {
  const parts: readonly KeyPart[] = key
  if (parts.length === 0 || parts.length > largestTuple) throw invalidKey(key)
  return parts
}

function tupleBytes(key: Exclude<Key, KeyPart>): number[] {
  const bytes: number[] = []
  for (const part of tupleParts(key)) {
    const own = partBytes(part)
    bytes.push(own.length >>> 24, (own.length >>> 16) & 0xff, (own.length >>> 8) & 0xff)
    bytes.push(own.length & 0xff)
    for (const byte of own) bytes.push(byte)
  }
  return bytes
}

function partBytes(part: KeyPart): ArrayLike<number> & Iterable<number> {
  switch (typeof part) {
    case 'string':
      return textBytes(part)
    case 'number':
      return numberBytes(part)
    case 'bigint':
      return bigintBytes(part)
    case 'boolean':
      return [part ? 1 : 0]
    default:
      throw invalidKey(part)
  }
}

function numberBytes(value: number): Uint8Array {
  if (Number.isNaN(value)) throw invalidKey(value)
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value === 0 ? 0 : value)
  return new Uint8Array(view.buffer)
}

function bigintBytes(value: bigint): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push(Number(rest & 0xffn))
    rest >>= 8n
  } while (!isSignOf(rest, bytes[bytes.length - 1] as number))
  return bytes.reverse()
}

/** Whether the highest byte written already says by its top bit all that is left. */
function isSignOf(rest: bigint, highest: number): boolean {
  return highest < 0x80 ? rest === 0n : rest === -1n
}

function textBytes(text: string): number[] {
  const bytes: number[] = []
  for (const character of text) {
    const point = character.codePointAt(0) as number
    if (point < 0x80) {
      bytes.push(point)
    } else if (point < 0x800) {
      bytes.push(0xc0 | (point >> 6), 0x80 | (point & 0x3f))
    } else if (point < 0x10000) {
      bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f))
    } else {
      bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 0x3f))
      bytes.push(0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f))
    }
  }
  return bytes
}

function described(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `An array of ${value.length}`
  if (typeof value === 'number') return String(value)
  if (value === undefined) return 'undefined'
  return `A value of type ${typeof value}`
}
