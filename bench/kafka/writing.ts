// How fast one worker writes records of a hundred bytes with a checkpoint every second: exactly
// once by transactions, staged, and at least once; beside kafkajs and the stock client of
// @platformatic/kafka without transactions.

import { scaled } from '../harness/benchmark.ts'
import type { Figure } from '../harness/figure.ts'
import { median, summary } from '../harness/statistics.ts'
import type { Written } from '../jobs/kafka/how-written.ts'
import { clientRate, jobRate, type KafkaPart, type Measuring, shownRate } from './figures.ts'

const leastRate = 300_000
const timesKafkaJs = 3
const warmUpMs = 2000
const measureMs = 4000
const clientWarmUpRecords = 50_000
const unit = 'records/s'

export const writing: KafkaPart = {
  figures: [
    'kafka-sink-exactly-once',
    'kafka-sink-staged',
    'kafka-sink-at-least-once',
    'kafka-sink-exactly-once-cost',
    'kafka-sink-platformatic',
  ],

  async *run(measuring: Measuring) {
    const { wanted, scale, tell } = measuring
    const rates = { transaction: [], 'at-least-once': [], kafkajs: [], platformatic: [] } as Record<
      'transaction' | 'at-least-once' | 'kafkajs' | 'platformatic',
      number[]
    >
    const others = wanted.size - (wanted.has('kafka-sink-staged') ? 1 : 0)
    for (let run = 0; others > 0 && run < scale.runs; run++) {
      rates.transaction.push(await ours(measuring, 'transaction'))
      rates['at-least-once'].push(await ours(measuring, 'at-least-once'))
      rates.kafkajs.push(await client(measuring, 'kafkajs'))
      rates.platformatic.push(await client(measuring, 'platformatic'))
      const said = Object.entries(rates).map(([way, all]) => `${way} ${shownRate(all.at(-1) ?? 0)}`)
      tell(`kafka-sink, run ${run + 1}: ${said.join(', ')}`)
    }
    const baseline = { name: 'kafkajs', value: median(rates.kafkajs) }
    if (others > 0) {
      yield {
        name: 'kafka-sink-exactly-once',
        ...summary(rates.transaction),
        unit,
        baseline,
        bar: { value: leastRate, direction: 'at-least', leastRatio: timesKafkaJs },
      }
      yield { name: 'kafka-sink-at-least-once', ...summary(rates['at-least-once']), unit, baseline }
      yield { name: 'kafka-sink-platformatic', ...summary(rates.platformatic), unit, baseline }
      const costs = rates.transaction.map((rate, run) => {
        return 100 * (1 - rate / (rates['at-least-once'][run] ?? rate))
      })
      yield { name: 'kafka-sink-exactly-once-cost', ...summary(costs), unit: 'percent' }
    }
    if (wanted.has('kafka-sink-staged')) yield await staged(measuring)
  },
}

async function staged(measuring: Measuring): Promise<Figure> {
  const name = 'kafka-sink-staged'
  const rates: number[] = []
  for (let run = 0; run < measuring.scale.runs; run++) {
    rates.push(await ours(measuring, 'staged'))
    measuring.tell(`${name}, run ${run + 1}: ${shownRate(rates.at(-1) ?? 0)}`)
  }
  return { name, ...summary(rates), unit }
}

async function ours({ broker, scale }: Measuring, written: Written): Promise<number> {
  const topic = await broker.emptyTopic()
  return await jobRate(
    'write',
    broker,
    { TOPIC: topic, WRITTEN: written },
    { warmUpMs: scaled(warmUpMs, scale), warmUpRecords: 1, measureMs: scaled(measureMs, scale) },
  )
}

async function client(
  { broker, scale }: Measuring,
  name: 'kafkajs' | 'platformatic',
): Promise<number> {
  return await clientRate('write', broker, {
    topic: await broker.emptyTopic(),
    client: name,
    warmUpRecords: scaled(clientWarmUpRecords, scale),
    measureRecords: Number.MAX_SAFE_INTEGER,
    measureMs: scaled(measureMs, scale),
  })
}
