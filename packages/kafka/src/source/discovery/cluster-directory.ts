// The questions of the enumerator, asked of a real cluster.

import { ClusterClient, type ClusterContext } from '../../cluster/cluster-client.ts'
import type { TopicPlace } from '../../cluster/cluster-map.ts'
import type { ClusterOptions } from '../../cluster/cluster-options.ts'
import { offsetFetch } from '../../wire/message/group-offsets.ts'
import { listOffsets } from '../../wire/message/offsets.ts'
import { partitionText, type TopicPartition } from '../partition/kafka-split.ts'
import type {
  FoundOffset,
  OffsetQuery,
  PartitionDirectory,
  TopicFacts,
} from './partition-directory.ts'

const LATEST = -1
const EARLIEST = -2

/** Offsets of one end of a partition, or of a time. */
export async function findOffset(
  client: ClusterClient,
  partition: TopicPartition,
  at: OffsetQuery,
  committedOnly: boolean,
): Promise<FoundOffset | undefined> {
  const { topic, topicId, partition: partitionIndex } = partition
  const timestamp = at === 'latest' ? LATEST : at === 'earliest' ? EARLIEST : at.timestamp
  const answer = await client.ask(
    { kind: 'leader', topicId, partition: partitionIndex },
    listOffsets,
    {
      isolationLevel: committedOnly ? 1 : 0,
      topics: [{ name: topic, partitions: [{ partitionIndex, timestamp }] }],
    },
    {
      what: `Finding an offset of partition ${partitionText(partition)}`,
      codeOf: ({ topics }) => topics[0]?.partitions[0]?.errorCode ?? 0,
    },
  )
  const found = answer.topics[0]?.partitions[0]
  if (found === undefined || found.offset < 0) return undefined
  // Only of the end is it known that the record before it has this epoch, or an older one.
  return { offset: found.offset, leaderEpoch: -1 }
}

export class ClusterDirectory implements PartitionDirectory {
  readonly #client: ClusterClient
  readonly #committedOnly: boolean

  constructor(context: ClusterContext, options: ClusterOptions, committedOnly: boolean) {
    this.#client = new ClusterClient(context, options)
    this.#committedOnly = committedOnly
  }

  async topics(names: readonly string[]): Promise<readonly TopicFacts[]> {
    const found = await this.#client.topics(names)
    return [...found.values()].map(factsOf)
  }

  async allTopics(): Promise<readonly TopicFacts[]> {
    return (await this.#client.allTopics()).map(factsOf)
  }

  offsets(
    asked: readonly (TopicPartition & { readonly at: OffsetQuery })[],
  ): Promise<readonly (FoundOffset | undefined)[]> {
    return Promise.all(
      asked.map((each) => findOffset(this.#client, each, each.at, this.#committedOnly)),
    )
  }

  async committed(
    group: string,
    asked: readonly TopicPartition[],
  ): Promise<readonly (FoundOffset | undefined)[]> {
    const byTopic = Map.groupBy(asked, ({ topic }) => topic)
    const topics = [...byTopic].map(([name, own]) => ({
      name,
      partitionIndexes: own.map(({ partition }) => partition),
    }))
    const answer = await this.#client.ask(
      { kind: 'group', id: group },
      offsetFetch,
      { groups: [{ groupId: group, topics }], requireStable: true },
      {
        what: `Reading what group '${group}' has committed`,
        codeOf: ({ groups }) =>
          groups[0]?.errorCode ||
          groups[0]?.topics.flatMap((each) => each.partitions).find((each) => each.errorCode !== 0)
            ?.errorCode ||
          0,
      },
    )
    const known = new Map<string, FoundOffset>()
    for (const { name, partitions } of answer.groups[0]?.topics ?? []) {
      for (const { partitionIndex, committedOffset, committedLeaderEpoch } of partitions) {
        if (committedOffset < 0) continue
        const position = { offset: committedOffset, leaderEpoch: committedLeaderEpoch }
        known.set(`${name}/${partitionIndex}`, position)
      }
    }
    return asked.map(({ topic, partition }) => known.get(`${topic}/${partition}`))
  }

  close(): void {
    this.#client.close()
  }
}

function factsOf({ topic, topicId, partitions }: TopicPlace): TopicFacts {
  return { topic, topicId, partitions: partitions.length }
}
