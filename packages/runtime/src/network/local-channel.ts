// A channel inside one worker: frames are handed over as they are. Bounded by the number of frames
// and by about how much they hold; what is sent beyond that stops the sender's input. The queue is
// a ring, so that a channel that never runs empty lets go of what was read.

import { approximateBatchBytes } from './approximate-size.ts'
import { FRAME_DATA, type Frame, type Receiver, type Sender } from './frame.ts'
import { MAX_OVERFLOW_BYTES, outputTooLarge } from './output-limit.ts'

const CAPACITY_FRAMES = 8
const CAPACITY_BYTES = 4 * 1024 * 1024

export class LocalChannel implements Sender, Receiver {
  readonly copies = false
  lastBatchBytes = 0
  /** Its length is a power of two. */
  #frames: (Frame | undefined)[] = new Array(2 * CAPACITY_FRAMES).fill(undefined)
  #head = 0
  #count = 0
  /**
   * About how many bytes each of them holds; signs have no size. Not a Map from frames: one that
   * fills and empties for ever leaves each table it outgrew pointing to the next, and as soon as
   * one of them is old all that follow outlive the young generation with the records they held.
   */
  #sizes: number[] = new Array(2 * CAPACITY_FRAMES).fill(0)
  #bytes = 0

  send(frame: Frame): void {
    if (this.#count === this.#frames.length) this.#grow()
    const at = this.#place(this.#count)
    this.#frames[at] = frame
    this.#sizes[at] = 0
    this.#count++
    if (frame.kind !== FRAME_DATA) return
    this.lastBatchBytes = approximateBatchBytes(frame.batch)
    this.#sizes[at] = this.lastBatchBytes
    this.#bytes += this.lastBatchBytes
    // A call begins with at most the capacity queued, and may send one record of any size.
    if (this.#count > 1 && this.#bytes > CAPACITY_BYTES + MAX_OVERFLOW_BYTES) throw outputTooLarge()
  }

  flush(): boolean {
    return this.#count <= CAPACITY_FRAMES && this.#bytes <= CAPACITY_BYTES
  }

  poll(): Frame | undefined {
    if (this.#count === 0) return undefined
    const frame = this.#frames[this.#head] as Frame
    this.#bytes -= this.#sizes[this.#head] as number
    this.#frames[this.#head] = undefined
    this.#head = this.#place(1)
    this.#count--
    return frame
  }

  /** Where the frame lies that so many others are in front of. */
  #place(ahead: number): number {
    return (this.#head + ahead) & (this.#frames.length - 1)
  }

  #grow(): void {
    const length = this.#frames.length
    const places = Array.from({ length }, (_, at) => this.#place(at))
    const frames = places.map((at) => this.#frames[at])
    const sizes = places.map((at) => this.#sizes[at] as number)
    this.#frames = frames.concat(new Array(length).fill(undefined))
    this.#sizes = sizes.concat(new Array(length).fill(0))
    this.#head = 0
  }
}
