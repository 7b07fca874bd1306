// A channel inside one worker: frames are handed over as they are. Bounded by the number of frames;
// what is sent beyond that counts as overflow, which stops the sender's input. The queue is a ring,
// so that a channel that never runs empty lets go of what was read.

import { FRAME_DATA, type Frame, type Receiver, type Sender } from './frame.ts'

const CAPACITY_FRAMES = 8
/** Objects have no size; this stands for one record so that an endless output is noticed. */
const ASSUMED_RECORD_BYTES = 64

export class LocalChannel implements Sender, Receiver {
  readonly copies = false
  readonly lastBatchBytes = 0
  /** Its length is a power of two. */
  #frames: (Frame | undefined)[] = new Array(2 * CAPACITY_FRAMES).fill(undefined)
  #head = 0
  #count = 0

  send(frame: Frame): void {
    if (this.#count === this.#frames.length) this.#grow()
    this.#frames[this.#place(this.#count)] = frame
    this.#count++
  }

  flush(): boolean {
    return this.#count <= CAPACITY_FRAMES
  }

  get overflowBytes(): number {
    let bytes = 0
    for (let at = CAPACITY_FRAMES; at < this.#count; at++) {
      const frame = this.#frames[this.#place(at)]
      if (frame?.kind === FRAME_DATA) bytes += frame.batch.length * ASSUMED_RECORD_BYTES
    }
    return bytes
  }

  poll(): Frame | undefined {
    if (this.#count === 0) return undefined
    const frame = this.#frames[this.#head]
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
