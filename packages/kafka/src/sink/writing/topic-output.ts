// One topic that a writer writes: its formats, opened for it, and the queues of its partitions.

import type { RecordEncoder } from '../../format/kafka-format.ts'
import { KeylessPartitioner, partitionOfKey } from '../../partitioner/partitioner.ts'
import type { BufferPool } from '../../records/buffer-pool.ts'
import { RecordBatchBuilder, type RecordBatchLimits } from '../../records/record-batch-builder.ts'
import { PartitionQueue } from './partition-queue.ts'

export interface TopicOutputOptions {
  readonly topic: string
  readonly partitionCount: number
  readonly subtask: number
  readonly limits: RecordBatchLimits
  readonly pool: BufferPool
  readonly value: RecordEncoder<unknown>
  /** Values that are text go straight into the batch. */
  readonly valueText: ((value: unknown) => string) | undefined
  readonly key: RecordEncoder<unknown> | undefined
  /** A partition is written for the first time. */
  readonly opened: (queue: PartitionQueue) => void
}

export class TopicOutput {
  readonly topic: string
  readonly value: RecordEncoder<unknown>
  readonly valueText: ((value: unknown) => string) | undefined
  readonly key: RecordEncoder<unknown> | undefined
  readonly #options: TopicOutputOptions
  readonly #queues: (PartitionQueue | undefined)[] = []
  readonly #keyless: KeylessPartitioner
  #partitionCount: number

  constructor(options: TopicOutputOptions) {
    this.topic = options.topic
    this.value = options.value
    this.valueText = options.valueText
    this.key = options.key
    this.#options = options
    this.#partitionCount = options.partitionCount
    const { subtask, limits } = options
    this.#keyless = new KeylessPartitioner('sticky', subtask, limits.batchBytes)
  }

  /** As it was when the topic was opened, or has grown since. */
  get partitionCount(): number {
    return this.#partitionCount
  }

  /** A topic that was made anew with fewer partitions has lost what was written: no growth. */
  grow(partitionCount = 0): void {
    this.#partitionCount = Math.max(this.#partitionCount, partitionCount)
  }

  partitionOf(key: Uint8Array | undefined, recordBytes: number): number {
    return key === undefined
      ? this.#keyless.next(this.#partitionCount, recordBytes)
      : partitionOfKey(key, this.#partitionCount)
  }

  queue(partition: number): PartitionQueue {
    const known = this.#queues[partition]
    if (known !== undefined) return known
    const { topic, limits, pool, opened } = this.#options
    const queue = new PartitionQueue(topic, partition, new RecordBatchBuilder(limits, pool))
    this.#queues[partition] = queue
    opened(queue)
    return queue
  }

  get queues(): readonly PartitionQueue[] {
    return this.#queues.filter((queue) => queue !== undefined)
  }
}
