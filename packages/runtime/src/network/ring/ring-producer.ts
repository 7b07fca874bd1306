// The writing side of a ring between two threads, or within one. It never waits: a frame for which
// there is no room is refused, and the consumer rings the producer's doorbell once there is. A
// frame larger than a quarter of the ring travels in chunks; what has no room yet is kept here and
// goes out with `flush`, before any other frame. Frames arrive whole, once, and in order.

import { assert } from '@sluice/core/internal'
import { MAX_BUFFER_BYTES } from '../codec/byte-writer.ts'
import type { Doorbell } from './doorbell.ts'
import {
  FIRST_CHUNK,
  frameBytes,
  HEAD,
  HEADER_BYTES,
  LATER_CHUNK,
  PADDING,
  RingMemory,
  SPACE_WANTED,
  TAIL,
  TOTAL_BYTES,
} from './ring-memory.ts'

/** The content of a large frame that has not gone out yet; its first chunk has. */
interface Rest {
  readonly type: number
  readonly bytes: Uint8Array
  position: number
}

/** The writing side. Exactly one thread holds it. */
export class RingProducer {
  readonly #memory: RingMemory
  readonly #data: Doorbell
  #tail: number
  /** The consumer's position as last seen; it only ever lies behind the true one. */
  #head: number
  #rest: Rest | undefined

  /** @param data The consumer's doorbell, rung for each frame. */
  constructor(memory: SharedArrayBuffer, data: Doorbell) {
    this.#memory = new RingMemory(memory)
    this.#data = data
    this.#tail = Atomics.load(this.#memory.control, TAIL)
    this.#head = Atomics.load(this.#memory.control, HEAD)
  }

  get capacityBytes(): number {
    return this.#memory.capacityBytes
  }

  /** Bytes of the ring that the consumer has not released yet. */
  get usedBytes(): number {
    this.#head = Atomics.load(this.#memory.control, HEAD)
    return (this.#tail - this.#head) | 0
  }

  /**
   * Hands over a frame: true when the ring has taken it, if only in part (see `flush`), and `bytes`
   * may be used again; false when there is no room, and the same frame is to be offered later.
   *
   * @param type From 0 to 255; what it means is up to the channel.
   */
  offer(type: number, bytes: Uint8Array): boolean {
    assert((type & 0xff) === type, `the type of a frame is a byte, not ${type}`)
    assert(bytes.length <= MAX_BUFFER_BYTES, `a frame of ${bytes.length} bytes was offered`)
    if (!this.flush()) return false
    const { chunkBytes } = this.#memory
    if (bytes.length <= chunkBytes) return this.#place(type, bytes, 0, bytes.length, 0)
    if (!this.#place(type | FIRST_CHUNK, bytes, 0, chunkBytes, bytes.length)) return false
    const rest = { type, bytes, position: chunkBytes }
    // The caller may use its bytes again, so what has no room is copied.
    if (!this.#placeRest(rest)) {
      this.#rest = { type, bytes: bytes.slice(rest.position), position: 0 }
    }
    return true
  }

  /** Goes on with a frame that was taken in part; true when nothing of it is left. */
  flush(): boolean {
    if (this.#rest === undefined) return true
    if (!this.#placeRest(this.#rest)) return false
    this.#rest = undefined
    return true
  }

  #placeRest(rest: Rest): boolean {
    const { chunkBytes } = this.#memory
    while (rest.position < rest.bytes.length) {
      const end = Math.min(rest.bytes.length, rest.position + chunkBytes)
      if (!this.#place(rest.type | LATER_CHUNK, rest.bytes, rest.position, end, 0)) return false
      rest.position = end
    }
    return true
  }

  /** Writes one frame or chunk and publishes it, or does nothing where there is no room. */
  #place(word: number, bytes: Uint8Array, from: number, to: number, totalBytes: number): boolean {
    const { control, words, capacityBytes } = this.#memory
    const contentBytes = to - from
    const isFirst = (word & FIRST_CHUNK) !== 0
    const sizeBytes = frameBytes(contentBytes + (isFirst ? TOTAL_BYTES : 0))
    let place = this.#memory.placeOf(this.#tail)
    const paddingBytes = place + sizeBytes > capacityBytes ? capacityBytes - place : 0
    if (!this.#hasRoom(paddingBytes + sizeBytes)) return false
    if (paddingBytes > 0) {
      words[place >> 2] = paddingBytes - HEADER_BYTES
      words[(place >> 2) + 1] = PADDING
      place = 0
    }
    words[place >> 2] = contentBytes
    words[(place >> 2) + 1] = word
    if (isFirst) words[(place >> 2) + 2] = totalBytes
    const content = from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to)
    this.#memory.bytes.set(content, place + HEADER_BYTES + (isFirst ? TOTAL_BYTES : 0))
    this.#tail = (this.#tail + paddingBytes + sizeBytes) | 0
    // This store publishes all that was written above.
    Atomics.store(control, TAIL, this.#tail)
    this.#data.ring()
    return true
  }

  #hasRoom(neededBytes: number): boolean {
    const { control, capacityBytes } = this.#memory
    const limit = capacityBytes - neededBytes
    if (((this.#tail - this.#head) | 0) <= limit) return true
    this.#head = Atomics.load(control, HEAD)
    if (((this.#tail - this.#head) | 0) <= limit) return true
    // The wish is written before the position is read again, and the consumer writes its position
    // before it reads the wish: one of the two sees the other.
    Atomics.store(control, SPACE_WANTED, neededBytes)
    this.#head = Atomics.load(control, HEAD)
    if (((this.#tail - this.#head) | 0) > limit) return false
    Atomics.store(control, SPACE_WANTED, 0)
    return true
  }
}
