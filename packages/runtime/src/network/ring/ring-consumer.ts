// The reading side of a ring between two threads, or within one. It never waits: where there is no
// frame it says so, and the producer rings the consumer's doorbell for each.
// A frame is read where it lies in shared memory, and stays until it is released; one that came in
// chunks is put together in memory of its own, which frees the ring chunk by chunk.

import { assert } from '@sluice/core/internal'
import { damaged } from '../codec/byte-reader.ts'
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

/** A frame as it was offered; its bytes are valid until `release`. */
export interface RingFrame {
  readonly type: number
  readonly bytes: Uint8Array
}

/** A frame of which chunks are missing. */
interface Assembly {
  readonly type: number
  readonly bytes: Uint8Array<ArrayBuffer>
  position: number
}

/** The reading side. Exactly one thread holds it. */
export class RingConsumer {
  readonly #memory: RingMemory
  readonly #space: Doorbell
  #head: number
  /** The producer's position as last seen; it only ever lies behind the true one. */
  #tail: number
  #assembly: Assembly | undefined
  /** Where the head will be once the polled frame is released. */
  #releasedHead: number | undefined

  /** @param space The producer's doorbell, rung when the room is there that it waits for. */
  constructor(memory: SharedArrayBuffer, space: Doorbell) {
    this.#memory = new RingMemory(memory)
    this.#space = space
    this.#head = Atomics.load(this.#memory.control, HEAD)
    this.#tail = this.#head
  }

  /** The next frame, to be released before the next call; undefined when none is complete. */
  poll(): RingFrame | undefined {
    assert(this.#releasedHead === undefined, 'a frame was polled before the last was released')
    for (;;) {
      if (this.#head === this.#tail) {
        // This load makes visible all that the producer wrote before it stored the position.
        this.#tail = Atomics.load(this.#memory.control, TAIL)
        if (this.#head === this.#tail) return undefined
      }
      const frame = this.#read()
      if (frame !== undefined) return frame
    }
  }

  /** Gives the room of the polled frame back to the producer. */
  release(): void {
    assert(this.#releasedHead !== undefined, 'a frame was released that was not polled')
    this.#advance(this.#releasedHead)
    this.#releasedHead = undefined
  }

  /** The frame at the head; undefined for padding and for a chunk that is not the last. */
  #read(): RingFrame | undefined {
    const { words, bytes } = this.#memory
    const place = this.#memory.placeOf(this.#head)
    const contentBytes = words[place >> 2] as number
    const word = words[(place >> 2) + 1] as number
    const isFirst = (word & FIRST_CHUNK) !== 0
    const sizeBytes = frameBytes(contentBytes + (isFirst ? TOTAL_BYTES : 0))
    if (contentBytes < 0 || sizeBytes > ((this.#tail - this.#head) | 0)) {
      throw damaged('a frame in a ring ends behind what was written')
    }
    const next = (this.#head + sizeBytes) | 0
    if ((word & PADDING) !== 0) {
      this.#advance(next)
      return undefined
    }
    const start = place + HEADER_BYTES + (isFirst ? TOTAL_BYTES : 0)
    const content = bytes.subarray(start, start + contentBytes)
    const type = word & 0xff
    if ((word & (FIRST_CHUNK | LATER_CHUNK)) === 0) {
      this.#releasedHead = next
      return { type, bytes: content }
    }
    if (isFirst) this.#beginAssembly(type, words[(place >> 2) + 2] as number)
    return this.#assemble(content, next)
  }

  #beginAssembly(type: number, totalBytes: number): void {
    if (this.#assembly !== undefined || totalBytes < 0 || totalBytes > MAX_BUFFER_BYTES) {
      throw damaged('a frame in a ring begins within another')
    }
    this.#assembly = { type, bytes: new Uint8Array(totalBytes), position: 0 }
  }

  #assemble(content: Uint8Array, next: number): RingFrame | undefined {
    const assembly = this.#assembly
    if (assembly === undefined || assembly.position + content.length > assembly.bytes.length) {
      throw damaged('a frame in a ring has more chunks than it announced')
    }
    assembly.bytes.set(content, assembly.position)
    assembly.position += content.length
    this.#advance(next)
    if (assembly.position < assembly.bytes.length) return undefined
    this.#assembly = undefined
    this.#releasedHead = next
    return { type: assembly.type, bytes: assembly.bytes }
  }

  /** Publishes the head and wakes the producer when that makes the room that it waits for. */
  #advance(head: number): void {
    const { control, capacityBytes } = this.#memory
    this.#head = head
    Atomics.store(control, HEAD, head)
    const wantedBytes = Atomics.load(control, SPACE_WANTED)
    if (wantedBytes === 0) return
    const usedBytes = (Atomics.load(control, TAIL) - head) | 0
    if (capacityBytes - usedBytes < wantedBytes) return
    // A wish that was renewed meanwhile may be lost here, but the ring makes the producer try
    // again.
    Atomics.compareExchange(control, SPACE_WANTED, wantedBytes, 0)
    this.#space.ring()
  }
}
