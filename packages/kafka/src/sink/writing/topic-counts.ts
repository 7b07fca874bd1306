// How many partitions the topics have that are written: asked when a topic is opened, and looked at
// again now and then, for partitions may be added while a job runs.

/** As often as Kafka's own producer does it unless told otherwise (`metadata.max.age.ms`). */
export const lookForPartitionsMs = 300_000

export interface TopicCounts {
  /** How many partitions a topic has; KAFKA_TOPIC_MISSING where there is none. */
  partitionCountOf(topic: string): Promise<number>
  /** What is known of it now; undefined where nothing is. */
  knownPartitionCountOf(topic: string): number | undefined
  /** Asks who leads what, and so how much there is; rejects where nobody answers. */
  refreshLeaders(): Promise<void>
  close(): void
}
