// How fast one worker copies a full topic to another one with a checkpoint every second, exactly
// once by transactions, and what that costs against at least once.

import { scaled } from '../harness/benchmark.ts'
import { median, summary } from '../harness/statistics.ts'
import type { Written } from '../jobs/kafka/how-written.ts'
import { jobRate, type KafkaPart, type Measuring, shownRate } from './figures.ts'

const leastRate = 200_000
const mostCost = 15
const topicRecords = 4_000_000
const warmUpMs = 2000
const measureMs = 4000

export const copying: KafkaPart = {
  figures: ['kafka-copy', 'kafka-copy-cost'],

  async *run(measuring: Measuring) {
    const { wanted, scale, tell } = measuring
    const exact: number[] = []
    const loose: number[] = []
    const pairs = wanted.has('kafka-copy-cost') ? scale.pairs : scale.runs
    for (let pair = 0; pair < pairs; pair++) {
      // The pair is interleaved: what slows the machine down slows both.
      exact.push(await copyRate(measuring, 'transaction'))
      loose.push(await copyRate(measuring, 'at-least-once'))
      const [once, often] = [exact, loose].map((rates) => shownRate(rates.at(-1) ?? 0))
      tell(`kafka-copy, pair ${pair + 1}: ${once}, at least once ${often}`)
    }
    yield {
      name: 'kafka-copy',
      ...summary(exact),
      unit: 'records/s',
      baseline: { name: 'at-least-once', value: median(loose) },
      bar: { value: leastRate, direction: 'at-least' },
    }
    yield {
      name: 'kafka-copy-cost',
      ...summary(exact.map((rate, pair) => 100 * (1 - rate / (loose[pair] ?? rate)))),
      unit: 'percent',
      bar: { value: mostCost, direction: 'at-most' },
    }
  },
}

async function copyRate({ broker, scale }: Measuring, written: Written): Promise<number> {
  const [from, to] = [
    await broker.fullTopic(scaled(topicRecords, scale)),
    await broker.emptyTopic(),
  ]
  return await jobRate(
    'copy',
    broker,
    { TOPIC: from, TO: to, WRITTEN: written },
    { warmUpMs: scaled(warmUpMs, scale), warmUpRecords: 1, measureMs: scaled(measureMs, scale) },
  )
}
