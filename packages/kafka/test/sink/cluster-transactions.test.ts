import { SimulatedWorld } from '@sluice/testing/simulator'
import { expect, test } from 'vitest'
import { ClusterClient } from '../../src/cluster/cluster-client.ts'
import { ClusterTransactions } from '../../src/sink/transaction/cluster-transactions.ts'
import { PartitionQueue } from '../../src/sink/writing/partition-queue.ts'
import { BufferPool } from '../../src/records/buffer-pool.ts'
import { RecordBatchBuilder } from '../../src/records/record-batch-builder.ts'
import { findCoordinator } from '../../src/wire/message/find-coordinator.ts'
import { addPartitionsToTxn } from '../../src/wire/message/transactions.ts'
import { metadata } from '../../src/wire/message/metadata.ts'
import { produce } from '../../src/wire/message/produce.ts'
import { ScriptedBroker } from '../wire/broker/scripted-broker.ts'

test('requests go out in order, also where the cluster is looked at first', async () => {
  const world = new SimulatedWorld({ seed: 1 })
  const broker = new ScriptedBroker(world, 'host', 9001)
  const partition = { errorCode: 0, partitionIndex: 0, leaderId: 1, leaderEpoch: 1 }
  broker.answers(metadata, () => ({
    clusterId: 'cluster',
    brokers: [{ nodeId: 1, host: 'host', port: 9001 }],
    topics: [
      {
        errorCode: 0,
        name: 'orders',
        topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
        isInternal: false,
        partitions: [{ ...partition, replicaNodes: [1], isrNodes: [1] }],
      },
    ],
  }))
  const arrived: number[] = []
  broker.answers(produce, ({ timeoutMs }) => {
    arrived.push(timeoutMs)
    return { responses: [] }
  })
  const process = world.startProcess('client')
  process.run(async (platform) => {
    const client = new ClusterClient(platform, { brokers: 'host:9001', clientId: 'me' })
    const transactions = new ClusterTransactions(client, 1)
    await transactions.partitionCountOf('orders')
    const send = (timeoutMs: number): Promise<unknown> =>
      transactions.produce(1, { transactionalId: null, acks: -1, timeoutMs, topicData: [] })
    await Promise.all([send(1), send(2)])
    // The first one asks anew who is there; the next one need not, and waits for it none the less.
    client.suspect()
    const first = send(3)
    const others = [send(4), send(5)]
    await first
    await Promise.all([...others, send(6)])
    transactions.close()
  })
  await world.run()
  expect(process.exit).toEqual({ kind: 'finished' })
  expect(arrived).toEqual([1, 2, 3, 4, 5, 6])
})

test('what kept partitions from being added is told, not that others were not tried', async () => {
  const world = new SimulatedWorld({ seed: 1 })
  const broker = new ScriptedBroker(world, 'host', 9001)
  broker.answers(findCoordinator, ({ coordinatorKeys }) => ({
    coordinators: coordinatorKeys.map((key) => ({
      key,
      nodeId: 1,
      host: 'host',
      port: 9001,
      errorCode: 0,
    })),
  }))
  broker.answers(addPartitionsToTxn, ({ topics }) => ({
    results: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partitionIndex) => ({
        partitionIndex,
        errorCode: name === 'secrets' ? 29 : 55,
      })),
    })),
  }))
  const process = world.startProcess('client')
  process.run(async (platform) => {
    const client = new ClusterClient(platform, { brokers: 'host:9001', clientId: 'me' })
    const transactions = new ClusterTransactions(client, 1)
    const limits = { batchBytes: 4096, recordBytes: 4096, messageBytes: 4096 }
    const queues = ['orders', 'secrets'].map(
      (topic) => new PartitionQueue(topic, 0, new RecordBatchBuilder(limits, new BufferPool(0))),
    )
    const producer = { producerId: 1, epoch: 0, transactionalId: 't' }
    const error = await transactions.addPartitions(producer, queues).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'KAFKA_FORBIDDEN' })
    expect(String(error)).toContain('TOPIC_AUTHORIZATION_FAILED')
    transactions.close()
  })
  await world.run()
  expect(process.exit).toEqual({ kind: 'finished' })
  expect(world.nowMs).toBeLessThan(5_000)
})
