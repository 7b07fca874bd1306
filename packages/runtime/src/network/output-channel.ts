// The sending side of one channel as a task sees it: gathers records into a batch, closes the batch
// when it is full or when something must follow it, and keeps order between records and signs.

import { SluiceError } from '@sluice/core/internal'
import { Batch, BATCH_CAPACITY } from './batch.ts'
import { FRAME_ACTIVE, FRAME_DATA, FRAME_IDLE, type Frame, type Sender } from './frame.ts'

/** Batches are closed so that they hold about this much. */
const BATCH_BYTES = 256 * 1024

/** Shared by all outputs of a task: raised by the first that overflows, lowered by the task. */
export interface OutputPressure {
  full: boolean
}

export class OutputChannel {
  readonly #sender: Sender
  readonly #pressure: OutputPressure
  readonly #step: string
  #batch = Batch.empty()
  /** Records per batch: grows from one, so that large records never meet in one batch. */
  #limit = 1
  #watermark = Number.NEGATIVE_INFINITY
  #idle = false
  recordsOut = 0

  /** @param step Whose output it is, for errors: a record may turn out to be none much later. */
  constructor(sender: Sender, pressure: OutputPressure, step: string) {
    this.#sender = sender
    this.#pressure = pressure
    this.#step = step
  }

  add(value: unknown, timestamp: number): void {
    const batch = this.#batch
    const at = batch.length
    batch.values[at] = value
    batch.timestamps[at] = timestamp
    batch.length = at + 1
    if (at + 1 >= this.#limit) this.closeBatch()
  }

  /** True when there was something to close. */
  closeBatch(): boolean {
    const batch = this.#batch
    if (batch.length === 0) return false
    this.recordsOut += batch.length
    this.#send({ kind: FRAME_DATA, batch })
    this.#adapt(batch.length)
    if (this.#sender.copies) batch.clear()
    else this.#batch = Batch.empty()
    return true
  }

  #adapt(records: number): void {
    const recordBytes = this.#sender.lastBatchBytes / records
    const fitting = recordBytes > 0 ? Math.ceil(BATCH_BYTES / recordBytes) : BATCH_CAPACITY
    this.#limit = Math.min(this.#limit * 4, Math.max(1, fitting), BATCH_CAPACITY)
  }

  /** Watermarks never go back; one that does not rise is not sent. */
  sendWatermark(watermark: number, frame: Frame): void {
    if (watermark <= this.#watermark) return
    this.#watermark = watermark
    this.#idle = false
    this.sendSign(frame)
  }

  setIdle(idle: boolean): void {
    if (idle === this.#idle) return
    this.sendSign({ kind: idle ? FRAME_IDLE : FRAME_ACTIVE })
    this.#idle = idle
  }

  /** A sign stands after all records that were added before it. */
  sendSign(frame: Frame): void {
    this.closeBatch()
    this.#send(frame)
  }

  flush(): boolean {
    return this.#sender.flush()
  }

  #send(frame: Frame): void {
    try {
      this.#sender.send(frame)
    } catch (error) {
      throw error instanceof SluiceError ? error.at({ step: this.#step }) : error
    }
    if (!this.#sender.flush()) this.#pressure.full = true
  }
}
