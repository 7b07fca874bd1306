// How fast one worker copies a full topic to another one with a checkpoint every second, exactly
// once by transactions, and what that costs against at least once; the same for staged records.

import { scaled, tinyScale } from '../harness/benchmark.ts'
import { median, summary } from '../harness/statistics.ts'
import type { Written } from '../jobs/kafka/how-written.ts'
import { costs, jobRate, type KafkaPart, type Measuring, shownRate } from './figures.ts'

const leastRate = 200_000
const mostCost = 15
const topicRecords = 12_000_000
const warmUpMs = 2000
const measureMs = 6000
/** Of the topic, that a copy may have read when its rate is taken. */
const longestPart = 0.95

export const copying: KafkaPart = {
  figures: ['kafka-copy', 'kafka-copy-cost', 'kafka-copy-staged', 'kafka-copy-staged-cost'],

  async *run(measuring: Measuring) {
    const { wanted, scale } = measuring
    if (wanted.has('kafka-copy') || wanted.has('kafka-copy-cost')) {
      const { exact, loose } = await pairs(measuring, 'transaction', scale.pairs)
      const baseline = { name: 'at-least-once', value: median(loose) }
      const rateBar = { value: leastRate, direction: 'at-least' } as const
      const costBar = { value: mostCost, direction: 'at-most' } as const
      const cost = summary(costs(exact, loose))
      yield { name: 'kafka-copy', ...summary(exact), unit: 'records/s', baseline, bar: rateBar }
      yield { name: 'kafka-copy-cost', ...cost, unit: 'percent', bar: costBar }
    }
    if (wanted.has('kafka-copy-staged') || wanted.has('kafka-copy-staged-cost')) {
      const { exact, loose } = await pairs(measuring, 'staged', scale.runs)
      const baseline = { name: 'at-least-once', value: median(loose) }
      const cost = summary(costs(exact, loose))
      yield { name: 'kafka-copy-staged', ...summary(exact), unit: 'records/s', baseline }
      yield { name: 'kafka-copy-staged-cost', ...cost, unit: 'percent' }
    }
  },
}

/** Both ways in turn, each of them first every other time: what slows the machine slows both. */
async function pairs(
  measuring: Measuring,
  written: Written,
  count: number,
): Promise<{ readonly exact: readonly number[]; readonly loose: readonly number[] }> {
  const exact: number[] = []
  const loose: number[] = []
  for (let pair = 0; pair < count; pair++) {
    if (pair % 2 === 1) loose.push(await copyRate(measuring, 'at-least-once'))
    exact.push(await copyRate(measuring, written))
    if (pair % 2 === 0) loose.push(await copyRate(measuring, 'at-least-once'))
    const [once, often] = [exact, loose].map((rates) => shownRate(rates.at(-1) ?? 0))
    measuring.tell(`kafka-copy, pair ${pair + 1}: ${written} ${once}, at-least-once ${often}`)
  }
  return { exact, loose }
}

async function copyRate({ broker, scale }: Measuring, written: Written): Promise<number> {
  const from = await broker.fullTopic(scaled(topicRecords, scale))
  const window = {
    warmUpMs: scaled(warmUpMs, scale),
    warmUpRecords: 1,
    measureMs: scaled(measureMs, scale),
  }
  const rate = await broker.withTopic((to) => {
    return jobRate('copy', broker, { TOPIC: from, TO: to, WRITTEN: written }, window)
  })
  // What a job that ran dry had as its rate is the length of the topic.
  if (scale !== tinyScale && (rate * (warmUpMs + measureMs)) / 1000 > longestPart * topicRecords) {
    throw new Error(`At ${shownRate(rate)} the topic is too short for the copy.`)
  }
  return rate
}
