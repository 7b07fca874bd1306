import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { kafka } from '../../../../../test/services/kafka/kafka.ts'
import { whyUnavailable } from '../../../../../test/services/provisioned.ts'
import { sharedService, uniqueName } from '../../../../../test/services/shared/shared-service.ts'
import type { BrokerSession } from '../../../src/wire/connection/broker-session.ts'
import { connectBroker } from '../../../src/wire/connection/connect-broker.ts'
import { describeCluster } from '../../../src/wire/message/describe-cluster.ts'
import { describeConfigs } from '../../../src/wire/message/describe-configs.ts'
import { findCoordinator } from '../../../src/wire/message/find-coordinator.ts'
import { metadata } from '../../../src/wire/message/metadata.ts'
import { listOffsets, offsetForLeaderEpoch } from '../../../src/wire/message/offsets.ts'
import { createTopics, deleteTopics } from '../../../src/wire/message/topics.ts'
import { leadsFirstPartition, nodeContext, placeOf, plainOptions } from '../../wire/wire-context.ts'

const why = await whyUnavailable(kafka)

beforeEach(({ skip }) => skip(why !== undefined, why))

describe('A real broker understands us, and we it:', () => {
  let session: BrokerSession
  const topic = uniqueName('wire')
  let topicId = ''

  beforeAll(async () => {
    if (why !== undefined) return
    const [host, port] = placeOf(await sharedService('kafka'))
    session = await connectBroker(nodeContext, host, port, plainOptions)
  }, 120_000)

  afterAll(() => session?.close())

  test('CreateTopics', async () => {
    const { topics } = await session.send(createTopics, {
      topics: [
        {
          name: topic,
          numPartitions: 2,
          replicationFactor: 1,
          configs: [{ name: 'cleanup.policy', value: 'compact' }],
        },
      ],
      timeoutMs: 5000,
    })
    expect(topics).toMatchObject([{ name: topic, errorCode: 0, numPartitions: 2 }])
    topicId = topics[0]?.topicId ?? ''
    expect(topicId).toMatch(/^[\w-]{22}$/)
    // An answer says that the topic is to be, not that its partitions have their leader.
    await leadsFirstPartition(session, topic)
  })

  test('Metadata, by name and by id', async () => {
    for (const asked of [{ name: topic }, { name: null, topicId }]) {
      const { brokers, topics } = await session.send(metadata, { topics: [asked] })
      expect(brokers).toHaveLength(1)
      expect(topics).toMatchObject([
        { name: topic, topicId, errorCode: 0, partitions: [{}, {}], isInternal: false },
      ])
    }
  })

  test('DescribeCluster, DescribeConfigs', async () => {
    const cluster = await session.send(describeCluster, {})
    expect(cluster).toMatchObject({ errorCode: 0, brokers: [{ host: '127.0.0.1' }] })
    const { results } = await session.send(describeConfigs, {
      resources: [
        {
          resourceType: 4,
          resourceName: String(cluster.brokers[0]?.brokerId),
          configurationKeys: ['transaction.max.timeout.ms'],
        },
      ],
    })
    expect(results[0]?.configs).toMatchObject([
      { name: 'transaction.max.timeout.ms', value: '900000' },
    ])
  })

  test('ListOffsets, OffsetForLeaderEpoch', async () => {
    for (const timestamp of [-1, -2]) {
      const { topics } = await session.send(listOffsets, {
        isolationLevel: 1,
        topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }],
      })
      expect(topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, offset: 0 })
    }
    const epochs = await session.send(offsetForLeaderEpoch, {
      topics: [{ topic, partitions: [{ partition: 0, leaderEpoch: 0 }] }],
    })
    expect(epochs.topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, endOffset: 0 })
  })

  test('FindCoordinator', async () => {
    const keys = ['one', 'two']
    const { coordinators } = await session.send(findCoordinator, {
      keyType: 0,
      coordinatorKeys: keys,
    })
    expect(coordinators.map(({ key }) => key)).toEqual(keys)
  })

  test('DeleteTopics', async () => {
    const request = { topics: [{ topicId }], timeoutMs: 5000 }
    expect(await session.send(deleteTopics, request)).toMatchObject({
      responses: [{ name: topic, topicId, errorCode: 0 }],
    })
  })
})
