// A channel between workers: frames as bytes through a ring. What the ring has no room for is kept
// encoded, in order, and its size is known: that is the overflow which stops the task's input.

import { assert, SluiceError } from '@sluice/core/internal'
import { Batch } from './batch.ts'
import { BatchDecoder, BatchEncoder } from './codec/batch-codec.ts'
import {
  FRAME_ACTIVE,
  FRAME_BARRIER,
  FRAME_DATA,
  FRAME_END,
  FRAME_IDLE,
  FRAME_WATERMARK,
  type Frame,
  type Receiver,
  type Sender,
} from './frame.ts'
import { MAX_OVERFLOW_BYTES, outputTooLarge } from './output-limit.ts'
import type { Doorbell } from './ring/doorbell.ts'
import { RingConsumer } from './ring/ring-consumer.ts'
import { RingProducer } from './ring/ring-producer.ts'

const noBytes = new Uint8Array(0)

interface KeptFrame {
  readonly kind: number
  readonly bytes: Uint8Array
}

export class RingSender implements Sender {
  readonly copies = true
  readonly #ring: RingProducer
  readonly #encoder = new BatchEncoder()
  readonly #number = new Float64Array(1)
  readonly #numberBytes = new Uint8Array(this.#number.buffer)
  #overflow: KeptFrame[] = []
  #overflowBytes = 0
  lastBatchBytes = 0

  /** @param peer The doorbell of the worker that receives. */
  constructor(memory: SharedArrayBuffer, peer: Doorbell) {
    this.#ring = new RingProducer(memory, peer)
  }

  send(frame: Frame): void {
    const bytes = this.#bytesOf(frame)
    if (frame.kind === FRAME_DATA) this.lastBatchBytes = bytes.length
    if (this.#overflow.length === 0 && this.#ring.offer(frame.kind, bytes)) return
    this.#keep(frame.kind, bytes.slice())
  }

  flush(): boolean {
    let sent = 0
    for (const frame of this.#overflow) {
      if (!this.#ring.offer(frame.kind, frame.bytes)) break
      this.#overflowBytes -= frame.bytes.length
      sent++
    }
    if (sent > 0) this.#overflow = this.#overflow.slice(sent)
    // A large frame may have been taken in part: the rest must go out before the task sleeps on.
    return this.#ring.flush() && this.#overflow.length === 0
  }

  #keep(kind: number, bytes: Uint8Array): void {
    this.#overflowBytes += bytes.length
    this.#overflow.push({ kind, bytes })
    // One frame may itself be as large as a record may be.
    if (this.#overflow.length > 1 && this.#overflowBytes > MAX_OVERFLOW_BYTES) {
      throw outputTooLarge()
    }
  }

  #bytesOf(frame: Frame): Uint8Array {
    if (frame.kind === FRAME_DATA) return this.#encoder.encode(frame.batch)
    if (frame.kind === FRAME_WATERMARK) this.#number[0] = frame.watermark
    else if (frame.kind === FRAME_BARRIER) this.#number[0] = frame.checkpoint
    else return noBytes
    return this.#numberBytes
  }
}

export class RingReceiver implements Receiver {
  readonly #ring: RingConsumer
  readonly #decoder = new BatchDecoder()

  /** @param peer The doorbell of the worker that sends. */
  constructor(memory: SharedArrayBuffer, peer: Doorbell) {
    this.#ring = new RingConsumer(memory, peer)
  }

  poll(): Frame | undefined {
    const frame = this.#ring.poll()
    if (frame === undefined) return undefined
    try {
      return this.#decode(frame.type, frame.bytes)
    } finally {
      this.#ring.release()
    }
  }

  #decode(kind: number, bytes: Uint8Array): Frame {
    switch (kind) {
      case FRAME_DATA:
        return { kind, batch: Batch.of(this.#decoder.decode(bytes)) }
      case FRAME_WATERMARK:
        return { kind, watermark: numberOf(bytes) }
      case FRAME_BARRIER:
        return { kind, checkpoint: numberOf(bytes) }
      case FRAME_IDLE:
      case FRAME_ACTIVE:
      case FRAME_END:
        return { kind }
      default:
        throw new SluiceError('CODEC_DAMAGED', `A channel carried a frame of unknown kind ${kind}.`)
    }
  }
}

function numberOf(bytes: Uint8Array): number {
  assert(bytes.length === 8, 'a sign carries one number')
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true)
}
