// From records to acknowledged batches, for writers that send as they write: what is taken is
// encoded, sealed when it is full or old, and sent for the present producer. Partitions that a
// topic gets are looked for now and then, and written when the writer says so.

import type { WriterContext } from '@sluice/core/connector'
import { BufferPool } from '../../records/buffer-pool.ts'
import { BatchSender, type BatchSenderOptions } from './batch-sender.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { ProduceTransport } from './produce-transport.ts'
import type { Producer } from './producer.ts'
import { RecordOutput } from './record-output.ts'
import { lookForPartitionsMs, type TopicCounts } from './topic-counts.ts'
import type { WritingOptions } from './writing-options.ts'

export class SendingOutput<T> {
  readonly pool: BufferPool
  readonly sender: BatchSender
  /** Of the partitions that records were written to. */
  readonly queues: PartitionQueue[] = []
  readonly #context: WriterContext
  readonly #options: WritingOptions<T>
  readonly #cluster: ProduceTransport & TopicCounts
  readonly #output: RecordOutput<T>
  #producer: Producer | undefined
  #waiting: (() => void)[] = []
  #cancelTimers: (() => void)[] = []
  #closed = false

  constructor(
    context: WriterContext,
    options: WritingOptions<T>,
    cluster: ProduceTransport & TopicCounts,
    addPartitions: BatchSenderOptions['addPartitions'],
  ) {
    this.#context = context
    this.#options = options
    this.#cluster = cluster
    this.pool = new BufferPool(options.bufferBytes)
    this.sender = new BatchSender(context, {
      transport: cluster,
      addPartitions,
      pool: this.pool,
      requestTimeoutMs: options.requestTimeoutMs,
      deliveryTimeoutMs: options.deliveryTimeoutMs,
      moved: () => this.wake(),
    })
    this.#output = new RecordOutput(context, {
      shape: options.shape,
      limits: options.limits,
      compression: options.compression,
      pool: this.pool,
      counts: cluster,
      opened: (queue) => {
        this.queues.push(queue)
        this.sender.add(queue)
      },
      moved: () => this.wake(),
      full: (queue) => this.seal(queue),
    })
    const { lingerMs } = options
    this.every(Math.max(1, lingerMs), () => {
      if (!this.failed) this.sealOlderThan(this.#context.clock.monotonic() - lingerMs)
    })
    this.every(lookForPartitionsMs, () => this.#output.lookForPartitions())
  }

  get closed(): boolean {
    return this.#closed
  }

  get failed(): boolean {
    return this.#closed || this.sender.failure !== undefined
  }

  /** No more can be taken until something is acknowledged, or a topic is open. */
  get busy(): boolean {
    return this.#isFull || this.#output.opening
  }

  /** For whom is written from here on. */
  begin(producer: Producer): void {
    this.#producer = producer
    this.sender.begin(producer)
  }

  /** Records from `from` on; how many were taken. */
  take(records: readonly T[], timestamps: Float64Array, from: number, length: number): number {
    const nowMs = this.#context.clock.now()
    let index = from
    while (index < length && !this.#isFull) {
      if (!this.#output.write(records[index] as T, timestamps[index] as number, nowMs)) break
      index++
    }
    this.sender.pump()
    return index - from
  }

  seal(queue: PartitionQueue): void {
    if (this.#producer === undefined) return
    this.sender.sealed(queue.seal(this.#producer, this.#options.compression))
  }

  /** What was begun before a time of the clock that never goes back. */
  sealOlderThan(openedAtMs: number): void {
    for (const queue of this.queues) {
      if (queue.builder.recordCount > 0 && queue.openedAtMs <= openedAtMs) this.seal(queue)
    }
    this.sender.pump()
  }

  /** Partitions that were added to topics are written from here on. */
  grow(): void {
    this.#output.grow()
  }

  throwFailure(): void {
    this.#output.throwFailure()
    if (this.sender.failure !== undefined) throw this.sender.failure
  }

  every(everyMs: number, call: () => void): void {
    this.after(everyMs, () => {
      call()
      this.every(everyMs, call)
    })
  }

  after(delayMs: number, call: () => void): void {
    if (this.#closed) return
    const cancel = this.#context.timers.after(delayMs, () => {
      this.#cancelTimers = this.#cancelTimers.filter((each) => each !== cancel)
      if (!this.#closed) call()
    })
    this.#cancelTimers.push(cancel)
  }

  /** Resolves when something has moved. */
  async turn(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  close(): void {
    this.#closed = true
    for (const cancel of this.#cancelTimers) cancel()
    this.sender.close()
    this.#output.close()
    this.#cluster.close()
    this.wake()
  }

  get #isFull(): boolean {
    return this.sender.bytes >= this.#options.bufferBytes
  }
}
