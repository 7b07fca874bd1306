import { NetworkError } from '@sluice/core/connector'
import type { Platform } from '@sluice/runtime/internal'
import { SimulatedWorld, type WorldOptions } from '@sluice/testing/simulator'
import { describe, expect, test } from 'vitest'
import { ClusterClient } from '../../src/cluster/cluster-client.ts'
import { findCoordinator } from '../../src/wire/message/find-coordinator.ts'
import { metadata } from '../../src/wire/message/metadata.ts'
import { listOffsets } from '../../src/wire/message/offsets.ts'
import { endTxn } from '../../src/wire/message/transactions.ts'
import { ScriptedBroker } from '../wire/broker/scripted-broker.ts'

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
const ports = [9001, 9002, 9003]

/** Three brokers that agree on who leads the one partition and coordinates everything. */
class TestCluster {
  readonly world: SimulatedWorld
  readonly brokers: ScriptedBroker[]
  leader = 1
  epoch = 4
  coordinator = 2
  clusterId = 'cluster'
  /** Error code of the topic. */
  topicError = 0

  constructor(seed: number, faultRates: WorldOptions['faultRates'] = {}) {
    this.world = new SimulatedWorld({ seed, faultRates })
    this.brokers = ports.map((port) => new ScriptedBroker(this.world, 'host', port))
    for (const [index, broker] of this.brokers.entries()) this.#teach(broker, index + 1)
  }

  client(platform: Platform, options = {}): ClusterClient {
    const brokers = ports.map((port) => `host:${port}`).join(',')
    return new ClusterClient(platform, { brokers, clientId: 'me', ...options })
  }

  async run(main: (platform: Platform) => Promise<void>): Promise<void> {
    const process = this.world.startProcess('client')
    process.run(main)
    await this.world.run()
    if (process.exit?.kind === 'failed') throw process.exit.error
    expect(process.exit).toEqual({ kind: 'finished' })
  }

  #teach(broker: ScriptedBroker, nodeId: number): void {
    broker.answers(metadata, ({ topics }) => ({
      clusterId: this.clusterId,
      brokers: ports.map((port, index) => ({ nodeId: index + 1, host: 'host', port })),
      topics: (topics ?? [{ name: 'orders' }, { name: '__state' }]).map(({ name }) => ({
        errorCode: name === 'absent' ? 3 : this.topicError,
        name,
        topicId,
        isInternal: name === '__state',
        partitions: [
          {
            errorCode: 0,
            partitionIndex: 0,
            leaderId: this.leader,
            leaderEpoch: this.epoch,
            replicaNodes: [1, 2, 3],
            isrNodes: [1, 2, 3],
          },
        ],
      })),
    }))
    broker.answers(listOffsets, () => ({
      topics: [
        {
          name: 'orders',
          partitions: [
            { partitionIndex: 0, errorCode: nodeId === this.leader ? 0 : 6, offset: nodeId },
          ],
        },
      ],
    }))
    broker.answers(findCoordinator, ({ coordinatorKeys }) => ({
      coordinators: coordinatorKeys.map((key) => ({
        key,
        nodeId: this.coordinator,
        host: 'host',
        port: ports[this.coordinator - 1] as number,
        errorCode: 0,
      })),
    }))
    broker.answers(endTxn, () => ({ errorCode: nodeId === this.coordinator ? 0 : 16 }))
  }
}

const leader = { kind: 'leader', topicId, partition: 0 } as const

function offsetOf(client: ClusterClient): Promise<number | undefined> {
  return client
    .ask(
      leader,
      listOffsets,
      { isolationLevel: 1, topics: [] },
      {
        what: 'Finding an offset',
        codeOf: ({ topics }) => topics[0]?.partitions[0]?.errorCode ?? 0,
      },
    )
    .then(({ topics }) => topics[0]?.partitions[0]?.offset)
}

function endTransaction(client: ClusterClient, repeatable = true): Promise<unknown> {
  const request = { transactionalId: 't', producerId: 1, producerEpoch: 0, committed: true }
  return client.ask({ kind: 'transaction', id: 't' }, endTxn, request, {
    what: 'Ending a transaction',
    codeOf: ({ errorCode }) => errorCode,
    repeatable,
  })
}

