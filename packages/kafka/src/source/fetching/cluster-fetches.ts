// What reading partitions asks of the cluster, asked of a real one. Fetches have connections of
// their own, so that one that waits holds up nothing else.

import type { SluiceError } from '@sluice/core/connector'
import { BrokerRefusal, requestFailure } from '../../cluster/broker-refusal.ts'
import { ClusterClient, type ClusterContext } from '../../cluster/cluster-client.ts'
import { placeOf } from '../../cluster/cluster-map.ts'
import type { ClusterOptions } from '../../cluster/cluster-options.ts'
import type { RequestInput, ResponseOf } from '../../wire/codec/define-api.ts'
import { fetch } from '../../wire/message/fetch.ts'
import { offsetCommit } from '../../wire/message/group-offsets.ts'
import { findOffset } from '../discovery/cluster-directory.ts'
import type { FetchClient } from './fetch-client.ts'
import type { GroupClient } from '../group-offsets.ts'
import { type KafkaSplit, partitionText, type TopicPartition } from '../partition/kafka-split.ts'

export class ClusterFetches implements FetchClient {
  readonly #client: ClusterClient
  /** Topics that are read, by name. */
  readonly #topics = new Set<string>()

  constructor(context: ClusterContext, options: ClusterOptions) {
    this.#client = new ClusterClient(context, options)
  }

  leaderOf({ topic, topicId, partition }: TopicPartition) {
    this.#topics.add(topic)
    const place = placeOf(this.#client.map, topicId, partition)
    if (place === undefined || place.leader < 0) return undefined
    return { node: place.leader, epoch: place.leaderEpoch }
  }

  async refreshLeaders(): Promise<void> {
    await this.#client.topics([...this.#topics])
  }

  async fetch(
    node: number,
    request: RequestInput<typeof fetch>,
  ): Promise<ResponseOf<typeof fetch>> {
    const session = await this.#client.session({ kind: 'broker', nodeId: node }, 'fetch')
    return await session.send(fetch, request)
  }

  async topicIdOf(topic: string): Promise<string | undefined> {
    const found = await this.#client.topics([topic])
    return found.get(topic)?.topicId
  }

  async ends(partition: TopicPartition): Promise<{ earliest: number; latest: number }> {
    const [earliest, latest] = await Promise.all([
      findOffset(this.#client, partition, 'earliest', false),
      findOffset(this.#client, partition, 'latest', false),
    ])
    return { earliest: earliest?.offset ?? 0, latest: latest?.offset ?? 0 }
  }

  errorOf(errorCode: number, partition: TopicPartition): SluiceError {
    const what = `Reading partition ${partitionText(partition)}`
    return requestFailure(what, new BrokerRefusal(what, errorCode))
  }

  close(): void {
    this.#client.close()
  }
}

export class ClusterGroup implements GroupClient {
  readonly #client: ClusterClient
  readonly #group: string

  constructor(context: ClusterContext, options: ClusterOptions, group: string) {
    this.#client = new ClusterClient(context, options)
    this.#group = group
  }

  async commit(splits: readonly KafkaSplit[]): Promise<void> {
    const byTopic = Map.groupBy(splits, ({ topic }) => topic)
    const topics = [...byTopic].map(([name, own]) => ({
      name,
      partitions: own.map(({ partition, offset, leaderEpoch }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch,
      })),
    }))
    await this.#client.ask(
      { kind: 'group', id: this.#group },
      offsetCommit,
      { groupId: this.#group, topics },
      {
        what: `Telling group '${this.#group}' how far the job is`,
        codeOf: (answer) =>
          answer.topics.flatMap((each) => each.partitions).find((each) => each.errorCode !== 0)
            ?.errorCode ?? 0,
        deadlineMs: 10_000,
      },
    )
  }

  close(): void {
    this.#client.close()
  }
}
