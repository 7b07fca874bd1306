// Transactions and producers.

import {
  describeProducers,
  describeTransactions,
  listTransactions,
} from '../../../src/wire/message/transaction-listing.ts'
import {
  addPartitionsToTxn,
  endTxn,
  initProducerId,
} from '../../../src/wire/message/transactions.ts'
import { code } from '../error-code.ts'
import { partitionName, type SimulatedKafka } from '../simulated-kafka.ts'
import { type ProducerAnswer, transactionStates } from '../transaction-coordinator.ts'
import { byTopic } from './by-topic.ts'
import { handler } from './handler.ts'

const states = new Set<string>(transactionStates)
const none = { producerId: -1, producerEpoch: -1 }

function producerFields(answer: ProducerAnswer) {
  return 'error' in answer
    ? { errorCode: answer.error, ...none }
    : { errorCode: code.NONE, producerId: answer.producerId, producerEpoch: answer.epoch }
}

function isCoordinator(cluster: SimulatedKafka, id: string, node: number): boolean {
  return cluster.coordinatorOf(id) === node
}

export const transactionHandlers = [
  handler(initProducerId, (cluster, request, { node }) => {
    const { transactionalId, producerId, producerEpoch, transactionTimeoutMs } = request
    if (transactionalId === null) {
      return {
        errorCode: code.NONE,
        producerId: cluster.transactions.newProducerId(),
        producerEpoch: 0,
      }
    }
    if (!isCoordinator(cluster, transactionalId, node)) {
      return { errorCode: code.NOT_COORDINATOR, ...none }
    }
    const known = producerId < 0 ? undefined : { producerId, epoch: producerEpoch }
    return producerFields(
      cluster.transactions.initProducer(transactionalId, transactionTimeoutMs, known),
    )
  }),
  handler(addPartitionsToTxn, (cluster, request, { node }) => {
    const { transactionalId, producerId, producerEpoch, topics } = request
    const all = topics.flatMap(({ name, partitions }) =>
      partitions.map((partition) => ({ name, partition })),
    )
    const isThere = ({ name, partition }: { name: string; partition: number }): boolean =>
      cluster.topics.find(name)?.partitions[partition] !== undefined
    const lacking = all.some((each) => !isThere(each))
    const names = all.map(({ name, partition }) => partitionName(name, partition))
    const error = isCoordinator(cluster, transactionalId, node)
      ? lacking
        ? code.OPERATION_NOT_ATTEMPTED
        : cluster.transactions.addPartitions(transactionalId, producerId, producerEpoch, names)
      : code.NOT_COORDINATOR
    return {
      results: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map((partitionIndex) => ({
          partitionIndex,
          errorCode: isThere({ name, partition: partitionIndex })
            ? (error ?? code.NONE)
            : code.UNKNOWN_TOPIC_OR_PARTITION,
        })),
      })),
    }
  }),
  handler(endTxn, (cluster, request, { node, version }) => {
    const { transactionalId, producerId, producerEpoch, committed } = request
    if (!isCoordinator(cluster, transactionalId, node)) return { errorCode: code.NOT_COORDINATOR }
    const type = committed ? 'commit' : 'abort'
    const { transactions } = cluster
    return version < 5
      ? { errorCode: transactions.endByEpoch(transactionalId, producerId, producerEpoch, type) }
      : producerFields(transactions.endOne(transactionalId, producerId, producerEpoch, type))
  }),
  handler(describeTransactions, (cluster, { transactionalIds }, { node }) => ({
    transactionStates: transactionalIds.map((transactionalId) => {
      const found = cluster.transactions.find(transactionalId)
      const isHere = isCoordinator(cluster, transactionalId, node)
      if (found === undefined || !isHere) {
        return {
          errorCode: isHere ? code.TRANSACTIONAL_ID_NOT_FOUND : code.NOT_COORDINATOR,
          transactionalId,
          transactionState: '',
          transactionTimeoutMs: 0,
          transactionStartTimeMs: 0,
          producerId: 0,
          producerEpoch: 0,
          topics: [],
        }
      }
      return {
        errorCode: code.NONE,
        transactionalId,
        transactionState: found.state,
        transactionTimeoutMs: found.timeoutMs,
        transactionStartTimeMs: found.startMs,
        producerId: found.producerId,
        producerEpoch: found.epoch,
        topics: byTopic(found.partitions),
      }
    }),
  })),
  handler(listTransactions, (cluster, request, { node }) => {
    const { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern } = request
    const pattern = new RegExp(`^(?:${transactionalIdPattern ?? '.*'})$`)
    const nowMs = cluster.clock.now()
    return {
      errorCode: code.NONE,
      unknownStateFilters: stateFilters.filter((name) => !states.has(name)),
      transactionStates: [...cluster.transactions.transactions]
        .filter(({ id }) => isCoordinator(cluster, id, node) && pattern.test(id))
        .filter(({ state }) => stateFilters.length === 0 || stateFilters.includes(state))
        .filter(
          ({ producerId }) =>
            producerIdFilters.length === 0 || producerIdFilters.includes(producerId),
        )
        .filter(({ startMs }) => durationFilter < 0 || nowMs - startMs > durationFilter)
        .map(({ id, producerId, state }) => ({
          transactionalId: id,
          producerId,
          transactionState: state,
        })),
    }
  }),
  handler(describeProducers, (cluster, { topics }) => ({
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => {
        const log = cluster.topics.find(name)?.partitions[partitionIndex]?.log
        return {
          partitionIndex,
          errorCode: log === undefined ? code.UNKNOWN_TOPIC_OR_PARTITION : code.NONE,
          activeProducers: [...(log?.producers ?? [])].map(([producerId, state]) => ({
            producerId,
            producerEpoch: state.epoch,
            lastSequence: state.lastSequence,
            lastTimestamp: state.lastTimestamp,
            coordinatorEpoch: state.coordinatorEpoch,
            currentTxnStartOffset: state.openSince ?? -1,
          })),
        }
      }),
    })),
  })),
]
