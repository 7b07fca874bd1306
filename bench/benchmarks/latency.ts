// End-to-end latency at 50,000 records a second over a shuffle with checkpoints every second, from
// the moment at which a record was due until a sink that commits nothing has it.

import { join } from 'node:path'
import { type Benchmark, scaled } from '../harness/benchmark.ts'
import { runProgram, withFolder } from '../harness/child.ts'
import { summary } from '../harness/statistics.ts'
import type { Latencies, LatencyOrder } from '../programs/latency.ts'

const warmUpMs = 3000
const measureMs = 8000

export const latency: Benchmark = {
  figures: ['latency-p50', 'latency-p99'],
  async *run(_wanted, scale, tell) {
    const runs: Latencies[] = []
    for (let run = 0; run < scale.runs; run++) {
      const result = await withFolder((folder) => {
        const order: LatencyOrder = {
          job: 'latency',
          settings: { checkpoint: { storage: join(folder, 'checkpoints') } },
          warmUpMs: scaled(warmUpMs, scale),
          measureMs: scaled(measureMs, scale),
        }
        return runProgram<Latencies>('latency', order)
      })
      runs.push(result)
      tell(`latency, run ${run + 1}: p50 ${result.p50Ms} ms, p99 ${result.p99Ms} ms`)
    }
    yield { name: 'latency-p50', ...summary(runs.map(({ p50Ms }) => p50Ms)), unit: 'ms' }
    yield {
      name: 'latency-p99',
      ...summary(runs.map(({ p99Ms }) => p99Ms)),
      unit: 'ms',
      bar: { value: 25, direction: 'at-most' },
    }
  },
}
