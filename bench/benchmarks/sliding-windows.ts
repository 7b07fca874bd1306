// What a sliding window of sixty panes costs: a minute of bids per auction, every second, against
// tumbling windows of a second over the same bids, which fire as often. The cost is the time per
// record, median of interleaved runs.

import type { Benchmark, Scale } from '../harness/benchmark.ts'
import type { Figure } from '../harness/figure.ts'
import { summary } from '../harness/statistics.ts'
import { runWindows, told } from './windows-run.ts'

interface Cost {
  readonly figure: string
  /** Beside tumbling windows of this length. */
  readonly tumblingSeconds: number
  readonly mostCost?: number
}

interface Compared {
  readonly keys: number
  readonly bidsPerSecond: number
  readonly costs: readonly Cost[]
}

const compared: readonly Compared[] = [
  // A hundred bids of each key in a second: the cost is that of records, not of results. Beside
  // windows of a minute, which fire sixty times less often, it is that of being told every second.
  {
    keys: 1_000,
    bidsPerSecond: 100_000,
    costs: [
      { figure: 'sliding-window-cost', tumblingSeconds: 1, mostCost: 1.5 },
      { figure: 'sliding-window-cost-same-length', tumblingSeconds: 60 },
    ],
  },
  // One bid of each key in a second: a sliding window has a result for each key that had a bid
  // within the minute, a tumbling one for two of three, those that had one within the second.
  {
    keys: 10_000,
    bidsPerSecond: 10_000,
    costs: [{ figure: 'sliding-window-cost-sparse', tumblingSeconds: 1 }],
  },
]

export const slidingWindows: readonly Benchmark[] = compared.map((each) => ({
  figures: each.costs.map(({ figure }) => figure),
  run: (_wanted, scale, tell) => measure(each, scale, tell),
}))

async function* measure(
  { keys, bidsPerSecond, costs }: Compared,
  scale: Scale,
  tell: (line: string) => void,
): AsyncIterable<Figure> {
  const bids = { keys, bidsPerSecond, warmUpSeconds: 61 }
  const sliding = { ...bids, window: 'sliding', lengthSeconds: 60, everySeconds: 1 } as const
  const ratios = costs.map((): number[] => [])
  for (let run = 0; run < scale.runs; run++) {
    const slid = await runWindows(sliding, scale)
    tell(`sliding, ${keys} keys, run ${run + 1}: ${told(slid)}`)
    for (const [index, { figure, tumblingSeconds }] of costs.entries()) {
      // The longest ones fire meanwhile, too.
      const length = { lengthSeconds: tumblingSeconds, measuredSeconds: tumblingSeconds + 1 }
      const tumbled = await runWindows({ ...bids, window: 'tumbling', ...length }, scale)
      ratios[index]?.push(tumbled.recordsPerSecond / slid.recordsPerSecond)
      tell(`${figure}, run ${run + 1}: tumbling ${told(tumbled)}`)
    }
  }
  for (const [index, { figure: name, mostCost }] of costs.entries()) {
    yield {
      name,
      ...summary(ratios[index] ?? []),
      unit: 'times',
      ...(mostCost === undefined ? {} : { bar: { value: mostCost, direction: 'at-most' } }),
    }
  }
}
