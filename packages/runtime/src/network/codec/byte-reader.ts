// Reads what a ByteWriter wrote. Every read checks the end first: damaged bytes raise CODEC_DAMAGED
// and are never read past. It works over shared memory as well, and copies what it returns.

import { SluiceError } from '@sluice/core/internal'

/** Strings up to this length are put together by hand; V8 makes no ropes of so short ones. */
const SHORT_STRING = 8

/** The error for bytes that no encoder of ours can have written. */
export function damaged(what: string): SluiceError {
  return new SluiceError('CODEC_DAMAGED', `Encoded bytes are damaged: ${what}.`, {
    hint: 'The bytes changed after they were encoded. The tasks restart from the last checkpoint.',
  })
}

/** A position in an array of bytes. `view` and `position` are open to generated codecs. */
export class ByteReader {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly end: number
  position = 0
  readonly #buffer: Buffer

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.end = bytes.length
    this.#buffer = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
  }

  get remaining(): number {
    return this.end - this.position
  }

  /** Raises CODEC_DAMAGED unless so many bytes are left. */
  need(sizeBytes: number): void {
    if (!(sizeBytes <= this.end - this.position)) {
      throw damaged(`${sizeBytes} bytes are due at ${this.position}, but they end at ${this.end}`)
    }
  }

  u8(): number {
    if (this.position >= this.end) this.need(1)
    return this.bytes[this.position++] as number
  }

  u32(): number {
    this.need(4)
    const value = this.view.getUint32(this.position, true)
    this.position += 4
    return value
  }

  f64(): number {
    this.need(8)
    const value = this.view.getFloat64(this.position, true)
    this.position += 8
    return value
  }

  varint(): number {
    const first = this.u8()
    if (first < 0x80) return first
    let value = first & 0x7f
    let scale = 128
    for (;;) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) break
      scale *= 128
      if (scale > 2 ** 49) throw damaged('a number has too many bytes')
    }
    if (value > Number.MAX_SAFE_INTEGER) throw damaged('a number is too large')
    return value
  }

  /** A count of things that take at least one byte each, so that damage cannot ask for memory. */
  count(): number {
    const count = this.varint()
    this.need(count)
    return count
  }

  /** The counterpart of `ByteWriter.magnitude`. */
  magnitude(): bigint {
    const sizeBytes = this.varint()
    this.need(sizeBytes)
    if (sizeBytes <= 6) {
      let small = 0
      for (let i = 0; i < sizeBytes; i++)
        small = small * 256 + (this.bytes[this.position++] as number)
      return BigInt(small)
    }
    return BigInt(`0x${Buffer.from(this.raw(sizeBytes).buffer).toString('hex')}`)
  }

  /** A copy of the next bytes. */
  raw(sizeBytes: number): Uint8Array<ArrayBuffer> {
    this.need(sizeBytes)
    const copy = new Uint8Array(sizeBytes)
    copy.set(this.bytes.subarray(this.position, this.position + sizeBytes))
    this.position += sizeBytes
    return copy
  }

  /** The counterpart of `ByteWriter.string`. */
  string(): string {
    const header = this.varint()
    return this.characters(Math.floor(header / 2), header % 2 === 1)
  }

  /** The counterpart of `ByteWriter.characters`; `length` counts characters. */
  characters(length: number, wide: boolean): string {
    const sizeBytes = wide ? length * 2 : length
    this.need(sizeBytes)
    const start = this.position
    this.position += sizeBytes
    if (!wide && length <= SHORT_STRING) return this.#shortLatin1(start)
    return this.#buffer.toString(wide ? 'utf16le' : 'latin1', start, this.position)
  }

  /**
   * Characters from `start` to the position, four at a time; for few of them faster than a native
   * call.
   */
  #shortLatin1(start: number): string {
    const bytes = this.bytes
    const end = this.position
    let text = ''
    let i = start
    for (; i + 4 <= end; i += 4) {
      text += String.fromCharCode(
        bytes[i] as number,
        bytes[i + 1] as number,
        bytes[i + 2] as number,
        bytes[i + 3] as number,
      )
    }
    for (; i < end; i++) text += String.fromCharCode(bytes[i] as number)
    return text
  }
}
