// The writer of `delivery: 'at-least-once'` and `'none'`: records are visible as they are written.
// At the barrier of a checkpoint everything is acknowledged, so what a checkpoint holds is in
// Kafka; with `none` nothing waits for that. Batches are idempotent: what is sent again is there
// once.

import {
  type Committable,
  type SinkWriter,
  SluiceError,
  type WriterContext,
} from '@sluice/core/connector'
import { BufferPool } from '../../records/buffer-pool.ts'
import { BatchSender } from './batch-sender.ts'
import type { ClusterTransactions } from '../transaction/cluster-transactions.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { Producer } from './producer.ts'
import { RecordOutput } from './record-output.ts'
import type { WritingOptions } from './writing-options.ts'

const longestFarewellMs = 5_000

export class PlainWriter<T> implements SinkWriter<T> {
  readonly #context: WriterContext
  readonly #options: WritingOptions<T>
  readonly #client: ClusterTransactions
  readonly #producer: Producer
  readonly #flushes: boolean
  readonly #sender: BatchSender
  readonly #output: RecordOutput<T>
  readonly #queues: PartitionQueue[] = []
  #waiting: (() => void)[] = []
  #cancelTimer: (() => void) | undefined
  #closed = false

  /** `flushes`: a checkpoint waits until everything is acknowledged. */
  constructor(
    context: WriterContext,
    options: WritingOptions<T>,
    client: ClusterTransactions,
    producer: Producer,
    flushes: boolean,
  ) {
    this.#context = context
    this.#options = options
    this.#client = client
    this.#producer = producer
    this.#flushes = flushes
    const pool = new BufferPool(options.bufferBytes)
    this.#sender = new BatchSender(context, {
      transport: client,
      addPartitions: undefined,
      pool,
      requestTimeoutMs: options.requestTimeoutMs,
      deliveryTimeoutMs: options.deliveryTimeoutMs,
      moved: () => this.#wake(),
    })
    this.#sender.begin(producer)
    this.#output = new RecordOutput(context, {
      shape: options.shape,
      limits: options.limits,
      compression: options.compression,
      pool,
      partitionCountOf: (topic) => client.partitionCountOf(topic),
      opened: (queue) => {
        this.#queues.push(queue)
        this.#sender.add(queue)
      },
      moved: () => this.#wake(),
      full: (queue) => this.#seal(queue),
    })
    this.#sealOldAfter(Math.max(1, options.lingerMs))
  }

  write(records: readonly T[], timestamps: Float64Array, from: number, length: number): number {
    this.#throwFailure()
    let index = from
    while (index < length && !this.#isFull) {
      if (!this.#output.write(records[index] as T, timestamps[index] as number)) break
      index++
    }
    this.#sender.pump()
    return index - from
  }

  async ready(): Promise<void> {
    while (!this.#failed && (this.#isFull || this.#output.opening)) await this.#turn()
  }

  async prepareCommit(): Promise<readonly Committable[]> {
    this.#sealOld(Number.POSITIVE_INFINITY)
    if (this.#flushes) {
      while (!this.#sender.settled) {
        this.#throwFailure()
        await this.#turn()
      }
    }
    this.#throwFailure()
    return []
  }

  async close(): Promise<void> {
    if (!this.#flushes) await this.#sendRest()
    this.#closed = true
    this.#cancelTimer?.()
    this.#sender.close()
    this.#output.close()
    this.#client.close()
    this.#wake()
  }

  /** What nothing waited for goes out at the end, as far as that does not take long. */
  async #sendRest(): Promise<void> {
    this.#sealOld(Number.POSITIVE_INFINITY)
    let isLate = false
    const cancel = this.#context.timers.after(longestFarewellMs, () => {
      isLate = true
      this.#wake()
    })
    while (!this.#failed && !this.#sender.settled && !isLate) await this.#turn()
    cancel()
  }

  get #isFull(): boolean {
    return this.#sender.bytes >= this.#options.bufferBytes
  }

  get #failed(): boolean {
    return this.#closed || this.#sender.failure !== undefined
  }

  #seal(queue: PartitionQueue): void {
    this.#sender.sealed(queue.seal(this.#producer, this.#options.compression))
  }

  #sealOld(openedBeforeMs: number): void {
    for (const queue of this.#queues) {
      if (queue.builder.recordCount > 0 && queue.openedAtMs <= openedBeforeMs) this.#seal(queue)
    }
    this.#sender.pump()
  }

  #sealOldAfter(lingerMs: number): void {
    if (this.#closed) return
    this.#cancelTimer = this.#context.timers.after(lingerMs, () => {
      if (!this.#failed) this.#sealOld(this.#context.clock.monotonic() - lingerMs)
      this.#sealOldAfter(lingerMs)
    })
  }

  #throwFailure(): void {
    this.#output.throwFailure()
    const { failure } = this.#sender
    if (failure !== undefined) throw SluiceError.from(failure, 'SINK_FAILED', 'Writing failed')
  }

  async #turn(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
