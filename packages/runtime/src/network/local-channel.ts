// A channel inside one worker: frames are handed over as they are. Bounded by the number of frames;
// what is sent beyond that counts as overflow, which stops the sender's input.

import { FRAME_DATA, type Frame, type Receiver, type Sender } from './frame.ts'

const CAPACITY_FRAMES = 8
/** Objects have no size; this stands for one record so that an endless output is noticed. */
const ASSUMED_RECORD_BYTES = 64

export class LocalChannel implements Sender, Receiver {
  readonly copies = false
  readonly lastBatchBytes = 0
  #frames: Frame[] = []
  #head = 0

  send(frame: Frame): void {
    this.#frames.push(frame)
  }

  flush(): boolean {
    return this.#frames.length - this.#head <= CAPACITY_FRAMES
  }

  get overflowBytes(): number {
    let bytes = 0
    for (let i = this.#head + CAPACITY_FRAMES; i < this.#frames.length; i++) {
      const frame = this.#frames[i]
      if (frame?.kind === FRAME_DATA) bytes += frame.batch.length * ASSUMED_RECORD_BYTES
    }
    return bytes
  }

  poll(): Frame | undefined {
    if (this.#head === this.#frames.length) return undefined
    const frame = this.#frames[this.#head] as Frame
    this.#head++
    if (this.#head === this.#frames.length) {
      this.#frames = []
      this.#head = 0
    }
    return frame
  }
}
