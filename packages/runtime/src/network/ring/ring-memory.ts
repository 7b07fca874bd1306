// The memory of a ring: control words on cache lines of their own, then the frames. Positions count
// bytes and wrap at 2^32; the capacity is a power of two, so that a position's place is its low
// bits. Frames begin at multiples of eight and are never split at the end of the memory: padding
// fills it, so that every frame can be read where it lies.

import { assert } from '@sluice/core/internal'

/** The capacity of a ring that does not say another. */
export const DEFAULT_RING_BYTES = 1024 * 1024

const MIN_RING_BYTES = 1024
const MAX_RING_BYTES = 2 ** 30

/** Indices of control words; 16 words are a cache line. */
export const TAIL = 16
export const HEAD = 32
/** The free bytes that a producer waits for, or 0. */
export const SPACE_WANTED = 48

const DATA_OFFSET = 256

/** Two words in front of each frame: the length of its content, and its type and flags. */
export const HEADER_BYTES = 8
/** The first chunk of a frame in chunks has two more words: the length of the whole, and 0. */
export const TOTAL_BYTES = 8

/** Flags of a header, above the eight bits of the type. */
export const PADDING = 1 << 8
export const FIRST_CHUNK = 1 << 9
export const LATER_CHUNK = 1 << 10

/** The memory for a ring of at least `capacityBytes`, for both threads to open. */
export function createRingMemory(capacityBytes: number = DEFAULT_RING_BYTES): SharedArrayBuffer {
  assert(
    capacityBytes >= MIN_RING_BYTES && capacityBytes <= MAX_RING_BYTES,
    `a ring has from ${MIN_RING_BYTES} to ${MAX_RING_BYTES} bytes, not ${capacityBytes}`,
  )
  return new SharedArrayBuffer(DATA_OFFSET + 2 ** Math.ceil(Math.log2(capacityBytes)))
}

/** The views of one side on the memory of a ring. */
export class RingMemory {
  readonly control: Int32Array<SharedArrayBuffer>
  /** Frames as words, for headers. */
  readonly words: Int32Array<SharedArrayBuffer>
  readonly bytes: Uint8Array<SharedArrayBuffer>
  readonly capacityBytes: number

  constructor(memory: SharedArrayBuffer) {
    this.control = new Int32Array(memory, 0, DATA_OFFSET / 4)
    this.words = new Int32Array(memory, DATA_OFFSET)
    this.bytes = new Uint8Array(memory, DATA_OFFSET)
    this.capacityBytes = this.bytes.length
  }

  /** Where a position lies. */
  placeOf(position: number): number {
    return position & (this.capacityBytes - 1)
  }

  /** The largest frame that travels whole; several fit, so that both sides can work at once. */
  get chunkBytes(): number {
    return this.capacityBytes / 4 - HEADER_BYTES - TOTAL_BYTES
  }
}

/** What a frame takes up: header, content, and what is missing to a multiple of eight. */
export function frameBytes(contentBytes: number): number {
  return (HEADER_BYTES + contentBytes + 7) & ~7
}
