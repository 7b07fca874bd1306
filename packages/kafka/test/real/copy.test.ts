import { defineJob, text } from '@sluice/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { kafka } from '../../../../test/services/kafka/kafka.ts'
import { connectKafkaJs } from '../../../../test/services/kafka/kafkajs-client.ts'
import { whyUnavailable } from '../../../../test/services/provisioned.ts'
import { sharedService, uniqueName } from '../../../../test/services/shared/shared-service.ts'
import { EngineJob } from '../../../runtime/test/attack/world/engine-job.ts'
import { kafkaSink, kafkaSource } from '../../src/index.ts'
import { JavaClient } from './java-client.ts'

const why = await whyUnavailable(kafka)
const count = 60_000

beforeEach(({ skip }) => skip(why !== undefined, why))

describe.each(['transaction', 'staged'] as const)('a copy by commit: %s', (commit) => {
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

  it('holds each record once, in order, whichever workers die', async () => {
    const [name, from, to] = [uniqueName('copy'), uniqueName('from'), uniqueName('to')]
    for (const topic of [from, to]) await java.createTopic(topic, { partitions: 3 })
    // Without it kafkajs may send a batch a second time, and the input holds it twice.
    const producer = connectKafkaJs(url).producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const messages = Array.from({ length: count }, (_, index) => ({
      key: `${index % 100}`,
      value: `${index}`,
    }))
    await producer.send({ topic: from, messages })
    await producer.disconnect()

    const job = new EngineJob(
      defineJob({
        name,
        graph: (job) => {
          job
            .from(
              'in',
              kafkaSource({
                brokers: url,
                topic: from,
                value: text(),
                stopAt: 'latest',
                fetch: { partitionBytes: 2_000 },
              }),
            )
            .to(
              'out',
              kafkaSink<string>({
                brokers: url,
                topic: to,
                key: (value) => Number(value) % 100,
                value: text(),
                commit,
              }),
            )
        },
      }),
    )
    const { done } = job.start(2)
    for (let kills = 0; kills < 3; kills++) {
      await job.untilCheckpoints(2)
      job.killWorker()
    }
    const { outcome, error } = await done
    expect(error).toBeUndefined()
    expect(outcome).toBe('finished')
    const stillOpen = async () =>
      (await java.transactions())
        .filter(({ transactionalId }) => transactionalId.startsWith(`sluice/${name}/`))
        .filter(({ state }) => /Ongoing|Prepare/i.test(state))
    await expect.poll(stillOpen, { timeout: 60_000 }).toEqual([])
    // kafkajs shows aborted records now and then; Kafka's own reader does not.
    const found = await java.read(to)
    const values = found.records.map(({ value }) => Number(value))
    expect(values.toSorted((a, b) => a - b)).toEqual(messages.map(({ value }) => Number(value)))
  }, 150_000)
})
