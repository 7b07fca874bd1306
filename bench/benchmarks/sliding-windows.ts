// What a sliding window of sixty panes costs: a minute of bids per auction, every second, against
// tumbling windows of a second over the same bids, which fire as often. The cost is the time per
// record, median of interleaved runs.

import type { Benchmark, Scale } from '../harness/benchmark.ts'
import type { Figure } from '../harness/figure.ts'
import { summary } from '../harness/statistics.ts'
import { runWindows, told } from './windows-run.ts'

const MOST_COST = 1.5

interface Compared {
  readonly name: string
  readonly keys: number
  readonly bidsPerSecond: number
  readonly tumblingSeconds: number
  readonly mostCost?: number
}

const compared: readonly Compared[] = [
  // A hundred bids of each key in a second: the cost is that of records, not of results.
  {
    name: 'sliding-window-cost',
    keys: 1_000,
    bidsPerSecond: 100_000,
    tumblingSeconds: 1,
    mostCost: MOST_COST,
  },
  // Against windows of a minute, which fire sixty times less often: what it costs to be told every
  // second.
  {
    name: 'sliding-window-cost-same-length',
    keys: 1_000,
    bidsPerSecond: 100_000,
    tumblingSeconds: 60,
  },
  // One bid of each key in a second: a sliding window has a result for each key that had a bid
  // within the minute, a tumbling one for two of three, those that had one within the second.
  { name: 'sliding-window-cost-sparse', keys: 10_000, bidsPerSecond: 10_000, tumblingSeconds: 1 },
]

export const slidingWindows: readonly Benchmark[] = compared.map((each) => ({
  figures: [each.name],
  run: (_wanted, scale, tell) => measure(each, scale, tell),
}))

async function* measure(
  { name, keys, bidsPerSecond, tumblingSeconds, mostCost }: Compared,
  scale: Scale,
  tell: (line: string) => void,
): AsyncIterable<Figure> {
  const bids = { keys, bidsPerSecond }
  const sliding = { ...bids, window: 'sliding', lengthSeconds: 60, everySeconds: 1 } as const
  const tumbling = { ...bids, window: 'tumbling', lengthSeconds: tumblingSeconds } as const
  // Windows are full before they are measured, and the longest ones fire meanwhile.
  const seconds = { warmUpSeconds: 61, measuredSeconds: tumblingSeconds }
  const costs: number[] = []
  for (let run = 0; run < scale.runs; run++) {
    const slid = await runWindows({ ...sliding, ...seconds }, scale)
    const tumbled = await runWindows({ ...tumbling, ...seconds }, scale)
    costs.push(tumbled.recordsPerSecond / slid.recordsPerSecond)
    tell(`${name}, run ${run + 1}: sliding ${told(slid)}; tumbling ${told(tumbled)}`)
  }
  yield {
    name,
    ...summary(costs),
    unit: 'times',
    ...(mostCost === undefined ? {} : { bar: { value: mostCost, direction: 'at-most' } }),
  }
}
