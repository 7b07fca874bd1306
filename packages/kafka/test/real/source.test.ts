import { defineJob, memorySink, text } from '@sluice/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { kafka } from '../../../../test/services/kafka/kafka.ts'
import { connectKafkaJs } from '../../../../test/services/kafka/kafkajs-client.ts'
import { whyUnavailable } from '../../../../test/services/provisioned.ts'
import { sharedService, uniqueName } from '../../../../test/services/shared/shared-service.ts'
import { EngineJob } from '../../../runtime/test/attack/world/engine-job.ts'
import { kafkaSource } from '../../src/index.ts'
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

  it('reads all that is there, once, also when workers die', async () => {
    const topic = uniqueName('source')
    await java.createTopic(topic, { partitions: 3 })
    const producer = connectKafkaJs(url).producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const messages = Array.from({ length: 5_000 }, (_, index) => ({
      key: `${index}`,
      value: `${index}`,
    }))
    await producer.send({ topic, messages })
    await producer.disconnect()

    const sink = memorySink<string>()
    const job = new EngineJob(
      defineJob({
        name: 'reading',
        graph: (job) => {
          job
            .from('numbers', kafkaSource({ brokers: url, topic, value: text(), stopAt: 'latest' }))
            .to('out', sink)
        },
      }),
    )
    const run = job.start(2)
    const { outcome, error } = await run.done
    expect(error).toBeUndefined()
    expect(outcome).toBe('finished')
    expect(sink.records.map(Number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 5_000 }, (_, index) => index),
    )
  }, 60_000)
})
