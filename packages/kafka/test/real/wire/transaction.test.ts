import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { kafka } from '../../../../../test/services/kafka/kafka.ts'
import { whyUnavailable } from '../../../../../test/services/provisioned.ts'
import { sharedService, uniqueName } from '../../../../../test/services/shared/shared-service.ts'
import { ClusterClient } from '../../../src/cluster/cluster-client.ts'
import { BufferPool } from '../../../src/records/buffer-pool.ts'
import { RecordBatchBuilder } from '../../../src/records/record-batch-builder.ts'
import type { BrokerSession } from '../../../src/wire/connection/broker-session.ts'
import { fetch } from '../../../src/wire/message/fetch.ts'
import { offsetCommit, offsetFetch } from '../../../src/wire/message/group-offsets.ts'
import { produce } from '../../../src/wire/message/produce.ts'
import { createTopics } from '../../../src/wire/message/topics.ts'
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
import { leadsFirstPartition } from '../../wire/wire-context.ts'
import { createNodePlatform } from '@sluice/runtime/internal'

const platform = createNodePlatform()
const why = await whyUnavailable(kafka)
const topic = uniqueName('wire')
const transactionalId = uniqueName('sluice/wire')

beforeEach(({ skip }) => skip(why !== undefined, why))

describe.each([
  ['kafka', 2, 12, 5],
  ['kafka with transaction version 1', 1, 11, 4],
] as const)('A transaction on %s', (service, level, produceVersion, endVersion) => {
  let client: ClusterClient
  let coordinator: BrokerSession
  let leader: BrokerSession
  let topicId = ''
  let producer = { producerId: -1, producerEpoch: -1 }

  beforeAll(async () => {
    if (why !== undefined) return
    const brokers = await sharedService(service)
    client = new ClusterClient(platform, { brokers, clientId: 'wire' })
    const made = await client.ask(
      { kind: 'any' },
      createTopics,
      { topics: [{ name: topic, numPartitions: 1, replicationFactor: 1 }], timeoutMs: 5000 },
      { what: 'Making a topic', codeOf: ({ topics }) => topics[0]?.errorCode ?? 0 },
    )
    topicId = made.topics[0]?.topicId ?? ''
    const begun = await client.ask(
      { kind: 'transaction', id: transactionalId },
      initProducerId,
      { transactionalId, transactionTimeoutMs: 60_000 },
      { what: 'Beginning', codeOf: ({ errorCode }) => errorCode },
    )
    producer = { producerId: begun.producerId, producerEpoch: begun.producerEpoch }
    coordinator = await client.session({ kind: 'transaction', id: transactionalId }, 'transaction')
    // A new topic is not known everywhere at once.
    while ((await client.topics([topic])).size === 0) await platform.timers.sleep(50)
    leader = await client.session({ kind: 'leader', topicId, partition: 0 }, 'produce')
    await leadsFirstPartition(leader, topic)
  }, 120_000)

  afterAll(() => client?.close())

  async function readCommitted(): Promise<{ bytes: number; stable: number; aborted: number }> {
    const { responses } = await leader.send(fetch, {
      maxWaitMs: 100,
      minBytes: 1,
      maxBytes: 1e6,
      isolationLevel: 1,
      topics: [{ topicId, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }] }],
    })
    const read = responses[0]?.partitions[0]
    expect(read?.errorCode).toBe(0)
    return {
      bytes: read?.records?.length ?? 0,
      stable: read?.lastStableOffset ?? -1,
      aborted: read?.abortedTransactions?.length ?? 0,
    }
  }

  test('is of the version that the cluster has finalized', () => {
    expect(leader.versions.featureLevel('transaction.version')).toBe(level)
  })

  test('is written, seen by all who ask after it, and committed', async () => {
    if (level === 1) {
      const added = await coordinator.send(addPartitionsToTxn, {
        transactionalId,
        ...producer,
        topics: [{ name: topic, partitions: [0] }],
      })
      expect(added.results).toEqual([
        { name: topic, partitions: [{ partitionIndex: 0, errorCode: 0 }] },
      ])
    }
    const limits = { batchBytes: 1e4, recordBytes: 1e4, messageBytes: 1e4 }
    const builder = new RecordBatchBuilder(limits, new BufferPool(0))
    builder.append(undefined, Buffer.from('hello'), undefined, Date.now())
    const records = builder.finish({
      ...producer,
      baseSequence: 0,
      isTransactional: true,
      compression: 'none',
    })
    const partitionData = [{ index: 0, records }]
    const written = await leader.send(
      produce,
      { transactionalId, acks: -1, timeoutMs: 5000, topicData: [{ name: topic, partitionData }] },
      { atMost: produceVersion },
    )
    expect(written.responses[0]?.partitionResponses).toMatchObject([
      { errorCode: 0, baseOffset: 0 },
    ])
    expect(await readCommitted()).toMatchObject({ bytes: 0, stable: 0 })
    const listed = await coordinator.send(listTransactions, { stateFilters: ['Ongoing'] })
    expect(listed.transactionStates).toContainEqual({
      transactionalId,
      producerId: producer.producerId,
      transactionState: 'Ongoing',
    })
    const described = await coordinator.send(describeTransactions, {
      transactionalIds: [transactionalId],
    })
    expect(described.transactionStates).toMatchObject([
      {
        errorCode: 0,
        transactionState: 'Ongoing',
        transactionTimeoutMs: 60_000,
        ...producer,
        topics: [{ topic, partitions: [0] }],
      },
    ])
    const producers = await leader.send(describeProducers, {
      topics: [{ name: topic, partitionIndexes: [0] }],
    })
    expect(producers.topics[0]?.partitions[0]?.activeProducers).toMatchObject([
      { ...producer, lastSequence: 0, currentTxnStartOffset: 0 },
    ])
    const ended = await coordinator.send(
      endTxn,
      { transactionalId, ...producer, committed: true },
      { atMost: endVersion },
    )
    expect(ended).toMatchObject(
      level === 2
        ? { errorCode: 0, ...producer, producerEpoch: producer.producerEpoch + 1 }
        : { errorCode: 0, producerId: -1 },
    )
    await expect.poll(readCommitted).toMatchObject({ stable: 2, aborted: 0 })
    expect((await readCommitted()).bytes).toBeGreaterThan(records.length)
  })

  test('Offsets of a group are kept', async () => {
    const id = uniqueName('group')
    const target = { kind: 'group', id } as const
    const committed = await client.ask(
      target,
      offsetCommit,
      {
        groupId: id,
        topics: [
          {
            name: topic,
            partitions: [
              {
                partitionIndex: 0,
                committedOffset: 2,
                committedLeaderEpoch: 0,
                committedMetadata: 'm',
              },
            ],
          },
        ],
      },
      {
        what: 'Committing offsets',
        codeOf: ({ topics }) => topics[0]?.partitions[0]?.errorCode ?? 0,
      },
    )
    expect(committed.topics).toHaveLength(1)
    for (const atMost of [8, 9]) {
      const found = await client.ask(
        target,
        offsetFetch,
        { groups: [{ groupId: id, topics: null }], requireStable: true },
        { what: 'Asking for offsets', codeOf: ({ groups }) => groups[0]?.errorCode ?? 0, atMost },
      )
      expect(found.groups[0]?.topics[0]?.partitions).toMatchObject([
        { committedOffset: 2, committedLeaderEpoch: 0, metadata: 'm', errorCode: 0 },
      ])
    }
  })
})
