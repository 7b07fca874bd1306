// SHA-256 (FIPS 180-4) of a text, synchronous and without Node: for plan hashes, which every engine
// must compute alike. Not for secrets and not for speed.

import { keyBytes } from '../key/key-bytes.ts'

const roundConstants = primeRoots(64, 1 / 3)
const initialState = primeRoots(8, 1 / 2)

/** Lower-case hexadecimal SHA-256 of the UTF-8 bytes of a text. */
export function sha256(text: string): string {
  const message = padded(keyBytes(text))
  const state = Uint32Array.from(initialState)
  const schedule = new Uint32Array(64)
  for (let block = 0; block < message.byteLength; block += 64)
    compress(state, schedule, message, block)
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('')
}

function padded(bytes: Uint8Array): DataView {
  const size = Math.ceil((bytes.length + 9) / 64) * 64
  const all = new Uint8Array(size)
  all.set(bytes)
  all[bytes.length] = 0x80
  const view = new DataView(all.buffer)
  view.setBigUint64(size - 8, BigInt(bytes.length) * 8n)
  return view
}

function compress(state: Uint32Array, w: Uint32Array, message: DataView, block: number): void {
  for (let i = 0; i < 16; i++) w[i] = message.getUint32(block + i * 4)
  for (let i = 16; i < 64; i++) {
    const x = at(w, i - 15)
    const y = at(w, i - 2)
    const small0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)
    const small1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10)
    w[i] = at(w, i - 16) + small0 + at(w, i - 7) + small1
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as Eight
  for (let i = 0; i < 64; i++) {
    const big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const choice = (e & f) ^ (~e & g)
    const first = (h + big1 + choice + at(roundConstants, i) + at(w, i)) | 0
    const big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + big0 + majority) | 0
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = at(state, i) + word
}

type Eight = [number, number, number, number, number, number, number, number]

function at(words: Uint32Array, index: number): number {
  return words[index] as number
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}

/**
 * The first 32 bits of the fractional parts of roots of the first primes: the standard's constants.
 */
function primeRoots(count: number, power: number): Uint32Array {
  const primes: number[] = []
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate)
  }
  return Uint32Array.from(primes, (prime) => (prime ** power % 1) * 2 ** 32)
}
