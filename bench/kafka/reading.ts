// How fast one worker reads a full topic with records of a hundred bytes, as bytes and as objects
// decoded from JSON, beside kafkajs and the stock client of @platformatic/kafka.

import { scaled } from '../harness/benchmark.ts'
import { median, summary } from '../harness/statistics.ts'
import { clientRate, jobRate, type KafkaPart, type Measuring, shownRate } from './figures.ts'

const cases = [
  { format: 'bytes', leastRate: 1_000_000 },
  { format: 'json', leastRate: 500_000 },
] as const

/** As many as the copying part needs: it reads the same topic. */
const topicRecords = 12_000_000
const warmUpRecords = 1_000_000
const measureRecords = 5_000_000
const clientWarmUpRecords = 100_000
const clientMs = 2500
const timesKafkaJs = 3

export const reading: KafkaPart = {
  figures: cases.flatMap(({ format }) => [
    `kafka-source-${format}`,
    `kafka-source-${format}-platformatic`,
  ]),

  async *run(measuring: Measuring) {
    const { wanted, scale, tell } = measuring
    for (const { format, leastRate } of cases) {
      const name = `kafka-source-${format}`
      const other = `${name}-platformatic`
      if (!wanted.has(name) && !wanted.has(other)) continue
      const rates: number[] = []
      const kafkaJs: number[] = []
      const platformatic: number[] = []
      for (let run = 0; run < scale.runs; run++) {
        rates.push(await ours(measuring, format))
        kafkaJs.push(await client(measuring, 'kafkajs', format))
        platformatic.push(await client(measuring, 'platformatic', format))
        const [us, first, second] = [rates, kafkaJs, platformatic].map((all) => {
          return shownRate(all.at(-1) ?? 0)
        })
        tell(`${name}, run ${run + 1}: ${us}, kafkajs ${first}, platformatic ${second}`)
      }
      const baseline = { name: 'kafkajs', value: median(kafkaJs) }
      const unit = 'records/s'
      const bar = { value: leastRate, direction: 'at-least', leastRatio: timesKafkaJs } as const
      yield { name, ...summary(rates), unit, baseline, bar }
      yield { name: other, ...summary(platformatic), unit, baseline }
    }
  },
}

async function ours({ broker, scale }: Measuring, format: string): Promise<number> {
  const topic = await broker.fullTopic(scaled(topicRecords, scale))
  return await jobRate(
    'read',
    broker,
    { TOPIC: topic, FORMAT: format },
    {
      warmUpMs: 0,
      warmUpRecords: scaled(warmUpRecords, scale),
      measureMs: 0,
      measureRecords: scaled(measureRecords, scale),
    },
  )
}

async function client(
  { broker, scale }: Measuring,
  name: 'kafkajs' | 'platformatic',
  format: string,
): Promise<number> {
  return await clientRate('read', broker, {
    topic: await broker.fullTopic(scaled(topicRecords, scale)),
    client: name,
    json: format === 'json',
    warmUpRecords: scaled(clientWarmUpRecords, scale),
    measureRecords: scaled(measureRecords, scale),
    measureMs: scaled(clientMs, scale),
  })
}
