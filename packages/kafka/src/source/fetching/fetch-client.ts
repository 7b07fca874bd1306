// What reading partitions asks of the cluster.

import type { SluiceError } from '@sluice/core/connector'
import type { RequestInput, ResponseOf } from '../../wire/codec/define-api.ts'
import type { fetch } from '../../wire/message/fetch.ts'
import type { TopicPartition } from '../partition/kafka-split.ts'

export interface FetchClient {
  /** As far as it is known; undefined where nobody leads it, or that is not known yet. */
  leaderOf(partition: TopicPartition): { readonly node: number; readonly epoch: number } | undefined
  /** Asks who leads what; rejects where nobody answers. */
  refreshLeaders(): Promise<void>
  /** A fetch that waits holds up nothing but fetches of the same broker. */
  fetch(node: number, request: RequestInput<typeof fetch>): Promise<ResponseOf<typeof fetch>>
  /** The id that a topic of this name has now; undefined where there is none. */
  topicIdOf(topic: string): Promise<string | undefined>
  /** The earliest offset, and the one behind the last record. */
  ends(partition: TopicPartition): Promise<{ readonly earliest: number; readonly latest: number }>
  /** An error code of a broker that asking again does not change. */
  errorOf(errorCode: number, partition: TopicPartition): SluiceError
  close(): void
}
