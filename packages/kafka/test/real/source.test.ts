import { defineJob, memorySink, text } from '@sluice/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { kafka } from '../../../../test/services/kafka/kafka.ts'
import { connectKafkaJs } from '../../../../test/services/kafka/kafkajs-client.ts'
import { whyUnavailable } from '../../../../test/services/provisioned.ts'
import { sharedService, uniqueName } from '../../../../test/services/shared/shared-service.ts'
import { EngineJob } from '../../../runtime/test/attack/world/engine-job.ts'
import { kafkaSource, type KafkaSourceOptions } from '../../src/index.ts'
import { JavaClient } from './java-client.ts'

const why = await whyUnavailable(kafka)

beforeEach(({ skip }) => skip(why !== undefined, why))

describe('a Kafka source', () => {
  let url: string
  let java: JavaClient

  beforeAll(async () => {
    if (why !== undefined) return
    url = await sharedService('kafka')
    java = await JavaClient.start(url)
  }, 120_000)

  afterAll(async () => {
    await java?.close()
  })

  /** Values from one number up to another, to one partition or by their keys. */
  async function write(topic: string, from: number, until: number, partition?: number) {
    const producer = connectKafkaJs(url).producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const messages = Array.from({ length: until - from }, (_, index) => ({
      key: `${from + index}`,
      value: `${from + index}`,
      ...(partition === undefined ? {} : { partition }),
    }))
    await producer.send({ topic, messages })
    await producer.disconnect()
  }

  function readingJob(options: Partial<KafkaSourceOptions<string>> & { readonly topic: string }) {
    const sink = memorySink<string>()
    const source = kafkaSource({
      brokers: url,
      value: text(),
      fetch: { partitionBytes: 2_000 },
      ...options,
    })
    const job = new EngineJob(
      defineJob({ name: 'reading', graph: (job) => job.from('numbers', source).to('out', sink) }),
    )
    return { job, sink }
  }

  it('reads all that is there, once, also when workers die', async () => {
    const topic = uniqueName('source')
    await java.createTopic(topic, { partitions: 3 })
    await write(topic, 0, 20_000)

    const { job, sink } = readingJob({ topic, stopAt: 'latest' })
    const run = job.start(2)
    for (let deaths = 0; deaths < 3; deaths++) {
      await job.untilCheckpoints(1)
      job.killWorker()
    }
    const { outcome, error } = await run.done
    expect(error).toBeUndefined()
    expect(outcome).toBe('finished')
    expect(run.status().attempt).toBeGreaterThan(1)
    expect(numbersIn(sink)).toEqual(numbersUpTo(20_000))
  }, 60_000)

  it('reads partitions that are added, from their beginning, once', async () => {
    const topic = uniqueName('growing')
    await java.createTopic(topic, { partitions: 1 })
    await write(topic, 0, 1_000)
    const { job, sink } = readingJob({ topic, discoverEvery: '300ms' })
    job.start(2)
    await job.until(() => sink.records.length === 1_000, 20_000)

    const admin = connectKafkaJs(url).admin()
    await admin.connect()
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
    await admin.disconnect()
    await write(topic, 1_000, 1_500, 1)
    await write(topic, 1_500, 2_000, 2)
    await job.until(() => sink.records.length === 2_000, 20_000)

    // What was found is part of the checkpoint.
    await job.untilCheckpoints(2)
    job.killWorker()
    await write(topic, 2_000, 2_500, 2)
    await job.until(() => sink.records.length >= 2_500, 20_000)
    await job.untilCheckpoints(2)
    expect(numbersIn(sink)).toEqual(numbersUpTo(2_500))
  }, 90_000)
})

function numbersIn(sink: { readonly records: readonly string[] }): number[] {
  return sink.records.map(Number).sort((a, b) => a - b)
}

function numbersUpTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}
