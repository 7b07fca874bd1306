// Grows the bytes of one record, for Avro and Protobuf. It is used again for the next record, so
// `finish` copies.

/** Appends values; `finish` gives a copy and starts anew. */
export class ByteBuilder {
  #bytes = Buffer.allocUnsafe(1024)
  #view = viewOf(this.#bytes)
  length = 0

  byte(value: number): void {
    // First the room: it may be in another buffer.
    const at = this.#reserve(1)
    this.#bytes[at] = value
  }

  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length)
    this.#bytes.set(bytes, at)
  }

  float(value: number): void {
    const at = this.#reserve(4)
    this.#view.setFloat32(at, value, true)
  }

  double(value: number): void {
    const at = this.#reserve(8)
    this.#view.setFloat64(at, value, true)
  }

  uint32(value: number): void {
    const at = this.#reserve(4)
    this.#view.setUint32(at, value, true)
  }

  /** Big-endian, as in the frame of a record. */
  uint32BigEndian(value: number): void {
    const at = this.#reserve(4)
    this.#view.setUint32(at, value, false)
  }

  int64(value: bigint): void {
    const at = this.#reserve(8)
    this.#view.setBigInt64(at, value, true)
  }

  /** A text with its length in bytes before it, which `writeLength` writes. */
  text(text: string, writeLength: (builder: ByteBuilder, sizeBytes: number) => void): void {
    const sizeBytes = Buffer.byteLength(text)
    writeLength(this, sizeBytes)
    const at = this.#reserve(sizeBytes)
    this.#bytes.write(text, at, sizeBytes, 'utf8')
  }

  /** A whole number from 0 to 2^53. */
  varint(value: number): void {
    let rest = value
    while (rest >= 2 ** 31) {
      this.byte((rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    let low = rest
    while (low >= 0x80) {
      this.byte((low & 0x7f) | 0x80)
      low >>>= 7
    }
    this.byte(low)
  }

  /** An unsigned number of 64 bits. */
  varint64(value: bigint): void {
    let rest = value
    while (rest >= 0x80n) {
      this.byte(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    this.byte(Number(rest))
  }

  /** A whole number within ±2^53. */
  zigzag(value: number): void {
    if (value >= -(2 ** 30) && value < 2 ** 30) this.varint(((value << 1) ^ (value >> 31)) >>> 0)
    else this.zigzag64(BigInt(value))
  }

  zigzag64(value: bigint): void {
    this.varint64(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)))
  }

  /** Writes what `write` writes, with its length before it. */
  measured(write: () => void): void {
    const start = this.length
    write()
    const sizeBytes = this.length - start
    const prefixBytes = varintSize(sizeBytes)
    this.#reserve(prefixBytes)
    this.#bytes.copyWithin(start + prefixBytes, start, start + sizeBytes)
    this.length = start
    this.varint(sizeBytes)
    this.length = start + prefixBytes + sizeBytes
  }

  finish(): Uint8Array {
    const copy = new Uint8Array(this.#bytes.subarray(0, this.length))
    this.length = 0
    return copy
  }

  #reserve(sizeBytes: number): number {
    const at = this.length
    const needed = at + sizeBytes
    if (needed > this.#bytes.length) this.#grow(needed)
    this.length = needed
    return at
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.length)
    this.#bytes = larger
    this.#view = viewOf(larger)
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size++
  return size
}
