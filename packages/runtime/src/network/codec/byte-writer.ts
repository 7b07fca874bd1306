// A growable array of bytes that codecs write into and reuse from batch to batch. Every write
// reserves its room first, so a write never runs past the end; growth doubles, up to a limit.

import { SluiceError } from '@sluice/core/internal'

/** No single buffer of the engine grows beyond this; a record is refused long before. */
export const MAX_BUFFER_BYTES = 768 * 1024 * 1024

/** Strings up to this length are written by a loop; above it a native call is cheaper. */
const SHORT_STRING = 32

const MAX_UINT64 = 2n ** 64n - 1n

/** A character that does not fit into one byte. On one-byte strings V8 answers without looking. */
const wideCharacter = /[^\x00-\xff]/

/** True when the text needs two bytes a character. */
export function isWide(text: string): boolean {
  return wideCharacter.test(text)
}

/**
 * A growable, reusable buffer of bytes. `bytes`, `view` and `position` are open to generated
 * codecs, which must call `reserve` before they write.
 */
export class ByteWriter {
  bytes: Uint8Array<ArrayBuffer>
  view: DataView
  position = 0
  #buffer: Buffer

  constructor(capacityBytes = 1024) {
    this.#buffer = Buffer.from(new ArrayBuffer(Math.max(16, capacityBytes)))
    this.bytes = new Uint8Array(this.#buffer.buffer as ArrayBuffer)
    this.view = new DataView(this.bytes.buffer)
  }

  /** Forgets what was written and keeps the memory. */
  reset(): void {
    this.position = 0
  }

  /** What was written, as a view that is valid until the next write or reset. */
  written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.position)
  }

  /** What was written, as a copy of its own. */
  copy(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.position)
  }

  /** Makes room for `sizeBytes` more bytes behind the position. */
  reserve(sizeBytes: number): void {
    if (this.position + sizeBytes > this.bytes.length) this.#grow(this.position + sizeBytes)
  }

  #grow(neededBytes: number): void {
    if (neededBytes > MAX_BUFFER_BYTES) {
      throw new SluiceError(
        'RECORD_TOO_LARGE',
        `An encoded record or batch needs ${neededBytes} bytes, more than a buffer may hold.`,
        { hint: 'A record may take up to 64 MiB. Split it, or keep a reference to large content.' },
      )
    }
    const doubled = Math.min(MAX_BUFFER_BYTES, this.bytes.length * 2)
    const grown = new Uint8Array(Math.max(doubled, neededBytes))
    grown.set(this.bytes.subarray(0, this.position))
    this.bytes = grown
    this.view = new DataView(grown.buffer)
    this.#buffer = Buffer.from(grown.buffer)
  }

  u8(value: number): void {
    if (this.position === this.bytes.length) this.#grow(this.position + 1)
    this.bytes[this.position++] = value
  }

  u32(value: number): void {
    this.reserve(4)
    this.view.setUint32(this.position, value, true)
    this.position += 4
  }

  f64(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.position, value, true)
    this.position += 8
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, lowest first. */
  varint(value: number): void {
    this.reserve(8)
    const bytes = this.bytes
    let rest = value
    while (rest > 0x7fffffff) {
      bytes[this.position++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest > 0x7f) {
      bytes[this.position++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[this.position++] = rest
  }

  /**
   * A bigint that is not negative: varint(count of bytes), then the bytes, highest first, no zeros
   * in front.
   */
  magnitude(value: bigint): void {
    if (value <= MAX_UINT64) {
      this.reserve(9)
      const start = this.position
      this.view.setBigUint64(start + 1, value, false)
      let zeros = 0
      while (zeros < 8 && this.bytes[start + 1 + zeros] === 0) zeros++
      this.bytes[start] = 8 - zeros
      this.bytes.copyWithin(start + 1, start + 1 + zeros, start + 9)
      this.position = start + 9 - zeros
      return
    }
    const digits = value.toString(16)
    const content = Buffer.from(digits.length % 2 === 1 ? `0${digits}` : digits, 'hex')
    this.varint(content.length)
    this.raw(content)
  }

  raw(content: Uint8Array): void {
    this.reserve(content.length)
    this.bytes.set(content, this.position)
    this.position += content.length
  }

  /** Text with its length and width in front: varint(2 * length + wide), then the characters. */
  string(text: string): void {
    const length = text.length
    this.reserve(8 + length)
    if (length < SHORT_STRING) {
      const start = this.position
      this.bytes[this.position++] = length * 2
      if (this.#shortLatin1(text)) return
      this.position = start
    }
    const wide = isWide(text)
    this.varint(length * 2 + (wide ? 1 : 0))
    this.characters(text, wide)
  }

  /** Characters without a length: one byte each, or two (little endian) where `wide`. */
  characters(text: string, wide: boolean): void {
    const sizeBytes = wide ? text.length * 2 : text.length
    this.reserve(sizeBytes)
    if (!wide && sizeBytes < SHORT_STRING) {
      this.#shortLatin1(text)
      return
    }
    this.#buffer.write(text, this.position, sizeBytes, wide ? 'utf16le' : 'latin1')
    this.position += sizeBytes
  }

  /**
   * Writes one byte a character into reserved room; false, and nothing kept, when one does not fit.
   */
  #shortLatin1(text: string): boolean {
    const bytes = this.bytes
    let position = this.position
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0xff) return false
      bytes[position++] = code
    }
    this.position = position
    return true
  }

  /**
   * Writes a text of at most 31 one-byte characters behind a byte `tag + length`; false otherwise.
   */
  shortString(tag: number, text: string): boolean {
    if (text.length >= SHORT_STRING) return false
    this.reserve(1 + text.length)
    const start = this.position
    this.bytes[this.position++] = tag + text.length
    if (this.#shortLatin1(text)) return true
    this.position = start
    return false
  }
}
