import { defineJob, text } from '@sluice/core'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { kafka } from '../../../../test/services/kafka/kafka.ts'
import { connectKafkaJs } from '../../../../test/services/kafka/kafkajs-client.ts'
import { whyUnavailable } from '../../../../test/services/provisioned.ts'
import { sharedService, uniqueName } from '../../../../test/services/shared/shared-service.ts'
import { EngineJob } from '../../../runtime/test/attack/world/engine-job.ts'
import { kafkaSink, kafkaSource } from '../../src/index.ts'
import { readCount } from './independent-reader.ts'

const why = await whyUnavailable(kafka)
const count = 60_000

beforeEach(({ skip }) => skip(why !== undefined, why))

describe.each(['transaction', 'staged'] as const)('a copy by commit: %s', (commit) => {
  let url: string

  beforeAll(async () => {
    if (why === undefined) url = await sharedService('kafka')
  }, 120_000)

  it('holds each record once, in order, whichever workers die', async () => {
    const [from, to] = [uniqueName('from'), uniqueName('to')]
    const admin = connectKafkaJs(url).admin()
    await admin.connect()
    const topics = [from, to].map((topic) => ({ topic, numPartitions: 3 }))
    await admin.createTopics({ topics, waitForLeaders: true })
    await admin.disconnect()
    const producer = connectKafkaJs(url).producer()
    await producer.connect()
    const messages = Array.from({ length: count }, (_, index) => ({
      key: `${index % 100}`,
      value: `${index}`,
    }))
    await producer.send({ topic: from, messages })
    await producer.disconnect()

    const job = new EngineJob(
      defineJob({
        name: uniqueName('copy'),
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
    const found = await readCount(url, to, count)
    const values = found.map(({ value }) => Number(value))
    expect(values.toSorted((a, b) => a - b)).toEqual(messages.map(({ value }) => Number(value)))
  }, 40_000)
})
