import type { Admin, Producer } from 'kafkajs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readCount } from '../../../packages/kafka/test/real/independent-reader.ts'
import { whyUnavailable } from '../provisioned.ts'
import { uniqueName } from '../shared/shared-service.ts'
import { kafka, startKafka } from './kafka.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { connectKafkaJs, createTopics } from './kafkajs-client.ts'

const why = await whyUnavailable(kafka)
const startWithinMs = 120_000

beforeEach(({ skip }) => skip(why !== undefined, why))

describe('Kafka', () => {
  let cluster: KafkaCluster
  let producer: Producer

  beforeAll(async () => {
    if (why !== undefined) return
    cluster = await startKafka()
    producer = connectKafkaJs(cluster.url).producer()
    await producer.connect()
  }, startWithinMs)

  afterAll(async () => {
    await producer?.disconnect()
    await cluster?.stop()
  })

  async function newTopic(partitions = 1): Promise<string> {
    const topic = uniqueName('test')
    await createTopics(cluster.url, [{ topic, partitions }])
    return topic
  }

  async function readTexts(topic: string, count: number): Promise<(string | null)[]> {
    return (await readCount(cluster.url, topic, count)).map(({ value }) => value)
  }

  it('hands out what was written to it', async () => {
    const topic = await newTopic(3)
    const messages = [0, 1, 2].map((partition) => ({ partition, value: `to ${partition}` }))
    await producer.send({ topic, messages })
    expect(new Set(await readTexts(topic, 3))).toEqual(new Set(['to 0', 'to 1', 'to 2']))
  })

  it(
    'keeps what was acknowledged when it is killed',
    async () => {
      const topic = await newTopic()
      await producer.send({ topic, messages: [{ value: 'before' }] })
      await cluster.kill()
      await expect(createTopics(cluster.url, [{ topic: 'none' }])).rejects.toThrow(/ECONNREFUSED/)
      await cluster.restart()
      await producer.send({ topic, messages: [{ value: 'after' }] })
      expect(await readTexts(topic, 2)).toEqual(['before', 'after'])
    },
    startWithinMs,
  )

  it('answers late, not never, while it is paused', async () => {
    const topic = await newTopic()
    cluster.pause()
    let answered = false
    const sent = producer.send({ topic, messages: [{ value: 'late' }] }).then(() => {
      answered = true
    })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(answered).toBe(false)
    cluster.resume()
    await sent
    expect(await readTexts(topic, 1)).toEqual(['late'])
  })

  it(
    'is gone with its data when it is stopped',
    async () => {
      const own = await startKafka()
      await own.stop()
      await expect(createTopics(own.url, [{ topic: 'none' }])).rejects.toThrow(/ECONNREFUSED/)
      await own.stop()
    },
    startWithinMs,
  )
})

describe('Kafka with several brokers', () => {
  let cluster: KafkaCluster
  let admin: Admin

  beforeAll(async () => {
    if (why !== undefined) return
    cluster = await startKafka({ brokers: 3 })
    admin = connectKafkaJs(cluster.url).admin()
    await admin.connect()
  }, startWithinMs)

  afterAll(async () => {
    await admin?.disconnect()
    await cluster?.stop()
  })

  async function leaderOf(topic: string): Promise<number> {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]?.partitions[0]?.leader ?? -1
  }

  it(
    'has another leader when one is killed, and loses nothing',
    async () => {
      const topic = uniqueName('replicated')
      await createTopics(cluster.url, [{ topic, replicas: 3 }])
      const producer = connectKafkaJs(cluster.url).producer()
      await producer.connect()
      await producer.send({ topic, acks: -1, messages: [{ value: 'before' }] })
      const leader = await leaderOf(topic)
      await cluster.broker(leader).kill()
      await expect.poll(() => leaderOf(topic), { timeout: 20_000 }).not.toBe(leader)
      await producer.send({ topic, acks: -1, messages: [{ value: 'after' }] })
      await producer.disconnect()
      await cluster.broker(leader).restart()
      const records = await readCount(cluster.url, topic, 2)
      expect(records.map(({ value }) => value)).toEqual(['before', 'after'])
    },
    startWithinMs,
  )
})

describe('Kafka with transactions', () => {
  it.each([1, 2] as const)(
    'shows what was committed alone, with transaction version %i',
    async (transactionVersion) => {
      const cluster = await startKafka({ transactionVersion })
      try {
        const [topic, transactionalId] = ['ends', 'writer']
        await createTopics(cluster.url, [{ topic }])
        const producer = connectKafkaJs(cluster.url).producer({
          transactionalId,
          idempotent: true,
          maxInFlightRequests: 1,
        })
        await producer.connect()
        for (const end of ['commit', 'abort', 'commit'] as const) {
          const transaction = await producer.transaction()
          await transaction.send({ topic, messages: [{ value: end }] })
          await transaction[end]()
        }
        await producer.disconnect()
        const committed = await readCount(cluster.url, topic, 2)
        expect(committed.map(({ value }) => value)).toEqual(['commit', 'commit'])
        const all = await readCount(cluster.url, topic, 3, { isolation: 'read_uncommitted' })
        expect(all.map(({ value }) => value)).toEqual(['commit', 'abort', 'commit'])
      } finally {
        await cluster.stop()
      }
    },
    startWithinMs,
  )
})
