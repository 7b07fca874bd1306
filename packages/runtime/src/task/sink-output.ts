// Records on their way from a chain to a sink's writer. The writer takes what it has room for; what
// it does not take yet waits here and the task takes no input. Prepared committables are repeated
// with every acknowledgement until a checkpoint that names them is known to be complete.

import type { CommitScope, Committable, NamedCommittable, SinkWriter } from '@sluice/core/connector'
import { assert, SluiceError } from '@sluice/core/internal'
import { BATCH_CAPACITY, clearedValues, emptyValues } from '../network/batch.ts'
import { approximateBytes } from '../network/approximate-size.ts'
import { MAX_OVERFLOW_BYTES, outputTooLarge } from '../network/output-limit.ts'
import type { Staging } from './staging.ts'

/** Records that may wait before the chain is asked to stop, and about how much they may hold. */
const DRAIN_AT = BATCH_CAPACITY
const DRAIN_BYTES = 256 * 1024
/** Records that one call may add beyond that: with 64 bytes for each record, 64 MiB. */
const LIMIT_RECORDS = 1024 * 1024

export interface SinkOutputOptions {
  readonly scope: CommitScope
  readonly writer: SinkWriter<unknown>
  readonly staging: Pick<Staging, 'prepared'>
  readonly pressure: { full: boolean }
}

export class SinkOutput {
  readonly step: string
  readonly #writer: SinkWriter<unknown>
  readonly #scope: CommitScope
  readonly #staging: Pick<Staging, 'prepared'>
  readonly #pressure: { full: boolean }
  #values = emptyValues()
  #timestamps = new Float64Array(2 * DRAIN_AT)
  #from = 0
  /** Grows from one record, so that large ones never gather. */
  #drainAt = 1
  /** What the writer has not taken since it was full. */
  #waitingBytes = 0
  #length = 0
  recordsIn = 0

  constructor({ scope, writer, staging, pressure }: SinkOutputOptions) {
    this.step = scope.sink
    this.#scope = scope
    this.#writer = writer
    this.#staging = staging
    this.#pressure = pressure
  }

  add(value: unknown, timestamp: number): void {
    const at = this.#length
    if (at === this.#timestamps.length) this.#grow()
    this.#values[at] = value
    this.#timestamps[at] = timestamp
    this.#length = at + 1
    if (at + 1 - this.#from >= this.#drainAt) this.#drainOrStop(value)
  }

  /** Hands records to the writer; true when it took all of them. */
  drain(): boolean {
    while (this.#from < this.#length) {
      const taken = this.#write()
      if (taken === 0) return false
      this.#from += taken
      this.recordsIn += taken
    }
    this.#waitingBytes = 0
    if (this.#length > 0) {
      this.#values = clearedValues(this.#values, this.#length)
      this.#from = 0
      this.#length = 0
    }
    return true
  }

  async ready(): Promise<void> {
    try {
      await this.#writer.ready()
    } catch (error) {
      throw this.#failed(error, 'writing')
    }
  }

  /** Everything written since the last call, prepared under its full name. */
  async prepare(checkpoint: number): Promise<NamedCommittable[]> {
    assert(this.#from === this.#length, 'the writer has all records that came before a barrier')
    const prepared = await this.#prepareCommit(checkpoint)
    this.#staging.prepared(checkpoint)
    return prepared.map(({ part, bytes, staged = [] }) => ({
      name: {
        logId: this.#scope.logId,
        sink: this.#scope.sink,
        generation: this.#scope.generation,
        checkpoint,
        part,
      },
      bytes,
      ...(staged.length === 0 ? {} : { staged }),
    }))
  }

  checkpointCompleted(checkpoint: number): void {
    try {
      this.#writer.checkpointCompleted?.(checkpoint)
    } catch (error) {
      throw this.#failed(error, 'hearing of a checkpoint')
    }
  }

  close(): Promise<void> {
    return this.#writer.close()
  }

  #write(): number {
    try {
      return this.#writer.write(this.#values, this.#timestamps, this.#from, this.#length)
    } catch (error) {
      throw this.#failed(error, 'writing')
    }
  }

  async #prepareCommit(checkpoint: number): Promise<readonly Committable[]> {
    try {
      return await this.#writer.prepareCommit(checkpoint)
    } catch (error) {
      throw this.#failed(error, 'preparing')
    }
  }

  /** Whatever a writer throws is an error of its sink, not of the worker. */
  #failed(error: unknown, doing: string): SluiceError {
    const { step } = this
    return SluiceError.from(error, 'SINK_FAILED', `Sink '${step}' failed while ${doing}`, {
      sink: step,
    })
  }

  /** The writer is asked for each record from here on, until it takes all that waits. */
  #drainOrStop(last: unknown): void {
    const bytes = approximateBytes(last)
    if (this.drain()) {
      this.#drainAt = Math.min(this.#drainAt * 4, Math.ceil(DRAIN_BYTES / bytes), DRAIN_AT)
      return
    }
    this.#pressure.full = true
    this.#waitingBytes += bytes
    if (this.#waitingBytes > MAX_OVERFLOW_BYTES) throw outputTooLarge().at({ step: this.step })
  }

  #grow(): void {
    if (this.#length >= LIMIT_RECORDS) {
      throw new SluiceError(
        'OUTPUT_TOO_LARGE',
        `One call sent more than ${LIMIT_RECORDS} records to sink '${this.step}'.`,
        { where: { step: this.step }, hint: 'Emit fewer records per call: split the input first.' },
      )
    }
    const larger = new Float64Array(this.#timestamps.length * 2)
    larger.set(this.#timestamps)
    this.#timestamps = larger
  }
}
