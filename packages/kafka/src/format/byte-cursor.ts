// Reads the bytes of one record, for Avro and Protobuf. Every read is checked against the end, so a
// damaged record is an error and never takes more than its bytes could say.

import { SluiceError } from '@sluice/core'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A record that its format cannot read, and why. */
export function malformed(reason: string, cause?: unknown): SluiceError {
  return new SluiceError('RECORD_MALFORMED', reason, cause === undefined ? {} : { cause })
}

/** A position in the bytes of a record. Moved from record to record, it makes nothing anew. */
export class ByteCursor {
  /** All of the buffer that the record lies in, which it shares with its neighbours. */
  #bytes: Buffer
  #view: DataView
  position = 0
  end = 0

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#bytes = Buffer.from(bytes.buffer)
    this.#view = new DataView(bytes.buffer)
    this.moveTo(bytes)
  }

  /** Stands at the beginning of another record. */
  moveTo(bytes: Uint8Array): void {
    if (bytes.buffer !== this.#bytes.buffer) {
      this.#bytes = Buffer.from(bytes.buffer)
      this.#view = new DataView(bytes.buffer)
    }
    this.position = bytes.byteOffset
    this.end = bytes.byteOffset + bytes.byteLength
  }

  byte(): number {
    if (this.position >= this.end) throw truncated()
    return this.#bytes[this.position++] as number
  }

  /** A copy: the bytes behind belong to whoever read them. */
  raw(sizeBytes: number): Uint8Array {
    const start = this.#take(sizeBytes)
    return new Uint8Array(this.#bytes.subarray(start, start + sizeBytes))
  }

  skip(sizeBytes: number): void {
    this.#take(sizeBytes)
  }

  float(): number {
    return this.#view.getFloat32(this.#take(4), true)
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true)
  }

  text(sizeBytes: number): string {
    const start = this.#take(sizeBytes)
    const text = this.#bytes.toString('utf8', start, start + sizeBytes)
    // What is no UTF-8 became replacement characters; so did replacement characters themselves.
    return text.includes('\ufffd')
      ? exactText(this.#bytes.subarray(start, start + sizeBytes))
      : text
  }

  /** A varint that must fit into 53 bits: lengths, counts, numbers of fields. */
  varint(): number {
    const value = this.smallVarint() ?? safeNumber(this.varint64())
    if (value !== undefined) return value
    throw malformed('The record holds a length or count beyond 2^53.')
  }

  /** The lowest 32 bits of a varint, signed: negative ones are written in ten bytes. */
  int32(): number {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const next = this.byte()
      if (shift < 32) value |= (next & 0x7f) << shift
      if (next < 0x80) return value
    }
    throw malformed('The record holds a number of more than 64 bits.')
  }

  /** A varint of at most 49 bits; undefined, and nothing read, for a longer one. */
  smallVarint(): number | undefined {
    const start = this.position
    let value = 0
    let factor = 1
    for (let length = 0; length < 7; length++) {
      const next = this.byte()
      value += (next & 0x7f) * factor
      if (next < 0x80) return value
      factor *= 128
    }
    this.position = start
    return undefined
  }

  /** A varint of 64 bits, unsigned. */
  varint64(): bigint {
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const next = this.byte()
      low |= (next & 0x7f) << shift
      if (next < 0x80) return BigInt(low)
    }
    let value = BigInt(low)
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const next = this.byte()
      value |= BigInt(next & 0x7f) << shift
      if (next < 0x80) return BigInt.asUintN(64, value)
    }
    throw malformed('The record holds a number of more than 64 bits.')
  }

  /** A varint of 64 bits, zigzag, as a number: undefined where it is not exact. */
  zigzag(): number | undefined {
    const small = this.smallVarint()
    if (small === undefined) return safeNumber(this.zigzag64())
    return small % 2 === 0 ? small / 2 : -(small + 1) / 2
  }

  zigzag64(): bigint {
    const value = this.varint64()
    return (value >> 1n) ^ -(value & 1n)
  }

  #take(sizeBytes: number): number {
    const start = this.position
    if (sizeBytes < 0 || sizeBytes > this.end - start) throw truncated()
    this.position = start + sizeBytes
    return start
  }
}

/** The same as a number, or undefined beyond 2^53. */
export function safeNumber(value: bigint): number | undefined {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : undefined
}

/** How a 64-bit integer that no number can say is refused. */
export function beyondSafe(): SluiceError {
  return new SluiceError('RECORD_MALFORMED', 'The record holds an integer beyond 2^53.', {
    hint: "Read 64-bit integers exactly with int64: 'bigint'.",
  })
}

function truncated(): SluiceError {
  return malformed('The record ends in the middle of a value.')
}

function exactText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (error) {
    throw malformed('The record holds a text that is not UTF-8.', error)
  }
}
