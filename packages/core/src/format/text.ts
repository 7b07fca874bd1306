// The two formats that leave a record as it is: its text, or its bytes.

import type { Format } from './format.ts'
import { checkWellFormed, textFromUtf8, utf8FromText } from './utf-8.ts'

/**
 * Records are texts, in UTF-8.
 *
 * @example
 * const lines: Format<string> = text()
 */
export function text(): Format<string> {
  return {
    name: 'text',
    decode: textFromUtf8,
    encode: utf8FromText,
    decodeText: (line) => line,
    encodeText(line) {
      checkWellFormed(line)
      return line
    },
  }
}

/**
 * Records are bytes. Each is a copy of its own, so it may be kept and changed; the `buffer` behind
 * a short one holds others as well, as with Node's Buffers.
 */
export function bytes(): Format<Uint8Array> {
  const copies = new Copies()
  return {
    name: 'bytes',
    // The buffer behind may be used again by whoever read it.
    decode: (record) => copies.copyOf(record),
    encode: (record) => record,
  }
}

/** As large as the pool of Node's Buffers: a record that is kept keeps no more than this. */
const poolBytes = 8192
/** Above it a buffer of its own costs little beside the copying. */
const longestPooled = 1024

/** Copies of byte arrays. An ArrayBuffer for each short one would cost many times the copying. */
class Copies {
  #pool = new Uint8Array(0)
  #used = 0

  copyOf(record: Uint8Array): Uint8Array {
    const { length } = record
    if (length > longestPooled) return new Uint8Array(record)
    if (this.#used + length > this.#pool.length) {
      this.#pool = new Uint8Array(poolBytes)
      this.#used = 0
    }
    const copy = new Uint8Array(this.#pool.buffer, this.#used, length)
    copy.set(record)
    this.#used += length
    return copy
  }
}
