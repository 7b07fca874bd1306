// Tumbling windows of ten seconds, as the queries of Nexmark have them: how many bids an auction
// had, and what they came to. A second of event time holds as many bids as the bar asks for in a
// second of the clock, so that at the bar event time goes with the clock; each run is measured over
// whole windows, their firings included. Beside it the same windows in a plain loop over a Map.
// Windows of one second, which end almost as soon as a rare auction has its first bid, are printed
// without a bar: there nearly each bid makes a state, a timer and a result. The longest gap is the
// longest time in which a task took no bid: firings, checkpoints and collections of garbage.

import type { Benchmark, Scale } from '../harness/benchmark.ts'
import type { Figure } from '../harness/figure.ts'
import { hasRocksDb } from '../harness/rocksdb.ts'
import { median, summary } from '../harness/statistics.ts'
import type { Throughput } from '../programs/throughput.ts'
import { runPlainWindows, runWindows, told, type WindowLoad } from './windows-run.ts'

interface Case {
  readonly name: string
  readonly load: WindowLoad
  readonly leastRate?: number
}

/** Event time is measured from the end of a first window on, for as long as a window is. */
const tumblingOf = (keys: number, bidsPerSecond: number, lengthSeconds = 10) =>
  ({
    window: 'tumbling',
    keys,
    bidsPerSecond,
    lengthSeconds,
    warmUpSeconds: lengthSeconds,
    measuredSeconds: lengthSeconds,
  }) as const

const heapCases = [
  { label: '1k', load: tumblingOf(1_000, 3_000_000) },
  { label: '100k', load: tumblingOf(100_000, 2_000_000) },
  { label: '1m', load: tumblingOf(1_000_000, 800_000) },
] as const

/** What a cached window of two sums takes, as the cache counts it. */
const CACHED_BYTES = 320
/** Half of the memory for state is for the cache; two workers hold half of the keys each. */
const roomForATenth = (1_000_000 / 2 / 10) * CACHED_BYTES * 2

/**
 * A hundred thousand keys have room in memory. Of a million there is room for a tenth, and a window
 * holds two million bids, so that nearly all keys have state at a time.
 */
const rocksDbCases: readonly Case[] = [
  {
    name: 'tumbling-window-100k-rocksdb',
    load: { ...tumblingOf(100_000, 300_000), rocksDbBytes: 256 * 2 ** 20 },
    leastRate: 300_000,
  },
  {
    name: 'tumbling-window-1m-rocksdb',
    load: {
      ...tumblingOf(1_000_000, 2_000_000, 1),
      rocksDbBytes: roomForATenth,
    },
    leastRate: 120_000,
  },
]

const inHeap: readonly Benchmark[] = heapCases.map(({ label, load }) => {
  const name = `tumbling-window-${label}`
  const gap = `window-longest-gap-${label}`
  return {
    figures: [name, gap],
    async *run(_wanted, scale, tell): AsyncIterable<Figure> {
      const runs: Throughput[] = []
      const plainRates: number[] = []
      for (let run = 0; run < scale.runs; run++) {
        runs.push(await runWindows(load, scale))
        plainRates.push(await runPlainWindows(load, scale))
        tell(`${name}, run ${run + 1}: ${told(runs.at(-1) as Throughput)}`)
      }
      yield {
        ...rateFigure(name, runs, load.bidsPerSecond),
        baseline: { name: 'plain-loop', value: median(plainRates) },
      }
      yield { name: gap, ...summary(runs.map(({ longestGapMs }) => longestGapMs)), unit: 'ms' }
    },
  }
})

/** A second holds one to twenty bids of a key. */
const shortCases: readonly Case[] = [
  { name: 'tumbling-window-100k-short', load: tumblingOf(100_000, 2_000_000, 1) },
  { name: 'tumbling-window-1m-short', load: tumblingOf(1_000_000, 800_000, 1) },
]

const inHeapForShort = shortCases.map(rateAlone)

const inRocksDb = rocksDbCases.map(rateAlone)

function rateAlone({ name, load, leastRate }: Case): Benchmark {
  return {
    figures: [name],
    async *run(_wanted, scale: Scale, tell): AsyncIterable<Figure> {
      if (load.rocksDbBytes !== undefined && !(await hasRocksDb())) {
        tell(`${name}: left out, RocksDB is not installed here`)
        return
      }
      const runs: Throughput[] = []
      for (let run = 0; run < scale.runs; run++) {
        runs.push(await runWindows(load, scale))
        tell(`${name}, run ${run + 1}: ${told(runs.at(-1) as Throughput)}`)
      }
      yield rateFigure(name, runs, leastRate)
    },
  }
}

export const tumblingWindows: readonly Benchmark[] = [...inHeap, ...inHeapForShort, ...inRocksDb]

function rateFigure(name: string, runs: readonly Throughput[], leastRate?: number): Figure {
  return {
    name,
    ...summary(runs.map(({ recordsPerSecond }) => recordsPerSecond)),
    unit: 'records/s',
    ...(leastRate === undefined ? {} : { bar: { value: leastRate, direction: 'at-least' } }),
  }
}
