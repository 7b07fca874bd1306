// How far readers of committed records are held up in a partition, and by which producers: the last
// stable offset is where the oldest open transaction begins, and nobody reads on from there.

import { SluiceError } from '@sluice/core/connector'
import type { ClusterClient } from '../cluster/cluster-client.ts'
import { findOffset } from '../source/discovery/cluster-directory.ts'
import { partitionText, type TopicPartition } from '../source/partition/kafka-split.ts'
import { describeProducers } from '../wire/message/transaction-listing.ts'

/** A producer with a transaction open in a partition. */
export interface OpenProducer {
  readonly producerId: number
  readonly epoch: number
  /** The first offset of its transaction here. */
  readonly firstOffset: number
  /** When it last wrote here, by the clock of whoever gave its records their time. */
  readonly lastWroteAtMs: number
}

/** One partition, as far as it may be looked at. */
export interface PartitionHold {
  readonly topic: string
  readonly partition: number
  /** Readers of committed records get no further. */
  readonly lastStableOffset: number
  readonly highWatermark: number
  /** Between the two: records, also of others, and ends of transactions. */
  readonly heldOffsets: number
  /** Oldest first: the first one holds up, the others would then. Undefined: no right to ask. */
  readonly producers: readonly OpenProducer[] | undefined
}

/** Throws what asking the leader throws; a missing right to see producers is no error. */
export async function holdOf(client: ClusterClient, place: TopicPartition): Promise<PartitionHold> {
  const { topic, partition } = place
  const [stable, end, producers] = await Promise.all([
    findOffset(client, place, 'latest', true),
    findOffset(client, place, 'latest', false),
    openProducers(client, place),
  ])
  const lastStableOffset = stable?.offset ?? 0
  // Asked for at the same time, the end may be the older of the two answers.
  const highWatermark = Math.max(end?.offset ?? 0, lastStableOffset)
  const heldOffsets = highWatermark - lastStableOffset
  return { topic, partition, lastStableOffset, highWatermark, heldOffsets, producers }
}

async function openProducers(
  client: ClusterClient,
  { topic, topicId, partition }: TopicPartition,
): Promise<readonly OpenProducer[] | undefined> {
  try {
    const { topics } = await client.ask(
      { kind: 'leader', topicId, partition },
      describeProducers,
      { topics: [{ name: topic, partitionIndexes: [partition] }] },
      {
        what: `Asking for the producers of ${partitionText({ topic, topicId, partition })}`,
        codeOf: (answer) => answer.topics[0]?.partitions[0]?.errorCode ?? 0,
      },
    )
    const active = topics[0]?.partitions[0]?.activeProducers ?? []
    return active
      .filter(({ currentTxnStartOffset }) => currentTxnStartOffset >= 0)
      .map(({ producerId, producerEpoch, currentTxnStartOffset, lastTimestamp }) => ({
        producerId,
        epoch: producerEpoch,
        firstOffset: currentTxnStartOffset,
        lastWroteAtMs: lastTimestamp,
      }))
      .toSorted((left, right) => left.firstOffset - right.firstOffset)
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'KAFKA_FORBIDDEN') return undefined
    throw error
  }
}
