// The writer of `commit: 'staged'`, one per subtask: records are kept with the checkpoint, and sent
// when it is complete. Until then no broker hears of them.

import {
  type Committable,
  type SinkWriter,
  SluiceError,
  type StagedSegment,
  type WriterContext,
} from '@sluice/core/connector'
import { BufferPool } from '../../records/buffer-pool.ts'
import { encodeStaged } from '../../transaction/committable.ts'
import { formatTransactionalId } from '../../transaction/transactional-id.ts'
import type { PartitionQueue } from '../writing/partition-queue.ts'
import { RecordOutput } from '../writing/record-output.ts'
import { lookForPartitionsMs, type TopicCounts } from '../writing/topic-counts.ts'
import { stagedHeading } from './staged-batches.ts'
import type { WritingOptions } from '../writing/writing-options.ts'

/** A segment is read whole when it is committed. */
const segmentBytes = 8 * 1024 * 1024

export class StagedWriter<T> implements SinkWriter<T> {
  readonly #context: WriterContext
  readonly #options: WritingOptions<T>
  readonly #cluster: TopicCounts
  readonly #pool: BufferPool
  readonly #output: RecordOutput<T>
  readonly #queues: PartitionQueue[] = []
  /** Sealed and not staged yet. */
  #chunks: Uint8Array[] = []
  #chunkBytes = 0
  #staged: Promise<StagedSegment>[] = []
  #stagingBytes = 0
  #failure: SluiceError | undefined
  #previous = 0
  #waiting: (() => void)[] = []
  #cancelLook: () => void = () => {}

  constructor(context: WriterContext, options: WritingOptions<T>, cluster: TopicCounts) {
    this.#context = context
    this.#options = options
    this.#cluster = cluster
    this.#pool = new BufferPool(options.bufferBytes)
    this.#output = new RecordOutput(context, {
      shape: options.shape,
      limits: options.limits,
      compression: options.compression,
      pool: this.#pool,
      counts: cluster,
      opened: (queue) => this.#queues.push(queue),
      moved: () => this.#wake(),
      full: (queue) => this.#seal(queue),
    })
    this.#lookForPartitions()
  }

  write(records: readonly T[], timestamps: Float64Array, from: number, length: number): number {
    this.#throwFailure()
    const nowMs = this.#context.clock.now()
    let index = from
    while (index < length && this.#stagingBytes < this.#options.bufferBytes) {
      if (!this.#output.write(records[index] as T, timestamps[index] as number, nowMs)) break
      index++
    }
    return index - from
  }

  async ready(): Promise<void> {
    while (this.#failure === undefined && this.#isBusy) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async prepareCommit(checkpoint: number): Promise<readonly Committable[]> {
    this.#throwFailure()
    for (const queue of this.#queues) if (queue.builder.recordCount > 0) this.#seal(queue)
    this.#stage()
    const staged = await Promise.all(this.#staged)
    this.#throwFailure()
    this.#staged = []
    const partitions = this.#queues
      .filter(({ recordCount }) => recordCount > 0)
      .map(({ topic, partition, recordCount }) => ({ topic, partition, records: recordCount }))
    for (const queue of this.#queues) queue.begin()
    this.#output.grow()
    if (staged.length === 0) return []
    const { job, logId, sink, subtask } = this.#context
    const bytes = encodeStaged({
      transactionalId: formatTransactionalId({ kind: 'staged', job, logId, sink, subtask }),
      checkpoint,
      previous: this.#previous,
      records: partitions.reduce((sum, { records }) => sum + records, 0),
      partitions,
    })
    this.#previous = checkpoint
    return [{ part: `${subtask}`, bytes, staged }]
  }

  async close(): Promise<void> {
    this.#cancelLook()
    await Promise.allSettled(this.#staged)
    this.#output.close()
    this.#cluster.close()
    this.#wake()
  }

  #lookForPartitions(): void {
    this.#cancelLook = this.#context.timers.after(lookForPartitionsMs, () => {
      this.#output.lookForPartitions()
      this.#lookForPartitions()
    })
  }

  get #isBusy(): boolean {
    return this.#output.opening || this.#stagingBytes >= this.#options.bufferBytes
  }

  #seal(queue: PartitionQueue): void {
    const { topic, partition, builder } = queue
    const batch = builder.finish({
      producerId: -1,
      producerEpoch: -1,
      baseSequence: -1,
      isTransactional: true,
      compression: this.#options.compression,
    })
    this.#chunks.push(stagedHeading(topic, partition, batch.length), batch)
    this.#chunkBytes += batch.length
    if (this.#chunkBytes >= segmentBytes) this.#stage()
  }

  #stage(): void {
    const chunks = this.#chunks
    if (chunks.length === 0) return
    this.#chunks = []
    this.#chunkBytes = 0
    const staged = this.#keep(chunks)
    // Where the attempt ends first nobody waits for it.
    staged.catch(() => {})
    this.#staged.push(staged)
  }

  async #keep(chunks: readonly Uint8Array[]): Promise<StagedSegment> {
    const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    this.#stagingBytes += sizeBytes
    try {
      const staged = await this.#context.stage(chunks)
      for (const [index, chunk] of chunks.entries()) if (index % 2 === 1) this.#pool.give(chunk)
      return staged
    } catch (error) {
      const { sink } = this.#context
      this.#failure ??= SluiceError.from(error, 'SINK_FAILED', 'Records could not be staged', {
        sink,
      })
      throw this.#failure
    } finally {
      this.#stagingBytes -= sizeBytes
      this.#wake()
    }
  }

  #throwFailure(): void {
    this.#output.throwFailure()
    if (this.#failure !== undefined) throw this.#failure
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
