// From records of the job to batches that are sent: finds topic and partition, encodes, fills
// batches and closes them when they are full or old. Shared by all ways of writing; it does not
// know for whom batches are written.

import { type SubtaskContext, SluiceError } from '@sluice/core/connector'
import { OpenFormats } from '../../format/open-formats.ts'
import type { KafkaFormat } from '../../format/kafka-format.ts'
import { BufferPool } from '../../records/buffer-pool.ts'
import type { Compression } from '../../records/compression/compression.ts'
import type { RecordBatchLimits } from '../../records/record-batch-builder.ts'
import type { PartitionQueue } from './partition-queue.ts'
import {
  checkPartition,
  checkTopic,
  headersOf,
  plainKey,
  type RecordShape,
} from './record-shape.ts'
import type { TopicCounts } from './topic-counts.ts'
import { TopicOutput } from './topic-output.ts'

export interface RecordOutputOptions<T> {
  readonly shape: RecordShape<T>
  readonly limits: RecordBatchLimits
  readonly compression: Compression
  readonly pool: BufferPool
  readonly counts: TopicCounts
  /** A partition is written for the first time. */
  readonly opened: (queue: PartitionQueue) => void
  /** A topic has been opened, or that has failed. */
  readonly moved: () => void
  /** A batch takes no more: its turn to be sent. */
  readonly full: (queue: PartitionQueue) => void
}

export class RecordOutput<T> {
  readonly #context: SubtaskContext
  readonly #options: RecordOutputOptions<T>
  readonly #formats: OpenFormats
  readonly #topics = new Map<string, TopicOutput>()
  readonly #opening = new Set<string>()
  #failure: unknown

  constructor(context: SubtaskContext, options: RecordOutputOptions<T>) {
    this.#context = context
    this.#options = options
    this.#formats = new OpenFormats(context)
  }

  get topics(): Iterable<TopicOutput> {
    return this.#topics.values()
  }

  get opening(): boolean {
    return this.#opening.size > 0
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /**
   * Takes a record; false where its topic is being opened, and it is to be given again. `nowMs`
   * is the time since 1970, read once for many records.
   */
  write(record: T, timestamp: number, nowMs: number): boolean {
    const { shape } = this.#options
    const name = typeof shape.topic === 'string' ? shape.topic : this.#topicOf(record)
    const topic = this.#topics.get(name)
    if (topic === undefined) {
      this.#open(name)
      return false
    }
    const key = this.#keyOf(topic, record)
    const value = shape.select === undefined ? record : shape.select(record)
    const headers = shape.headers === undefined ? undefined : headersOf(shape.headers(record))
    const writtenAt = this.#timestampOf(record, timestamp, nowMs)
    if (topic.valueText !== undefined) {
      const text = topic.valueText(value)
      const queue = this.#queueOf(topic, record, key, text.length)
      while (!queue.builder.appendText(key, text, headers, writtenAt)) this.#options.full(queue)
      this.#appended(queue)
      return true
    }
    const bytes = topic.value.encode(value) ?? undefined
    const queue = this.#queueOf(topic, record, key, bytes?.length ?? 0)
    while (!queue.builder.append(key, bytes, headers, writtenAt)) this.#options.full(queue)
    this.#appended(queue)
    return true
  }

  /** What is found is used from the next `grow` on. */
  lookForPartitions(): void {
    if (this.#topics.size === 0) return
    this.#options.counts.refreshLeaders().catch((error: unknown) => {
      this.#context.log.debug(`Nobody says what partitions there are: ${String(error)}`)
    })
  }

  /** Takes over what is known to have been added. Never within a transaction. */
  grow(): void {
    for (const topic of this.#topics.values()) {
      topic.grow(this.#options.counts.knownPartitionCountOf(topic.topic))
    }
  }

  close(): void {
    this.#formats.close()
    for (const topic of this.#topics.values()) {
      for (const queue of topic.queues) queue.builder.discard()
    }
  }

  #topicOf(record: T): string {
    const { topic } = this.#options.shape
    const name = (topic as (record: T) => string)(record)
    if (!this.#topics.has(name)) checkTopic(name)
    return name
  }

  #keyOf(topic: TopicOutput, record: T): Uint8Array | undefined {
    const { key } = this.#options.shape
    if (key === undefined) return undefined
    const given = key(record)
    return topic.key === undefined ? plainKey(given) : (topic.key.encode(given) ?? undefined)
  }

  #queueOf(
    topic: TopicOutput,
    record: T,
    key: Uint8Array | undefined,
    sizeBytes: number,
  ): PartitionQueue {
    const { partition } = this.#options.shape
    const { partitionCount } = topic
    const chosen =
      partition === undefined
        ? topic.partitionOf(key, sizeBytes)
        : checkPartition(partition(record, partitionCount), partitionCount, topic.topic)
    return topic.queue(chosen)
  }

  /** The event time where there is one; else the time of writing. */
  #timestampOf(record: T, eventTime: number, nowMs: number): number {
    const { timestamp } = this.#options.shape
    if (timestamp !== undefined) return timestamp(record)
    return eventTime >= 0 && Number.isInteger(eventTime) ? eventTime : nowMs
  }

  #appended(queue: PartitionQueue): void {
    queue.recordCount += 1
    if (queue.builder.recordCount === 1) queue.openedAtMs = this.#context.clock.monotonic()
    if (queue.builder.sizeBytes >= this.#options.limits.batchBytes) this.#options.full(queue)
  }

  #open(name: string): void {
    if (this.#opening.has(name)) return
    this.#opening.add(name)
    this.#opened(name).then(
      (topic) => {
        this.#topics.set(name, topic)
        this.#opening.delete(name)
        this.#options.moved()
      },
      (error: unknown) => {
        this.#failure = SluiceError.from(
          error,
          'SINK_FAILED',
          `Topic '${name}' cannot be written`,
        ).at({ step: this.#context.step })
        this.#opening.delete(name)
        this.#options.moved()
      },
    )
  }

  async #opened(topic: string): Promise<TopicOutput> {
    const { shape, limits, pool, opened, counts } = this.#options
    const partitionCount = await counts.partitionCountOf(topic)
    const { value, keyFormat } = shape
    return new TopicOutput({
      topic,
      partitionCount,
      subtask: this.#context.subtask,
      limits,
      pool,
      value: await this.#formats.encoder(value, { topic, part: 'value' }),
      valueText: textEncoderOf(value),
      key:
        keyFormat === undefined
          ? undefined
          : await this.#formats.encoder(keyFormat, { topic, part: 'key' }),
      opened,
    })
  }
}

function textEncoderOf(format: KafkaFormat<unknown>): ((value: unknown) => string) | undefined {
  return 'encodeText' in format ? format.encodeText?.bind(format) : undefined
}
