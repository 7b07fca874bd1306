// Topics, brokers, settings, and the offsets of groups.

import { createTopics, deleteTopics } from '../../../src/wire/message/topics.ts'
import { describeCluster } from '../../../src/wire/message/describe-cluster.ts'
import { describeConfigs } from '../../../src/wire/message/describe-configs.ts'
import { findCoordinator } from '../../../src/wire/message/find-coordinator.ts'
import { metadata } from '../../../src/wire/message/metadata.ts'
import { offsetCommit, offsetFetch } from '../../../src/wire/message/group-offsets.ts'
import { code } from '../error-code.ts'
import { partitionName, type SimulatedKafka } from '../simulated-kafka.ts'
import type { SimulatedTopic } from '../topic-registry.ts'
import { byTopic } from './by-topic.ts'
import { handler } from './handler.ts'

const zeroId = Buffer.alloc(16).toString('base64url')
const topicResource = 2
const topicName = /^[A-Za-z0-9._-]{1,249}$/

function described(cluster: SimulatedKafka, topic: SimulatedTopic) {
  return {
    errorCode: code.NONE,
    name: topic.name,
    topicId: topic.id,
    partitions: topic.partitions.map(({ leader, log }, partitionIndex) => {
      const isLed = cluster.isUp(leader)
      return {
        errorCode: isLed ? code.NONE : code.LEADER_NOT_AVAILABLE,
        partitionIndex,
        leaderId: isLed ? leader : -1,
        leaderEpoch: log.leaderEpoch,
        replicaNodes: [...cluster.nodes],
        isrNodes: [...cluster.liveNodes],
      }
    }),
  }
}

function topicDefaults({ messageMaxBytes }: SimulatedKafka): [string, string][] {
  return [
    ['cleanup.policy', 'delete'],
    ['max.message.bytes', String(messageMaxBytes)],
  ]
}

function settingsOf(
  cluster: SimulatedKafka,
  type: number,
  name: string,
): ReadonlyMap<string, string> | undefined {
  if (type === topicResource) {
    const own = cluster.topics.find(name)?.configs
    return own && new Map([...topicDefaults(cluster), ...own])
  }
  return new Map([
    ['transaction.max.timeout.ms', String(cluster.maxTransactionTimeoutMs)],
    ['message.max.bytes', String(cluster.messageMaxBytes)],
  ])
}

