// Cuts the stream of a connection into messages: four bytes of size, and as many bytes. A message
// that came in one piece is a view of it; one that came in several is put together once. A size
// above the limit ends the stream, and what was sent instead of a size tells who is there.

import { MalformedMessage } from '../codec/malformed-message.ts'

const sizeFieldBytes = 4

export class FrameReader {
  readonly #limitBytes: number
  readonly #take: (frame: Uint8Array) => void
  readonly #size = new Uint8Array(sizeFieldBytes)
  #sizeRead = 0
  #frame: Uint8Array | undefined
  #frameRead = 0

  /** `take` gets each message without its size. */
  constructor(limitBytes: number, take: (frame: Uint8Array) => void) {
    this.#limitBytes = limitBytes
    this.#take = take
  }

  /** The bytes of a size that did not come whole: what there is to tell by who is there. */
  get begun(): Uint8Array {
    return this.#size.subarray(0, this.#sizeRead)
  }

  /** Throws `MalformedMessage` where the stream is none of Kafka's. */
  push(bytes: Uint8Array): void {
    let position = 0
    while (position < bytes.length) {
      if (this.#frame === undefined) {
        position += this.#readSize(bytes, position)
        if (this.#sizeRead < sizeFieldBytes) return
        const sizeBytes = this.#frameSize()
        if (bytes.length - position >= sizeBytes) {
          this.#sizeRead = 0
          this.#take(bytes.subarray(position, position + sizeBytes))
          position += sizeBytes
          continue
        }
        // Filled below before anybody sees it.
        this.#frame = Buffer.allocUnsafe(sizeBytes)
        this.#frameRead = 0
      }
      position += this.#readFrame(bytes, position)
    }
  }

  #readSize(bytes: Uint8Array, from: number): number {
    const count = Math.min(sizeFieldBytes - this.#sizeRead, bytes.length - from)
    this.#size.set(bytes.subarray(from, from + count), this.#sizeRead)
    this.#sizeRead += count
    return count
  }

  #frameSize(): number {
    const sizeBytes = new DataView(this.#size.buffer).getInt32(0)
    if (sizeBytes < 0 || sizeBytes > this.#limitBytes) {
      const reason = `a message of ${sizeBytes} bytes, above the limit of ${this.#limitBytes}`
      throw new MalformedMessage(reason, 0, 'The size of an answer')
    }
    return sizeBytes
  }

  #readFrame(bytes: Uint8Array, from: number): number {
    const frame = this.#frame as Uint8Array
    const count = Math.min(frame.length - this.#frameRead, bytes.length - from)
    frame.set(bytes.subarray(from, from + count), this.#frameRead)
    this.#frameRead += count
    if (this.#frameRead === frame.length) {
      this.#frame = undefined
      this.#sizeRead = 0
      this.#take(frame)
    }
    return count
  }
}
