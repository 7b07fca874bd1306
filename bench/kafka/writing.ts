// How fast one worker writes records of a hundred bytes with a checkpoint every second, in each way
// of writing; beside kafkajs and the stock client of @platformatic/kafka without transactions. All
// take turns in each run.

import { scaled } from '../harness/benchmark.ts'
import type { Figure } from '../harness/figure.ts'
import { median, summary } from '../harness/statistics.ts'
import type { Written } from '../jobs/kafka/how-written.ts'
import { costs, clientRate, jobRate, type KafkaPart, type Measuring, shownRate } from './figures.ts'

const leastRate = 300_000
const timesKafkaJs = 3
const warmUpMs = 2000
const measureMs = 5000
const clientWarmUpRecords = 50_000

const ways = ['transaction', 'staged', 'at-least-once', 'none'] as const
const clients = ['kafkajs', 'platformatic'] as const

type Rates = Record<Written | (typeof clients)[number], number[]>

export const writing: KafkaPart = {
  figures: [
    'kafka-sink-exactly-once',
    'kafka-sink-staged',
    'kafka-sink-at-least-once',
    'kafka-sink-none',
    'kafka-sink-exactly-once-cost',
    'kafka-sink-staged-cost',
    'kafka-sink-platformatic',
  ],

  async *run(measuring: Measuring) {
    const rates: Rates = {
      transaction: [],
      staged: [],
      'at-least-once': [],
      none: [],
      kafkajs: [],
      platformatic: [],
    }
    for (let run = 0; run < measuring.scale.runs; run++) {
      for (const way of ways) rates[way].push(await ours(measuring, way))
      for (const client of clients) rates[client].push(await theirs(measuring, client))
      const said = Object.entries(rates).map(([way, all]) => `${way} ${shownRate(all.at(-1) ?? 0)}`)
      measuring.tell(`kafka-sink, run ${run + 1}: ${said.join(', ')}`)
    }
    yield* figuresOf(rates)
  },
}

function figuresOf(rates: Rates): Figure[] {
  const unit = 'records/s'
  const baseline = { name: 'kafkajs', value: median(rates.kafkajs) }
  const loose = rates['at-least-once']
  const bar = { value: leastRate, direction: 'at-least', leastRatio: timesKafkaJs } as const
  const cost = (exact: readonly number[]) => ({ ...summary(costs(exact, loose)), unit: 'percent' })
  return [
    { name: 'kafka-sink-exactly-once', ...summary(rates.transaction), unit, baseline, bar },
    { name: 'kafka-sink-staged', ...summary(rates.staged), unit, baseline },
    { name: 'kafka-sink-at-least-once', ...summary(loose), unit, baseline },
    { name: 'kafka-sink-none', ...summary(rates.none), unit, baseline },
    { name: 'kafka-sink-exactly-once-cost', ...cost(rates.transaction) },
    { name: 'kafka-sink-staged-cost', ...cost(rates.staged) },
    { name: 'kafka-sink-platformatic', ...summary(rates.platformatic), unit, baseline },
  ]
}

function ours({ broker, scale }: Measuring, written: Written): Promise<number> {
  const window = {
    warmUpMs: scaled(warmUpMs, scale),
    warmUpRecords: 1,
    measureMs: scaled(measureMs, scale),
  }
  return broker.withTopic((topic) => {
    return jobRate('write', broker, { TOPIC: topic, WRITTEN: written }, window)
  })
}

function theirs({ broker, scale }: Measuring, client: (typeof clients)[number]): Promise<number> {
  const window = {
    warmUpRecords: scaled(clientWarmUpRecords, scale),
    measureRecords: Number.MAX_SAFE_INTEGER,
    measureMs: scaled(measureMs, scale),
  }
  return broker.withTopic((topic) => clientRate('write', broker, { topic, client, ...window }))
}