export const clusterHandlers = [
  handler(metadata, (cluster, { topics }) => ({
    brokers: cluster.liveNodes.map((nodeId) => ({ nodeId, ...cluster.address(nodeId) })),
    clusterId: 'simulated',
    controllerId: cluster.liveNodes[0] ?? -1,
    topics:
      topics === null
        ? cluster.topics.all.map((topic) => described(cluster, topic))
        : topics.map(({ name, topicId }) => {
            const topic =
              name === null ? cluster.topics.findById(topicId) : cluster.topics.find(name)
            if (topic !== undefined) return described(cluster, topic)
            const errorCode =
              name === null ? code.UNKNOWN_TOPIC_ID : code.UNKNOWN_TOPIC_OR_PARTITION
            return { errorCode, name, topicId: topicId || zeroId, partitions: [] }
          }),
  })),
  handler(describeCluster, (cluster) => ({
    errorCode: code.NONE,
    clusterId: 'simulated',
    brokers: cluster.liveNodes.map((brokerId) => ({ brokerId, ...cluster.address(brokerId) })),
  })),
  handler(findCoordinator, (cluster, { coordinatorKeys }) => ({
    coordinators: coordinatorKeys.map((key) => {
      const node = cluster.coordinatorOf(key)
      return node === undefined
        ? { key, nodeId: -1, host: '', port: -1, errorCode: code.COORDINATOR_NOT_AVAILABLE }
        : { key, nodeId: node, ...cluster.address(node), errorCode: code.NONE }
    }),
  })),
  handler(describeConfigs, (cluster, { resources }) => ({
    results: resources.map(({ resourceType, resourceName, configurationKeys }) => {
      const settings = settingsOf(cluster, resourceType, resourceName)
      const configs = [...(settings ?? [])]
        .filter(([name]) => configurationKeys?.includes(name) ?? true)
        .map(([name, value]) => ({ name, value, readOnly: false, isSensitive: false }))
      const errorCode = settings === undefined ? code.UNKNOWN_TOPIC_OR_PARTITION : code.NONE
      return { errorCode, resourceType, resourceName, configs }
    }),
  })),
  handler(createTopics, (cluster, { topics, validateOnly }) => ({
    topics: topics.map(({ name, numPartitions, replicationFactor, configs }) => {
      const refused = (errorCode: number) => ({ name, topicId: zeroId, errorCode })
      if (!topicName.test(name)) return refused(code.INVALID_TOPIC_EXCEPTION)
      if (cluster.topics.find(name) !== undefined) {
        return refused(code.TOPIC_ALREADY_EXISTS)
      }
      if (numPartitions === 0) return refused(code.INVALID_PARTITIONS)
      if (replicationFactor === 0 || replicationFactor > cluster.nodes.length) {
        return refused(code.INVALID_REPLICATION_FACTOR)
      }
      if (validateOnly) return refused(code.NONE)
      const settings = configs.map((each): [string, string] => [each.name, each.value ?? ''])
      const topic = cluster.topics.create(name, Math.max(1, numPartitions), settings)
      return { name, topicId: topic.id, errorCode: code.NONE }
    }),
  })),
  handler(deleteTopics, (cluster, { topics }) => ({
    responses: topics.map(({ name, topicId }) => {
      const topic = name === null ? cluster.topics.findById(topicId) : cluster.topics.find(name)
      const deleted = topic !== undefined && cluster.topics.delete(topic.name)
      const unknown = name === null ? code.UNKNOWN_TOPIC_ID : code.UNKNOWN_TOPIC_OR_PARTITION
      const errorCode = deleted ? code.NONE : unknown
      return { name, topicId: topic?.id ?? topicId, errorCode }
    }),
  })),
  handler(offsetCommit, (cluster, { groupId, topics }, { node }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, ...position }) => {
        if (cluster.coordinatorOf(groupId) !== node) {
          return { partitionIndex, errorCode: code.NOT_COORDINATOR }
        }
        if (cluster.topics.find(name)?.partitions[partitionIndex] === undefined) {
          return { partitionIndex, errorCode: code.UNKNOWN_TOPIC_OR_PARTITION }
        }
        const offsets = cluster.groups.get(groupId) ?? new Map()
        offsets.set(partitionName(name, partitionIndex), position)
        cluster.groups.set(groupId, offsets)
        return { partitionIndex, errorCode: code.NONE }
      }),
    })),
  })),
  handler(offsetFetch, (cluster, { groups }, { node }) => ({
    groups: groups.map(({ groupId, topics }) => {
      if (cluster.coordinatorOf(groupId) !== node) {
        return { groupId, topics: [], errorCode: code.NOT_COORDINATOR }
      }
      const offsets = cluster.groups.get(groupId)
      const asked =
        topics ??
        byTopic(offsets?.keys() ?? []).map(({ topic: name, partitions }) => ({
          name,
          partitionIndexes: partitions,
        }))
      return {
        groupId,
        errorCode: code.NONE,
        topics: asked.map(({ name, partitionIndexes }) => ({
          name,
          partitions: partitionIndexes.map((partitionIndex) => {
            const known = offsets?.get(partitionName(name, partitionIndex))
            return {
              partitionIndex,
              committedOffset: known?.committedOffset ?? -1,
              committedLeaderEpoch: known?.committedLeaderEpoch ?? -1,
              metadata: known?.committedMetadata ?? '',
              errorCode: code.NONE,
            }
          }),
        })),
      }
    }),
  })),
]
