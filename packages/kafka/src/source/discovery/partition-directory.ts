// What the enumerator asks of a cluster. Questions are asked again while the cluster is in motion;
// what comes out is an answer or an error that says what is wrong.

import type { TopicPartition } from '../partition/kafka-split.ts'

/** A topic as the cluster describes it. */
export interface TopicFacts {
  readonly topic: string
  readonly topicId: string
  readonly partitions: number
}

/** Where a partition is asked for: a time in milliseconds, or one of its ends. */
export type OffsetQuery = 'earliest' | 'latest' | { readonly timestamp: number }

/** An offset, and the leader epoch of the record before it where it is known, else -1. */
export interface FoundOffset {
  readonly offset: number
  readonly leaderEpoch: number
}

export interface PartitionDirectory {
  /** Of the names that are there; those that are not are left out. */
  topics(names: readonly string[]): Promise<readonly TopicFacts[]>
  /** All topics of which this job may know, without those that Kafka keeps for itself. */
  allTopics(): Promise<readonly TopicFacts[]>
  /**
   * In the order of what was asked. `latest` is the last stable offset where only committed records
   * are read. Undefined where no record is as young as the time that was asked for.
   */
  offsets(
    asked: readonly (TopicPartition & { readonly at: OffsetQuery })[],
  ): Promise<readonly (FoundOffset | undefined)[]>
  /** What a group has committed; undefined for partitions of which it has committed nothing. */
  committed(
    group: string,
    asked: readonly TopicPartition[],
  ): Promise<readonly (FoundOffset | undefined)[]>
  close(): void
}
