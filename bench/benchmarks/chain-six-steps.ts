// Map, filter, map, filter, map, filter over bids: the sixth of six jobs of this shape in one
// thread, so that the engine's call sites have seen many functions; beside it the same functions in
// a loop.

import { type Benchmark, scaled } from '../harness/benchmark.ts'
import { runProgram } from '../harness/child.ts'
import { median, summary } from '../harness/statistics.ts'
import type { SixStepsOrder } from '../programs/six-steps.ts'

const name = 'chain-six-steps'
const warmUpMs = 1000
const measureMs = 2000

interface Rate {
  readonly recordsPerSecond: number
}

export const chainSixSteps: Benchmark = {
  figures: [name],
  async *run(_wanted, scale, tell) {
    const order: SixStepsOrder = {
      warmUpMs: scaled(warmUpMs, scale),
      measureMs: scaled(measureMs, scale),
    }
    const rates: number[] = []
    const plainRates: number[] = []
    for (let run = 0; run < scale.runs; run++) {
      rates.push((await runProgram<Rate>('six-steps', order)).recordsPerSecond)
      plainRates.push((await runProgram<Rate>('plain-six-steps', order)).recordsPerSecond)
      tell(`${name}, run ${run + 1}: ${((rates.at(-1) ?? 0) / 1e6).toFixed(1)} M records/s`)
    }
    yield {
      name,
      ...summary(rates),
      unit: 'records/s',
      baseline: { name: 'plain-loop', value: median(plainRates) },
      bar: { value: 25_000_000, direction: 'at-least', leastRatio: 0.5 },
    }
  },
}
