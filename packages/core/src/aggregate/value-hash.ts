// A hash of 64 bits over a value, for sketches. Values that differ for a `Set` hash differently but
// by chance. Part of stored state: it must never change.
//
// Two lanes of MurmurHash3's 32-bit steps and finaliser (Austin Appleby, public domain), started
// differently, and mixed with each other at the end.

import { invalidKey } from '../key/key-bytes.ts'
import type { KeyPart } from '../key/key.ts'

/** Two unsigned halves of 32 bits; the same object for each call. */
export interface Hash {
  high: number
  low: number
}

const hash: Hash = { high: 0, low: 0 }
const bits = new DataView(new ArrayBuffer(8))

const seeds = { string: 0x2545f491, number: 0x5bd1e995, bigint: 0x3c6ef372, boolean: 0x61c88647 }

/** Throws KEY_INVALID for what is no part of a key. */
export function hashOf(value: KeyPart): Hash {
  switch (typeof value) {
    case 'string':
      hashText(value, seeds.string)
      break
    case 'bigint':
      hashText(value.toString(36), seeds.bigint)
      break
    case 'boolean':
      start(seeds.boolean)
      step(value ? 1 : 0)
      finish(1)
      break
    case 'number':
      start(seeds.number)
      // Adding zero turns -0 into 0, which a Set cannot tell apart either.
      bits.setFloat64(0, value + 0)
      step(bits.getUint32(0))
      step(bits.getUint32(4))
      finish(2)
      break
    default:
      throw invalidKey(value)
  }
  return hash
}

function hashText(text: string, seed: number): void {
  start(seed)
  const { length } = text
  for (let index = 0; index + 1 < length; index += 2) {
    step(text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16))
  }
  if (length % 2 === 1) step(text.charCodeAt(length - 1))
  finish(length)
}

function start(seed: number): void {
  hash.high = seed
  hash.low = ~seed
}

function step(word: number): void {
  hash.high = lane(hash.high, word, 0xcc9e2d51, 0x1b873593)
  hash.low = lane(hash.low, word, 0x239b961b, 0xab0e9789)
}

function lane(state: number, word: number, first: number, second: number): number {
  let mixed = Math.imul(word, first)
  mixed = Math.imul((mixed << 15) | (mixed >>> 17), second)
  const next = state ^ mixed
  return (Math.imul((next << 13) | (next >>> 19), 5) + 0xe6546b64) | 0
}

function finish(length: number): void {
  const high = avalanche(hash.high ^ length)
  const low = avalanche(hash.low ^ length ^ high)
  hash.high = avalanche(high + low) >>> 0
  hash.low = low >>> 0
}

function avalanche(state: number): number {
  let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
