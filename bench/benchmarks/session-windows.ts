// Sessions with a gap of a second over bids for 105,000 auctions, of each of which three come in a
// second: so 95 of 100 auctions have a session open at any time, a hundred thousand in all, and one
// bid of twenty begins one, while another has ended. Beside it the same by a plain loop over a Map
// that is in order of the last bid.

import type { Benchmark } from '../harness/benchmark.ts'
import { median, summary } from '../harness/statistics.ts'
import { runPlainWindows, runWindows, told } from './windows-run.ts'

const name = 'session-window-100k'

const load = {
  window: 'session',
  keys: 105_000,
  bidsPerSecond: 315_000,
  lengthSeconds: 1,
} as const

export const sessionWindows: Benchmark = {
  figures: [name],
  async *run(_wanted, scale, tell) {
    const rates: number[] = []
    const plainRates: number[] = []
    for (let run = 0; run < scale.runs; run++) {
      const result = await runWindows(load, scale)
      rates.push(result.recordsPerSecond)
      plainRates.push(await runPlainWindows(load, scale))
      tell(`${name}, run ${run + 1}: ${told(result)}`)
    }
    yield {
      name,
      ...summary(rates),
      unit: 'records/s',
      baseline: { name: 'plain-loop', value: median(plainRates) },
      bar: { value: 500_000, direction: 'at-least' },
    }
  },
}
