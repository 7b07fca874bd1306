import { defineJob, json, memorySink } from '@sluice/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { kafka } from '../../../../test/services/kafka/kafka.ts'
import { whyUnavailable } from '../../../../test/services/provisioned.ts'
import { sharedService, uniqueName } from '../../../../test/services/shared/shared-service.ts'
import { EngineJob } from '../../../runtime/test/attack/world/engine-job.ts'
import { kafkaDeadLetterSink, kafkaSource } from '../../src/index.ts'
import { JavaClient } from './java-client.ts'
import type { ReadRecord } from './read-record.ts'

const why = await whyUnavailable(kafka)
const base64 = (text: string) => Buffer.from(text).toString('base64')
const badKey = Buffer.from([0, 255, 128])
const badValue = Buffer.from([255, 0, 123])

function originOf({ headers }: ReadRecord): number {
  return Number(headers.find(([name]) => name === 'sluice-offset')?.[1])
}

beforeEach(({ skip }) => skip(why !== undefined, why))

describe('records that cannot be decoded', () => {
  let brokers: string
  let java: JavaClient

  beforeAll(async () => {
    if (why !== undefined) return
    brokers = await sharedService('kafka')
    java = await JavaClient.start(brokers)
  }, 120_000)

  afterAll(async () => {
    await java?.close()
  })

  async function produce(topic: string): Promise<void> {
    await java.createTopic(topic)
    await java.produce({
      config: {},
      steps: [
        {
          do: 'send',
          topic,
          partition: 0,
          records: [
            { key: base64('1'), value: base64('{"id":1}'), headers: [['trace', base64('a')]] },
            {
              key: badKey.toString('base64'),
              value: badValue.toString('base64'),
              headers: [
                ['trace', base64('b')],
                ['trace', null],
              ],
              timestamp: 1_700_000_000_000,
            },
            { key: null, value: null },
            { key: base64('2'), value: base64('{"id":2}') },
          ],
        },
        { do: 'flush' },
      ],
    })
  }

  it.each(['exactly-once', 'at-least-once'] as const)(
    'are written %s to a topic that is made for them, byte for byte, with the reason',
    async (delivery) => {
      const [topic, deadTopic] = [uniqueName('orders'), uniqueName('orders-dead')]
      await produce(topic)
      const sink = memorySink<{ id: number }>()
      const value = json(z.object({ id: z.number() }))
      const name = uniqueName('poison')
      const graph = new EngineJob(
        defineJob({
          name,
          graph: (job) => {
            const orders = job.from(
              'orders',
              kafkaSource({ brokers, topic, value, stopAt: 'latest', onMalformed: 'dead-letter' }),
            )
            orders.to('out', sink)
            const createTopic = { partitions: 2, config: { 'retention.ms': '-1' } }
            orders.deadLetters.to(
              'dead',
              kafkaDeadLetterSink({ brokers, topic: deadTopic, createTopic, delivery }),
            )
          },
        }),
      )
      const { outcome, error } = await graph.start(2).done
      expect(error).toBeUndefined()
      expect(outcome).toBe('finished')
      expect(sink.records).toEqual([{ id: 1 }, { id: 2 }])
      const { records, partitions } = await java.read(deadTopic)
      expect(partitions).toHaveLength(2)
      const byOffset = records.toSorted((a, b) => originOf(a) - originOf(b))
      expect(byOffset).toMatchObject([
        {
          keyBytes: badKey,
          valueBytes: badValue,
          headers: [
            ['trace', 'b'],
            ['trace', null],
            ['sluice-error-code', 'RECORD_MALFORMED'],
            ['sluice-error-message', expect.stringContaining('UTF-8')],
            ['sluice-job', name],
            ['sluice-source', 'orders'],
            ['sluice-topic', topic],
            ['sluice-partition', '0'],
            ['sluice-offset', '1'],
            ['sluice-timestamp', '1700000000000'],
          ],
        },
        { key: null, value: null },
      ])
      // Else a topic that keeps its records for a week would throw it away at once.
      expect(byOffset[0]?.timestamp).toBeGreaterThan(1_750_000_000_000)
    },
    60_000,
  )
})