function failureOf(asking: Promise<unknown>): Promise<unknown> {
  return asking.then(
    () => 'no failure',
    (error: unknown) => error,
  )
}

describe('A client of a cluster', () => {
  test('knows topics by name, those that are there, and its own ones alone', async () => {
    const cluster = new TestCluster(1)
    await cluster.run(async (platform) => {
      const client = cluster.client(platform)
      const found = await client.topics(['orders', 'absent'])
      expect([...found.keys()]).toEqual(['orders'])
      expect(found.get('orders')).toMatchObject({ topicId, partitions: [{ leader: 1 }] })
      expect((await client.allTopics()).map(({ topic }) => topic)).toEqual(['orders'])
      client.close()
    })
  })

  test('asks the leader, and finds the new one when it has moved', async () => {
    const cluster = new TestCluster(2)
    await cluster.run(async (platform) => {
      const client = cluster.client(platform)
      await client.topics(['orders'])
      expect(await offsetOf(client)).toBe(1)
      cluster.leader = 3
      cluster.epoch = 5
      expect(await offsetOf(client)).toBe(3)
      expect(client.map.topics.get('orders')?.partitions[0]).toMatchObject({ leaderEpoch: 5 })
    })
  })

  test('waits for a leader where there is none', async () => {
    const cluster = new TestCluster(3)
    await cluster.run(async (platform) => {
      const client = cluster.client(platform)
      await client.topics(['orders'])
      cluster.leader = -1
      cluster.epoch = 5
      client.suspect()
      platform.timers.after(3000, () => {
        cluster.leader = 2
        cluster.epoch = 6
      })
      expect(await offsetOf(client)).toBe(2)
    })
  })

  test('finds the new leader when the old one is dead, and others when seeds are', async () => {
    const cluster = new TestCluster(4)
    await cluster.run(async (platform) => {
      const client = cluster.client(platform)
      await client.topics(['orders'])
      await offsetOf(client)
      cluster.brokers[0]?.server.stop()
      cluster.leader = 2
      cluster.epoch = 5
      expect(await offsetOf(client)).toBe(2)
      const other = cluster.client(platform)
      expect((await other.topics(['orders'])).size).toBe(1)
    })
  })

  test('has one connection per broker and purpose, and closes what is idle', async () => {
    const cluster = new TestCluster(5)
    const open = (): number =>
      cluster.brokers.reduce((sum, { server }) => sum + server.connections.length, 0)
    await cluster.run(async (platform) => {
      const client = cluster.client(platform)
      await client.topics(['orders'])
      await Promise.all([offsetOf(client), offsetOf(client), offsetOf(client)])
      const inUse = open()
      expect(inUse).toBeLessThanOrEqual(2)
      const sessions = await Promise.all([
        client.session(leader, 'fetch'),
        client.session(leader, 'fetch'),
      ])
      expect(sessions[0]).toBe(sessions[1])
      await platform.timers.sleep(10)
      expect(open()).toBe(inUse + 1)
      await platform.timers.sleep(10 * 60_000)
      expect(open()).toBe(0)
      expect(await offsetOf(client)).toBe(1)
      client.close()
      await platform.timers.sleep(10)
      expect(open()).toBe(0)
      expect(await failureOf(offsetOf(client))).toMatchObject({ code: 'KAFKA_UNREACHABLE' })
    })
  })

  test('asks the coordinator, and finds it again when it has moved or died', async () => {
    const cluster = new TestCluster(6)
    await cluster.run(async (platform) => {
      const client = cluster.client(platform)
      await endTransaction(client)
      cluster.coordinator = 3
      await endTransaction(client)
      cluster.brokers[2]?.server.stop()
      cluster.coordinator = 1
      await endTransaction(client)
    })
  })

  test('gives up at once where asking again is of no use, and says why', async () => {
    const cluster = new TestCluster(7)
    await cluster.run(async (platform) => {
      const client = cluster.client(platform)
      cluster.topicError = 29
      expect(await failureOf(client.topics(['orders']))).toMatchObject({
        code: 'KAFKA_FORBIDDEN',
        message:
          "Describing topics 'orders': " +
          'TOPIC_AUTHORIZATION_FAILED (29): a right on the topic is missing.',
        cause: { error: { code: 29 } },
      })
      cluster.topicError = 17
      expect(await failureOf(client.topics(['orders']))).toMatchObject({
        code: 'KAFKA_REQUEST_FAILED',
      })
      expect(platform.clock.monotonic()).toBeLessThan(1000)
    })
  })

  test('gives up at its deadline with what was answered last', async () => {
    const cluster = new TestCluster(8)
    await cluster.run(async (platform) => {
      const client = cluster.client(platform, { deadlineMs: 10_000 })
      cluster.topicError = 5
      expect(await failureOf(client.topics(['orders']))).toMatchObject({
        code: 'KAFKA_REQUEST_FAILED',
        message: expect.stringMatching(/LEADER_NOT_AVAILABLE \(5\).*tried for \d+ ms/),
      })
      for (const { server } of cluster.brokers) server.stop()
      expect(await failureOf(client.topics(['orders']))).toMatchObject({
        code: 'KAFKA_UNREACHABLE',
        message: expect.stringContaining('nobody listens there'),
      })
      expect(platform.clock.monotonic()).toBeLessThan(25_000)
    })
  })

  test('makes a request that must not be repeated again only if it was never sent', async () => {
    const cluster = new TestCluster(9)
    await cluster.run(async (platform) => {
      const client = cluster.client(platform, { requestTimeoutMs: 1000 })
      const coordinator = cluster.brokers[1] as ScriptedBroker
      coordinator.server.stop()
      platform.timers.after(2000, () => coordinator.server.restart())
      await endTransaction(client, false)
      let asked = 0
      coordinator.answers(endTxn, () => void asked++)
      expect(await failureOf(endTransaction(client, false))).toMatchObject({
        code: 'KAFKA_UNREACHABLE',
        cause: { kind: 'timed-out', sent: true },
      })
      expect(asked).toBe(1)
    })
  })

  test('takes no other cluster for its own', async () => {
    const cluster = new TestCluster(10)
    await cluster.run(async (platform) => {
      const client = cluster.client(platform)
      await client.topics(['orders'])
      cluster.clusterId = 'another'
      expect(await failureOf(client.topics(['orders']))).toMatchObject({
        message: 'The brokers belong to another cluster by now: another, not cluster.',
      })
    })
  })

  test('gets its answers through cut connections, refused and lost ones', async () => {
    let hits = 0
    for (let seed = 0; seed < 30; seed++) {
      const cluster = new TestCluster(seed, {
        'connection-cut': 0.1,
        'connect-refused': 0.1,
        'connect-lost': 0.05,
        'message-delayed': 0.05,
      })
      await cluster.run(async (platform) => {
        const client = cluster.client(platform)
        await client.topics(['orders'])
        for (let round = 0; round < 10; round++) {
          expect(await offsetOf(client)).toBe(cluster.leader)
          await endTransaction(client)
          cluster.leader = (cluster.leader % 3) + 1
          cluster.epoch++
        }
        client.close()
      })
      hits += cluster.world.faults.hits.length
    }
    expect(hits).toBeGreaterThan(100)
  })

  test('a request that is in haste gives up a connection in its own time', async () => {
    const cluster = new TestCluster(1)
    const beganMs: number[] = []
    await cluster.run(async (platform) => {
      const client = cluster.client(platform)
      await endTransaction(client)
      for (const hasty of [true, false]) {
        const waiting = cluster.client({ ...platform, network: deaf(platform) })
        const began = platform.clock.monotonic()
        await failureOf(
          waiting.ask(
            { kind: 'any' },
            metadata,
            { topics: [] },
            {
              what: 'Asking in haste',
              codeOf: () => 0,
              deadlineMs: 1,
              ...(hasty ? { connectTimeoutMs: 700 } : {}),
            },
          ),
        )
        beganMs.push(platform.clock.monotonic() - began)
        waiting.close()
      }
      client.close()
    })
    expect(beganMs[0]).toBeLessThan(3 * 800)
    expect(beganMs[1]).toBeGreaterThan(20_000)
  })
})

/** Hosts that do not answer. */
function deaf(platform: Platform): Platform['network'] {
  return {
    connect: async ({ timeoutMs = 0, host, port }) => {
      await platform.timers.sleep(timeoutMs)
      throw new NetworkError('timed-out', `${host}:${port}`, 'there is no answer')
    },
  }
}
