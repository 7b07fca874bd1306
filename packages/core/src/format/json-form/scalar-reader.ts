// Reads a number, a text, true, false or null where it stands in a JSON text in UTF-8, as
// `JSON.parse` would, or says that it does not know: then `JSON.parse` decides.

import { asciiText, textFromUtf8 } from '../utf-8.ts'
import { shortTexts } from './short-texts.ts'

const QUOTE = 0x22
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const BACKSLASH = 0x5c
const FIRST_LETTER = 0x20
const DELETE = 0x7f
/** `E` and `e`. */
const CASE = 0x20
const EXPONENT = 0x65

/** Of fewer than sixteen digits every one is exact in a double. */
const MOST_DIGITS = 15
/** Powers of ten that are exact: a number of so few digits over one of them is rounded once. */
const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, power) => 10 ** power)

const words = [
  { value: true, bytes: [0x74, 0x72, 0x75, 0x65] },
  { value: false, bytes: [0x66, 0x61, 0x6c, 0x73, 0x65] },
  { value: null, bytes: [0x6e, 0x75, 0x6c, 0x6c] },
] as const

export class ScalarReader {
  /** Where the value that was read ended; -1 where it is left to `JSON.parse`. */
  end = -1

  read(bytes: Uint8Array, at: number): unknown {
    const first = bytes[at] as number
    if (first === QUOTE) return this.#text(bytes, at + 1)
    if (first === MINUS) return -this.#number(bytes, at + 1)
    if (first - ZERO >= 0 && first - ZERO <= 9) return this.#number(bytes, at)
    return this.#word(bytes, at)
  }

  /** Without a sign and an exponent. */
  #number(bytes: Uint8Array, from: number): number {
    this.end = -1
    let at = from
    let digit = (bytes[at] as number) - ZERO
    if (!(digit >= 0 && digit <= 9)) return 0
    let number = digit
    let places = 0
    at++
    if (digit !== 0) {
      for (; (digit = (bytes[at] as number) - ZERO) >= 0 && digit <= 9; at++) {
        number = number * 10 + digit
      }
    }
    if (bytes[at] === POINT) {
      const point = at++
      for (; (digit = (bytes[at] as number) - ZERO) >= 0 && digit <= 9; at++) {
        number = number * 10 + digit
      }
      places = at - point - 1
      if (places === 0) return 0
    }
    if (at - from > MOST_DIGITS || ((bytes[at] as number) | CASE) === EXPONENT) return 0
    this.end = at
    return places === 0 ? number : number / (POWERS[places] as number)
  }

  #text(bytes: Uint8Array, from: number): string {
    this.end = -1
    let at = from
    let isAscii = true
    for (;;) {
      const byte = bytes[at] as number
      if (byte === QUOTE) break
      // Also where the bytes are over.
      if (!(byte >= FIRST_LETTER) || byte === BACKSLASH) return ''
      if (byte >= DELETE) isAscii = false
      at++
    }
    this.end = at + 1
    if (!isAscii) return textFromUtf8(bytes.subarray(from, at))
    const make = shortTexts[at - from]
    return make === undefined ? asciiText(bytes, from, at) : make(bytes, from)
  }

  #word(bytes: Uint8Array, at: number): boolean | null {
    this.end = -1
    for (const word of words) {
      if (!word.bytes.every((byte, index) => bytes[at + index] === byte)) continue
      this.end = at + word.bytes.length
      return word.value
    }
    return null
  }
}
