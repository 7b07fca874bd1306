// Runs the latency job and prints percentiles of all records after the warm-up.

import { HISTOGRAM_STEP_MS, type LatencyLine } from '../jobs/latency.ts'
import { type JobOrder, silentRun } from './silent-run.ts'

export interface LatencyOrder extends JobOrder {
  readonly warmUpMs: number
  readonly measureMs: number
}

export interface Latencies {
  readonly p50Ms: number
  readonly p99Ms: number
}

const order = JSON.parse(process.argv[2] ?? '{}') as LatencyOrder
const counts = new Map<number, number>()
let startedMs = Number.NaN

silentRun(order, (line) => {
  const nowMs = performance.now()
  if (Number.isNaN(startedMs)) startedMs = nowMs
  const elapsedMs = nowMs - startedMs
  if (elapsedMs < order.warmUpMs) return
  for (const [step, count] of (JSON.parse(line) as LatencyLine).latencies) {
    counts.set(step, (counts.get(step) ?? 0) + count)
  }
  if (elapsedMs < order.warmUpMs + order.measureMs) return
  const result: Latencies = { p50Ms: percentile(0.5), p99Ms: percentile(0.99) }
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
})

function percentile(part: number): number {
  const steps = [...counts].toSorted(([a], [b]) => a - b)
  const total = steps.reduce((sum, [, count]) => sum + count, 0)
  let seen = 0
  for (const [step, count] of steps) {
    seen += count
    if (seen >= total * part) return (step + 1) * HISTOGRAM_STEP_MS
  }
  throw new Error('No record came.')
}
