// What a writer of transactions asks of the cluster besides writing.

import type { TransactionVersion } from '../../transaction/answers.ts'
import type { PartitionQueue } from '../writing/partition-queue.ts'
import type { Producer } from '../writing/producer.ts'
import type { ProduceTransport } from '../writing/produce-transport.ts'
import type { TopicCounts } from '../writing/topic-counts.ts'

/** InitProducerId may have been sent, and was not answered. */
export class UnansweredProducer extends Error {
  constructor(cause: unknown) {
    super('InitProducerId was not answered', { cause })
    this.name = 'UnansweredProducer'
  }
}

export interface TransactionClient extends ProduceTransport, TopicCounts {
  readonly version: TransactionVersion
  /**
   * A producer for an id, with the epoch that follows the last one. Rejects with
   * `UnansweredProducer` where it is not known whether the broker did it.
   */
  initialize(transactionalId: string, timeoutMs: number): Promise<Omit<Producer, 'transactionalId'>>
  /** Version 1: these partitions belong to the transaction. */
  addPartitions(producer: Producer, queues: readonly PartitionQueue[]): Promise<void>
}
