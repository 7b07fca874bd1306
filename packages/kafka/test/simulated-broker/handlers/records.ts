// Records written, read and looked up.

import { fetch } from '../../../src/wire/message/fetch.ts'
import { listOffsets, offsetForLeaderEpoch } from '../../../src/wire/message/offsets.ts'
import { produce } from '../../../src/wire/message/produce.ts'
import type { RequestOf, ResponseInput } from '../../../src/wire/codec/define-api.ts'
import { BatchHeader } from '../../../src/records/batch-header.ts'
import { code } from '../error-code.ts'
import { partitionName, type SimulatedKafka } from '../simulated-kafka.ts'
import type { SimulatedPartition } from '../topic-registry.ts'
import { type Asked, handler } from './handler.ts'

/** From this version of Produce on the broker adds partitions to the transaction itself. */
const addsPartitions = 12

/** What stands for a time in ListOffsets. */
const [latest, earliest, ofGreatestTime] = [-1, -2, -3]

const header = new BatchHeader()

function produced(
  cluster: SimulatedKafka,
  transactionalId: string | null,
  topic: string,
  index: number,
  records: Uint8Array | null,
  { node, version }: Asked,
): { readonly errorCode: number; readonly baseOffset: number } {
  const failed = (errorCode: number) => ({ errorCode, baseOffset: -1 })
  const partition = cluster.topics.find(topic)?.partitions[index]
  if (partition === undefined) return failed(code.UNKNOWN_TOPIC_OR_PARTITION)
  if (partition.leader !== node) return failed(code.NOT_LEADER_OR_FOLLOWER)
  if (records === null || records.length === 0) return failed(code.CORRUPT_MESSAGE)
  header.read(records, 0)
  const { producerId, producerEpoch } = header
  if (header.isTransactional) {
    if (transactionalId === null) return failed(code.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    const { transactions } = cluster
    const name = partitionName(topic, index)
    if (version >= addsPartitions) {
      const error = transactions.addPartitions(transactionalId, producerId, producerEpoch, [name])
      if (error !== undefined) {
        return failed(error === code.PRODUCER_FENCED ? code.INVALID_PRODUCER_EPOCH : error)
      }
    } else {
      const error = transactions.verify(transactionalId, producerId, producerEpoch, name)
      if (error !== undefined) return failed(error)
    }
  }
  const result = partition.log.append(records, cluster.messageMaxBytes, version >= addsPartitions)
  return 'error' in result
    ? failed(result.error)
    : { errorCode: code.NONE, baseOffset: result.baseOffset }
}

type FetchRequest = RequestOf<typeof fetch>
type FetchAnswer = ResponseInput<typeof fetch>
type PartitionAsked = FetchRequest['topics'][number]['partitions'][number]
type PartitionAnswer = FetchAnswer['responses'][number]['partitions'][number]

function errorOfLeader(
  partition: SimulatedPartition,
  currentLeaderEpoch: number,
  node: number,
): number | undefined {
  if (partition.leader !== node) return code.NOT_LEADER_OR_FOLLOWER
  const { leaderEpoch } = partition.log
  if (currentLeaderEpoch < 0 || currentLeaderEpoch === leaderEpoch) return undefined
  return currentLeaderEpoch < leaderEpoch ? code.FENCED_LEADER_EPOCH : code.UNKNOWN_LEADER_EPOCH
}

function fetchedPartition(
  cluster: SimulatedKafka,
  topicId: string,
  asked: PartitionAsked,
  committedOnly: boolean,
  node: number,
): PartitionAnswer {
  const { partition: partitionIndex, fetchOffset, lastFetchedEpoch } = asked
  const failed = (errorCode: number, log?: SimulatedPartition['log']): PartitionAnswer => ({
    partitionIndex,
    errorCode,
    highWatermark: log?.highWatermark ?? -1,
    lastStableOffset: log?.lastStableOffset ?? -1,
    logStartOffset: log?.logStart ?? -1,
    records: null,
  })
  const topic = cluster.topics.findById(topicId)
  if (topic === undefined) return failed(code.UNKNOWN_TOPIC_ID)
  const partition = topic.partitions[partitionIndex]
  if (partition === undefined) return failed(code.UNKNOWN_TOPIC_OR_PARTITION)
  const error = errorOfLeader(partition, asked.currentLeaderEpoch, node)
  if (error !== undefined) return failed(error)
  const { log } = partition
  if (lastFetchedEpoch >= 0) {
    const found = log.endOfEpoch(lastFetchedEpoch)
    if (found.epoch < 0) return failed(code.OFFSET_OUT_OF_RANGE)
    if (found.endOffset < fetchOffset || found.epoch < lastFetchedEpoch) {
      return { ...failed(code.NONE, log), divergingEpoch: found }
    }
  }
  if (fetchOffset < log.logStart || fetchOffset > log.highWatermark) {
    return failed(code.OFFSET_OUT_OF_RANGE)
  }
  const { bytes, aborted } = log.fetch(fetchOffset, asked.partitionMaxBytes, committedOnly)
  return {
    ...failed(code.NONE, log),
    abortedTransactions: committedOnly ? [...aborted] : null,
    records: bytes,
  }
}

function fetched(cluster: SimulatedKafka, request: FetchRequest, node: number) {
  let sizeBytes = 0
  let hasError = false
  const responses = request.topics.map(({ topicId, partitions }) => ({
    topicId,
    partitions: partitions.map((asked) => {
      const left = request.maxBytes - sizeBytes
      const limited = { ...asked, partitionMaxBytes: Math.min(asked.partitionMaxBytes, left) }
      const isCommitted = request.isolationLevel === 1
      const answer = fetchedPartition(cluster, topicId, limited, isCommitted, node)
      // Only the first partition with records is answered with more than was asked for.
      if (left <= 0 && sizeBytes > 0) return { ...answer, records: new Uint8Array() }
      sizeBytes += answer.records?.length ?? 0
      hasError ||= answer.errorCode !== code.NONE || answer.divergingEpoch !== undefined
      return answer
    }),
  }))
  return { answer: { errorCode: code.NONE, responses }, sizeBytes, hasError }
}

export const recordHandlers = [
  handler(produce, (cluster, { transactionalId, topicData }, asked) => ({
    responses: topicData.map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index, records }) => ({
        index,
        ...produced(cluster, transactionalId, name, index, records, asked),
      })),
    })),
  })),
  handler(fetch, async (cluster, request, { node }) => {
    const untilMs = cluster.clock.monotonic() + request.maxWaitMs
    for (;;) {
      const { answer, sizeBytes, hasError } = fetched(cluster, request, node)
      const leftMs = untilMs - cluster.clock.monotonic()
      if (sizeBytes >= request.minBytes || hasError || leftMs <= 0) return answer
      await cluster.growth.wait(leftMs)
    }
  }),
  handler(listOffsets, (cluster, { topics, isolationLevel }, { node }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, currentLeaderEpoch, timestamp }) => {
        const partition = cluster.topics.find(name)?.partitions[partitionIndex]
        if (partition === undefined) {
          return { partitionIndex, errorCode: code.UNKNOWN_TOPIC_OR_PARTITION }
        }
        const error = errorOfLeader(partition, currentLeaderEpoch, node)
        if (error !== undefined) return { partitionIndex, errorCode: error }
        const { log } = partition
        const end = isolationLevel === 1 ? log.lastStableOffset : log.highWatermark
        const found = { partitionIndex, errorCode: code.NONE, leaderEpoch: log.leaderEpoch }
        if (timestamp === latest) return { ...found, offset: end }
        if (timestamp === earliest) return { ...found, offset: log.logStart }
        const record =
          timestamp === ofGreatestTime ? log.greatestTime() : log.firstAtOrAfter(timestamp)
        return record === undefined || record.offset >= end ? found : { ...found, ...record }
      }),
    })),
  })),
  handler(offsetForLeaderEpoch, (cluster, { topics }, { node }) => ({
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch }) => {
        const partition = cluster.topics.find(topic)?.partitions[index]
        if (partition === undefined) {
          return { partition: index, errorCode: code.UNKNOWN_TOPIC_OR_PARTITION }
        }
        const error = errorOfLeader(partition, currentLeaderEpoch, node)
        if (error !== undefined) return { partition: index, errorCode: error }
        const { epoch, endOffset } = partition.log.endOfEpoch(leaderEpoch)
        return { partition: index, errorCode: code.NONE, leaderEpoch: epoch, endOffset }
      }),
    })),
  })),
]
