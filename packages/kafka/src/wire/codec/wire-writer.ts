// Writes the primitive values of Kafka's protocol into one growing buffer. A value that its type
// cannot hold is refused: it would arrive as another one.

import { MalformedMessage } from './malformed-message.ts'
import type { LengthForm } from './wire-reader.ts'

const utf8 = new TextEncoder()
const firstSizeBytes = 256
const highWord = 2 ** 32

export class WireWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #view: DataView
  #length = 0

  /** `sizeBytes`: what will be written, as far as it is known, so that nothing is copied twice. */
  constructor(sizeBytes = 0) {
    this.#bytes = new Uint8Array(Math.max(firstSizeBytes, sizeBytes))
    this.#view = new DataView(this.#bytes.buffer)
  }

  get sizeBytes(): number {
    return this.#length
  }

  int8(value: number): void {
    this.#check(value, 2 ** 7)
    const at = this.#extend(1)
    this.#view.setInt8(at, value)
  }

  int16(value: number): void {
    this.#check(value, 2 ** 15)
    const at = this.#extend(2)
    this.#view.setInt16(at, value)
  }

  int32(value: number): void {
    this.#check(value, 2 ** 31)
    const at = this.#extend(4)
    this.#view.setInt32(at, value)
  }

  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw this.refused('a number beyond 2^53')
    const high = Math.floor(value / highWord)
    const at = this.#extend(8)
    this.#view.setInt32(at, high)
    this.#view.setUint32(at + 4, value - high * highWord)
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  unsignedVarint(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.#byte((rest % 0x80) + 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.#byte(rest)
  }

  length(form: LengthForm, length: number | null): void {
    if (form === 'compact') this.unsignedVarint(length === null ? 0 : length + 1)
    else this[form](length ?? -1)
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#extend(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** The bytes so far; the writer is not used any more. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  refused(reason: string): MalformedMessage {
    return new MalformedMessage(reason, this.#length)
  }

  #byte(value: number): void {
    const at = this.#extend(1)
    this.#bytes[at] = value
  }

  #check(value: number, limit: number): void {
    if (!Number.isInteger(value) || value < -limit || value >= limit) {
      throw this.refused(`${value} is no whole number from ${-limit} to ${limit - 1}`)
    }
  }

  /** Makes room and returns where it begins; the buffer may be another one afterwards. */
  #extend(count: number): number {
    const at = this.#length
    const length = at + count
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.length))
      grown.set(this.#bytes.subarray(0, at))
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    this.#length = length
    return at
  }
}

export function encodeText(text: string): Uint8Array {
  return utf8.encode(text)
}
