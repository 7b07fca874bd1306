// What is known of a cluster: brokers, topics, and who leads which partition. Values that are
// replaced, never changed. Of one topic id, knowledge only goes forward: an answer with an older
// leader epoch, or with fewer partitions, comes from a broker that lags behind.

import type { ResponseOf } from '../wire/codec/define-api.ts'
import type { metadata } from '../wire/message/metadata.ts'

export interface BrokerPlace {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

export interface PartitionPlace {
  readonly partition: number
  /** Number of the broker; -1 where there is none at the moment. */
  readonly leader: number
  readonly leaderEpoch: number
  /** All brokers that hold it. */
  readonly replicas: readonly number[]
}

export interface TopicPlace {
  readonly topic: string
  readonly topicId: string
  /** Kafka keeps it for itself. */
  readonly internal: boolean
  /** By number, without gaps. */
  readonly partitions: readonly PartitionPlace[]
}

export interface ClusterMap {
  readonly clusterId: string | null
  readonly controller: number
  readonly brokers: ReadonlyMap<number, BrokerPlace>
  /** By name. */
  readonly topics: ReadonlyMap<string, TopicPlace>
}

/** A leader that an answer of Produce or Fetch names. */
export interface LeaderNews {
  readonly topicId: string
  readonly partition: number
  readonly leader: number
  readonly leaderEpoch: number
  readonly brokers: readonly BrokerPlace[]
}

type MetadataAnswer = ResponseOf<typeof metadata>
type TopicAnswer = MetadataAnswer['topics'][number]

const unknownTopic = new Set([3, 100])

export const emptyMap: ClusterMap = {
  clusterId: null,
  controller: -1,
  brokers: new Map(),
  topics: new Map(),
}

/** Adds an answer. Topics that it does not name stay; those that it says are gone go. */
export function withAnswer(map: ClusterMap, answer: MetadataAnswer): ClusterMap {
  const topics = new Map(map.topics)
  for (const topic of answer.topics) {
    if (topic.name === null) continue
    if (unknownTopic.has(topic.errorCode)) topics.delete(topic.name)
    else if (topic.errorCode === 0) {
      topics.set(topic.name, newerOf(topics.get(topic.name), topicOf(topic.name, topic)))
    }
  }
  const brokers = answer.brokers.map((broker) => [broker.nodeId, broker] as const)
  return {
    clusterId: answer.clusterId,
    controller: answer.controllerId,
    brokers: new Map(brokers),
    topics,
  }
}

/** Adds what an answer said about one partition, if it is newer than what is known. */
export function withNews(map: ClusterMap, news: LeaderNews): ClusterMap {
  const brokers = new Map(map.brokers)
  for (const broker of news.brokers) brokers.set(broker.nodeId, broker)
  const topic = [...map.topics.values()].find(({ topicId }) => topicId === news.topicId)
  const known = topic?.partitions[news.partition]
  if (topic === undefined || known === undefined || known.leaderEpoch >= news.leaderEpoch) {
    return { ...map, brokers }
  }
  const { leader, leaderEpoch } = news
  const partitions = topic.partitions.with(news.partition, { ...known, leader, leaderEpoch })
  return { ...map, brokers, topics: new Map(map.topics).set(topic.topic, { ...topic, partitions }) }
}

/** Where a partition is; by id, so that a topic made anew is not taken for the old one. */
export function placeOf(
  map: ClusterMap,
  topicId: string,
  partition: number,
): PartitionPlace | undefined {
  for (const topic of map.topics.values()) {
    if (topic.topicId === topicId) return topic.partitions[partition]
  }
  return undefined
}

function topicOf(name: string, answer: TopicAnswer): TopicPlace {
  const partitions = answer.partitions.map((partition) => ({
    partition: partition.partitionIndex,
    leader: partition.leaderId,
    leaderEpoch: partition.leaderEpoch,
    replicas: partition.replicaNodes,
  }))
  partitions.sort((left, right) => left.partition - right.partition)
  return { topic: name, topicId: answer.topicId, internal: answer.isInternal, partitions }
}

function newerOf(known: TopicPlace | undefined, said: TopicPlace): TopicPlace {
  if (known === undefined || known.topicId !== said.topicId) return said
  const count = Math.max(known.partitions.length, said.partitions.length)
  const partitions = Array.from({ length: count }, (_, index) => {
    const before = known.partitions[index]
    const after = said.partitions[index]
    if (before === undefined || after === undefined) return (after ?? before) as PartitionPlace
    return after.leaderEpoch < before.leaderEpoch ? before : after
  })
  return { ...said, partitions }
}
