// The checksum of segments: CRC-32 (native) and xxHash32 over the same bytes, sixteen hexadecimal
// digits together. Two unrelated functions, so that damage that one misses does not pass the other;
// both are fed chunk by chunk while a segment is written. xxHash32 is after Yann Collet's
// description.

import { crc32 } from 'node:zlib'

const PRIME_1 = 0x9e3779b1 | 0
const PRIME_2 = 0x85ebca77 | 0
const PRIME_3 = 0xc2b2ae3d | 0
const PRIME_4 = 0x27d4eb2f | 0
const PRIME_5 = 0x165667b1 | 0
const STRIPE_BYTES = 16

/** The size of a checksum in a segment. */
export const CHECKSUM_BYTES = 8

/** A checksum that grows with the bytes it is given. */
export class ContentChecksum {
  #crc = 0
  readonly #lanes = Int32Array.of((PRIME_1 + PRIME_2) | 0, PRIME_2, 0, -PRIME_1 | 0)
  #sizeBytes = 0
  /** Bytes that do not fill a stripe yet. */
  readonly #rest = new Uint8Array(STRIPE_BYTES)
  #restBytes = 0

  update(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#crc = crc32(bytes, this.#crc)
    this.#sizeBytes += bytes.length
    let at = 0
    if (this.#restBytes > 0) {
      at = Math.min(STRIPE_BYTES - this.#restBytes, bytes.length)
      this.#rest.set(bytes.subarray(0, at), this.#restBytes)
      this.#restBytes += at
      if (this.#restBytes < STRIPE_BYTES) return
      mixStripes(this.#lanes, this.#rest, 0, STRIPE_BYTES)
      this.#restBytes = 0
    }
    const end = at + Math.floor((bytes.length - at) / STRIPE_BYTES) * STRIPE_BYTES
    mixStripes(this.#lanes, bytes, at, end)
    this.#rest.set(bytes.subarray(end))
    this.#restBytes = bytes.length - end
  }

  #hash(): number {
    const [lane1, lane2, lane3, lane4] = [...this.#lanes] as [number, number, number, number]
    let hash =
      this.#sizeBytes >= STRIPE_BYTES
        ? (rotate(lane1, 1) + rotate(lane2, 7) + rotate(lane3, 12) + rotate(lane4, 18)) | 0
        : PRIME_5
    hash = (hash + this.#sizeBytes) | 0
    const view = new DataView(this.#rest.buffer)
    let at = 0
    for (; at + 4 <= this.#restBytes; at += 4) {
      hash = (hash + Math.imul(view.getInt32(at, true), PRIME_3)) | 0
      hash = Math.imul(rotate(hash, 17), PRIME_4)
    }
    for (; at < this.#restBytes; at++) {
      hash = (hash + Math.imul(this.#rest[at] as number, PRIME_5)) | 0
      hash = Math.imul(rotate(hash, 11), PRIME_1)
    }
    hash = Math.imul(hash ^ (hash >>> 15), PRIME_2)
    hash = Math.imul(hash ^ (hash >>> 13), PRIME_3)
    return (hash ^ (hash >>> 16)) >>> 0
  }

  /** The checksum of everything so far; more may follow. */
  bytes(): Uint8Array<ArrayBuffer> {
    const view = new DataView(new ArrayBuffer(CHECKSUM_BYTES))
    view.setUint32(0, this.#crc)
    view.setUint32(4, this.#hash())
    return new Uint8Array(view.buffer)
  }

  /** The same in lower-case hexadecimal. */
  hex(): string {
    return Buffer.from(this.bytes()).toString('hex')
  }
}

/** The checksum of a whole segment, as its reference in a manifest holds it. */
export function checksumOf(bytes: Uint8Array): string {
  const checksum = new ContentChecksum()
  checksum.update(bytes)
  return checksum.hex()
}

/**
 * Mixes whole stripes into the lanes. The lanes are an array and this no method, because V8 forgets
 * the form of a class that has no instances for a while, as between two snapshots, and with it all
 * code that was optimized for it.
 */
function mixStripes(lanes: Int32Array, bytes: Uint8Array, start: number, end: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let lane1 = lanes[0] as number
  let lane2 = lanes[1] as number
  let lane3 = lanes[2] as number
  let lane4 = lanes[3] as number
  for (let at = start; at < end; at += STRIPE_BYTES) {
    lane1 = round(lane1, view.getInt32(at, true))
    lane2 = round(lane2, view.getInt32(at + 4, true))
    lane3 = round(lane3, view.getInt32(at + 8, true))
    lane4 = round(lane4, view.getInt32(at + 12, true))
  }
  lanes[0] = lane1
  lanes[1] = lane2
  lanes[2] = lane3
  lanes[3] = lane4
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function round(lane: number, input: number): number {
  return Math.imul(rotate((lane + Math.imul(input, PRIME_2)) | 0, 13), PRIME_1)
}
