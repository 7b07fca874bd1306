// Shuffle and keyed count over two workers: bids from a generator, a counter per auction, every new
// count out, a checkpoint every second into a local folder. Beside it: the same with checkpoints
// off (the cost of exactly-once), the longest gap in processing, and a plain loop over a Map.

import { join } from 'node:path'
import { type Benchmark, type Scale, scaled } from '../harness/benchmark.ts'
import { runProgram, withFolder } from '../harness/child.ts'
import type { Figure } from '../harness/figure.ts'
import { median, summary } from '../harness/statistics.ts'
import type { PlainCountOrder } from '../programs/plain-count.ts'
import type { Throughput, ThroughputOrder } from '../programs/throughput.ts'

interface Case {
  readonly label: string
  readonly keys: number
  /** Least records a second with numeric keys. */
  readonly leastRate: number
  /** Most that checkpoints may cost, in percent. */
  readonly mostCost?: number
}

const cases: readonly Case[] = [
  { label: '1k', keys: 1_000, leastRate: 2_000_000 },
  { label: '100k', keys: 100_000, leastRate: 1_500_000, mostCost: 10 },
  { label: '1m', keys: 1_000_000, leastRate: 600_000 },
]

const warmUpMs = 3000
const measureMs = 8000
/** So many records per key make it likely that nearly all keys have come. */
const warmUpRecordsPerKey = 5

export const keyedCounts: readonly Benchmark[] = cases.map((each) => ({
  figures: [
    `keyed-count-${each.label}`,
    `exactly-once-cost-${each.label}`,
    `checkpoint-duration-${each.label}`,
    `longest-gap-${each.label}`,
    `keyed-count-${each.label}-strings`,
  ],
  run: (wanted, scale, tell) => measure(each, wanted, scale, tell),
}))

async function* measure(
  each: Case,
  wanted: ReadonlySet<string>,
  scale: Scale,
  tell: (line: string) => void,
): AsyncIterable<Figure> {
  const { label } = each
  const strings = `keyed-count-${label}-strings`
  const cost = `exactly-once-cost-${label}`
  if ([...wanted].some((name) => name !== strings && name.endsWith(`-${label}`))) {
    const pairs = wanted.has(cost) ? scale.pairs : 0
    yield* measureNumbers(each, scale, pairs, tell)
  }
  if (wanted.has(strings)) yield await measureStrings(each, strings, scale, tell)
}

async function* measureNumbers(
  { label, keys, leastRate, mostCost }: Case,
  scale: Scale,
  pairs: number,
  tell: (line: string) => void,
): AsyncIterable<Figure> {
  const on: Throughput[] = []
  const offRates: number[] = []
  const plainRates: number[] = []
  for (let run = 0; run < Math.max(pairs, scale.runs); run++) {
    on.push(await runJob(keys, false, true, scale))
    // The pair is interleaved: what slows the machine down slows both.
    if (run < pairs) offRates.push((await runJob(keys, false, false, scale)).recordsPerSecond)
    if (run < scale.runs) plainRates.push(await runPlainLoop(keys, false, scale))
    tell(`keyed-count-${label}, run ${run + 1}: ${shown(on.at(-1)?.recordsPerSecond ?? 0)}`)
  }
  yield {
    name: `keyed-count-${label}`,
    ...summary(on.map(({ recordsPerSecond }) => recordsPerSecond)),
    unit: 'records/s',
    baseline: { name: 'plain-loop', value: median(plainRates) },
    bar: { value: leastRate, direction: 'at-least' },
  }
  if (pairs > 0) {
    const costs = offRates.map((off, pair) => {
      return 100 * (1 - (on[pair]?.recordsPerSecond ?? 0) / off)
    })
    yield {
      name: `exactly-once-cost-${label}`,
      ...summary(costs),
      unit: 'percent',
      ...(mostCost === undefined ? {} : { bar: { value: mostCost, direction: 'at-most' } }),
    }
  }
  const durations = on.flatMap(({ checkpointsMs }) => {
    return checkpointsMs.length === 0 ? [] : [median(checkpointsMs)]
  })
  if (durations.length > 0) {
    yield { name: `checkpoint-duration-${label}`, ...summary(durations), unit: 'ms' }
  }
  yield {
    name: `longest-gap-${label}`,
    ...summary(on.map(({ longestGapMs }) => longestGapMs)),
    unit: 'ms',
  }
}

async function measureStrings(
  { keys }: Case,
  name: string,
  scale: Scale,
  tell: (line: string) => void,
): Promise<Figure> {
  const rates: number[] = []
  const plainRates: number[] = []
  for (let run = 0; run < scale.runs; run++) {
    rates.push((await runJob(keys, true, true, scale)).recordsPerSecond)
    plainRates.push(await runPlainLoop(keys, true, scale))
    tell(`${name}, run ${run + 1}: ${shown(rates.at(-1) ?? 0)}`)
  }
  const baseline = { name: 'plain-loop', value: median(plainRates) }
  return { name, ...summary(rates), unit: 'records/s', baseline }
}

function runJob(
  keys: number,
  strings: boolean,
  checkpoints: boolean,
  scale: Scale,
): Promise<Throughput> {
  return withFolder((folder) => {
    const order: ThroughputOrder = {
      job: 'keyed-count',
      parameters: { KEYS: String(keys), ...(strings ? { STRINGS: 'yes' } : {}) },
      settings: {
        parallelism: 2,
        checkpoint: checkpoints ? { storage: join(folder, 'checkpoints') } : 'off',
      },
      step: 'count',
      ...measuringTimes(keys, scale),
    }
    return runProgram<Throughput>('throughput', order)
  })
}

async function runPlainLoop(keys: number, strings: boolean, scale: Scale): Promise<number> {
  const order: PlainCountOrder = { keys, strings, ...measuringTimes(keys, scale) }
  const result = await runProgram<{ recordsPerSecond: number }>('plain-count', order)
  return result.recordsPerSecond
}

function measuringTimes(keys: number, scale: Scale) {
  return {
    warmUpMs: scaled(warmUpMs, scale),
    warmUpRecords: scaled(keys * warmUpRecordsPerKey, scale),
    measureMs: scaled(measureMs, scale),
  }
}

function shown(rate: number): string {
  return `${(rate / 1e6).toFixed(2)} M records/s`
}
