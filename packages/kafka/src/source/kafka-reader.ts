// The reader of the Kafka source, one per subtask: reads its partitions in turn, and hands over
// only what has arrived already. Fetching is the business of `PartitionFetches`; this class says
// when there is room.

import type {
  Gauge,
  PollStatus,
  SourceBatch,
  SourceReader,
  SubtaskContext,
} from '@sluice/core/connector'
import type { GroupOffsets } from './group-offsets.ts'
import type { KafkaDeadLetter } from './partition/kafka-dead-letter.ts'
import { type KafkaSplit, partitionText } from './partition/kafka-split.ts'
import type { PartitionFetches } from './fetching/partition-fetches.ts'
import { PartitionReading, type ReadingOptions } from './partition/partition-reading.ts'
import { selects, type TopicSelection } from './discovery/topic-selection.ts'

export interface KafkaReaderOptions<T> {
  readonly selection: TopicSelection
  readonly reading: Omit<ReadingOptions<T>, 'wake'>
  /** Opens the connections of this reader. */
  readonly openFetches: (arrived: () => void) => PartitionFetches
  /** Undefined: no group is told. */
  readonly group: GroupOffsets | undefined
}

export class KafkaReader<T> implements SourceReader<T, KafkaSplit, KafkaDeadLetter> {
  readonly #context: SubtaskContext
  readonly #options: KafkaReaderOptions<T>
  readonly #readings = new Map<string, PartitionReading<T>>()
  /** In the order in which they are read; the first one is next. */
  #turn: PartitionReading<T>[] = []
  readonly #paused = new Set<string>()
  /** Splits that are not selected any more: they end without being read. */
  #dropped: KafkaSplit[] = []
  readonly #fetches: PartitionFetches
  /** By checkpoint, until it is complete or a later one is. */
  readonly #snapshots = new Map<number, readonly KafkaSplit[]>()
  readonly #lag: Gauge
  #noMore = false
  #closed = false
  #waiting: (() => void)[] = []

  constructor(context: SubtaskContext, options: KafkaReaderOptions<T>) {
    this.#context = context
    this.#options = options
    this.#fetches = options.openFetches(() => this.#arrived())
    this.#lag = context.metrics.gauge('records-lag')
  }

  addSplits(splits: readonly KafkaSplit[]): void {
    const reading = { ...this.#options.reading, wake: () => this.#wake() }
    for (const split of splits) {
      if (!selects(this.#options.selection, split)) {
        this.#context.log.warn(
          `Partition ${partitionText(split)} is not selected any more and is not read on.`,
          { step: this.#context.step },
        )
        this.#dropped.push(split)
        continue
      }
      const added = new PartitionReading(split, reading)
      this.#readings.set(split.id, added)
      this.#turn.push(added)
      this.#fetches.add(added)
    }
    this.#wake()
  }

  noMoreSplits(): void {
    this.#noMore = true
    this.#wake()
  }

  poll(batch: SourceBatch<T, KafkaDeadLetter>): PollStatus {
    this.#fetches.throwFailure()
    const dropped = this.#dropped.pop()
    if (dropped !== undefined) {
      batch.split = dropped.id
      batch.splitFinished = true
      return 'more'
    }
    for (let tries = this.#turn.length; tries > 0; tries--) {
      const reading = this.#turn.shift() as PartitionReading<T>
      this.#turn.push(reading)
      if (!reading.hasInput || this.#paused.has(reading.split.id)) continue
      reading.fill(batch)
      if (reading.finished) this.#finish(reading, batch)
      // There may be room now for more of it.
      this.#fetches.schedule()
      return 'more'
    }
    if (this.#noMore && this.#readings.size === 0) return 'end'
    return 'wait'
  }

  async ready(): Promise<void> {
    if (this.#closed || this.#hasWork) return
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  snapshot(checkpoint: number): KafkaSplit[] {
    const splits = [...this.#readings.values()].map((reading) => reading.snapshot())
    if (this.#options.group !== undefined) this.#snapshots.set(checkpoint, splits)
    return [...splits, ...this.#dropped]
  }

  /**
   * A partition that is behind its end has more, whether its broker can be reached or not; so has
   * one whose newest records belong to a transaction that is open.
   */
  silentSplits(): string[] {
    return this.#turn.filter((reading) => reading.caughtUp).map(({ split }) => split.id)
  }

  pauseSplits(splits: readonly string[]): void {
    for (const id of splits) this.#paused.add(id)
  }

  resumeSplits(splits: readonly string[]): void {
    for (const id of splits) this.#paused.delete(id)
    this.#wake()
  }

  checkpointCompleted(checkpoint: number): void {
    const splits = this.#snapshots.get(checkpoint)
    for (const known of this.#snapshots.keys()) {
      if (known <= checkpoint) this.#snapshots.delete(known)
    }
    if (splits !== undefined) this.#options.group?.commit(splits)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#fetches.close()
    this.#options.group?.close()
    this.#options.reading.decoder.close()
    this.#wake()
  }

  get #hasWork(): boolean {
    if (this.#fetches.failed || this.#dropped.length > 0) return true
    if (this.#noMore && this.#readings.size === 0) return true
    return this.#turn.some((reading) => reading.hasInput && !this.#paused.has(reading.split.id))
  }

  #finish(reading: PartitionReading<T>, batch: SourceBatch<T, KafkaDeadLetter>): void {
    const { id } = reading.split
    this.#readings.delete(id)
    this.#turn = this.#turn.filter((each) => each !== reading)
    this.#fetches.remove(reading)
    batch.split = id
    batch.splitFinished = true
  }

  #arrived(): void {
    this.#lag.set(this.#turn.reduce((sum, reading) => sum + reading.lag, 0))
    this.#wake()
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
