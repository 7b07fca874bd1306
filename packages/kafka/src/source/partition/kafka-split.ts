// A split of the Kafka source: one partition, with the position from which it is read. Its id holds
// the id of the topic, not its name: a topic that was deleted and made anew is another topic.

import type { SourceSplit } from '@sluice/core/connector'

/** Which partition of which topic. */
export interface TopicPartition {
  readonly topic: string
  /** The id that the cluster gave the topic when it was made. */
  readonly topicId: string
  readonly partition: number
}

/** A partition, and where it is read from. */
export interface KafkaSplit extends SourceSplit, TopicPartition {
  /** The offset of the next record. */
  readonly offset: number
  /**
   * The leader epoch of the record before it, -1 if none is known: with it the broker finds out
   * whether the log was cut below what was read.
   */
  readonly leaderEpoch: number
  /** Where reading ends: the first offset that is not read any more. */
  readonly stopAt?: number
}

/** The id of a partition's split. */
export function splitIdOf({ topicId, partition }: TopicPartition): string {
  return `${topicId}/${partition}`
}

/** `orders-3`, as tools of Kafka write it. */
export function partitionText({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
