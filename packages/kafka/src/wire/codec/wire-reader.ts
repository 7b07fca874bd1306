// Reads the primitive values of Kafka's protocol. Bytes are handed out as views of the message,
// never copied. Nothing is read beyond the end, and no length is believed before it was compared
// with what is left.

import { MalformedMessage } from './malformed-message.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const longestVarintBytes = 5

/** 64-bit numbers are read as numbers: offsets, times and producer ids stay far below 2^53. */
const highWord = 2 ** 32

/**
 * How the length of a text, of bytes or of a list is written, and null: `compact` as a variable
 * number, the length plus one and 0 for null; else in 16 or 32 bits, -1 for null.
 */
export type LengthForm = 'compact' | 'int16' | 'int32'

export class WireReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #position = 0
  #end: number

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#end = bytes.length
  }

  get position(): number {
    return this.#position
  }

  /** Bytes up to the end, or to the end of the part that is being read. */
  get left(): number {
    return this.#end - this.#position
  }

  int8(): number {
    return this.#view.getInt8(this.#advance(1))
  }

  int16(): number {
    return this.#view.getInt16(this.#advance(2))
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4))
  }

  int64(): number {
    const at = this.#advance(8)
    const value = this.#view.getInt32(at) * highWord + this.#view.getUint32(at + 4)
    if (!Number.isSafeInteger(value)) throw this.malformed('a number beyond 2^53', at)
    return value
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  /** At most 32 bits, seven in a byte, the lowest first. */
  unsignedVarint(): number {
    const start = this.#position
    let value = 0
    for (let index = 0; index < longestVarintBytes; index++) {
      const byte = this.#bytes[this.#advance(1)] as number
      value += (byte & 0x7f) * 2 ** (7 * index)
      if (byte < 0x80) {
        if (value >= highWord) break
        return value
      }
    }
    throw this.malformed('a length of more than 32 bits', start)
  }

  lengthOrNull(form: LengthForm): number | null {
    const at = this.#position
    const length = form === 'compact' ? this.unsignedVarint() - 1 : this[form]()
    if (length < -1) throw this.malformed('a length below zero', at)
    return length === -1 ? null : length
  }

  length(form: LengthForm): number {
    const at = this.#position
    const length = this.lengthOrNull(form)
    if (length === null) throw this.malformed('null where there has to be a value', at)
    return length
  }

  /** A view of the next bytes. */
  bytes(count: number): Uint8Array {
    const at = this.#advance(count)
    return this.#bytes.subarray(at, at + count)
  }

  text(sizeBytes: number): string {
    const at = this.#position
    try {
      return utf8.decode(this.bytes(sizeBytes))
    } catch (error) {
      if (error instanceof MalformedMessage) throw error
      throw this.malformed('a text that is not UTF-8', at)
    }
  }

  /** Reads a part of known size, which has to be read whole. */
  part<Value>(sizeBytes: number, read: () => Value): Value {
    if (sizeBytes > this.left) throw this.missing(sizeBytes)
    const outerEnd = this.#end
    this.#end = this.#position + sizeBytes
    const value = read()
    if (this.left > 0) throw this.malformed(`${this.left} bytes are left over`)
    this.#end = outerEnd
    return value
  }

  malformed(reason: string, position: number = this.#position): MalformedMessage {
    return new MalformedMessage(reason, position)
  }

  missing(wantedBytes: number): MalformedMessage {
    return this.malformed(`it ends early: ${wantedBytes} bytes wanted, ${this.left} left`)
  }

  #advance(count: number): number {
    if (count > this.#end - this.#position) throw this.missing(count)
    const at = this.#position
    this.#position = at + count
    return at
  }
}
