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
  /** Of each batch that is queued, by the batch, since signs have no size. */
  readonly #sizes = new Map<Frame, number>()
  #bytes = 0

  send(frame: Frame): void {
    if (this.#count === this.#frames.length) this.#grow()
    this.#frames[this.#place(this.#count)] = frame
    this.#count++
    if (frame.kind !== FRAME_DATA) return
    this.lastBatchBytes = approximateBatchBytes(frame.batch)
    this.#sizes.set(frame, this.lastBatchBytes)
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
    this.#bytes -= this.#sizes.get(frame) ?? 0
    this.#sizes.delete(frame)
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
    const inOrder = Array.from({ length }, (_, at) => this.#frames[this.#place(at)])
    this.#frames = inOrder.concat(new Array(length).fill(undefined))
    this.#head = 0
  }
}
