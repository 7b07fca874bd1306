// Runs a job without end and measures, once it is warm, how many records a second a step takes, at
// what cost, how long checkpoints take, and the longest time in which no record came through.

import type { ProbeLine } from '../jobs/probe-sink.ts'
import { type JobOrder, silentRun } from './silent-run.ts'

export interface ThroughputOrder extends JobOrder {
  /** The step whose incoming records count. */
  readonly step: string
  /** Warm after this time and this many records. */
  readonly warmUpMs: number
  readonly warmUpRecords: number
  readonly measureMs: number
  /** Measured at least. */
  readonly measureRecords?: number
  /** The sink whose records are results. */
  readonly results?: string
}

export interface Throughput {
  readonly recordsPerSecond: number
  /** Of the checkpoints that completed meanwhile. */
  readonly checkpointsMs: readonly number[]
  readonly longestGapMs: number
  /** Microseconds of the processor, of all threads together. */
  readonly processorUsPerRecord: number
  /** Records that the sink took meanwhile. */
  readonly results: number
  /** Records that came too late for the step since the start. */
  readonly late: number
  /** What the step held at the end. */
  readonly stateEntries: number
}

const order = JSON.parse(process.argv[2] ?? '{}') as ThroughputOrder

interface Sample {
  readonly atMs: number
  readonly records: number
  readonly results: number
  readonly processorUs: number
}

let startedMs = Number.NaN
let first: Sample | undefined
let firstWallMs = Number.POSITIVE_INFINITY
let longestGapMs = 0
const checkpointsMs: number[] = []

const run = silentRun(order, (line) => {
  const said = JSON.parse(line) as ProbeLine
  if (said.probe === 'gap' && said.fromMs >= firstWallMs) noteGap(said.longestMs)
  if (said.probe !== 'gaps') return
  for (const [fromMs, untilMs] of said.gaps) if (fromMs >= firstWallMs) noteGap(untilMs - fromMs)
})
run.on('checkpoint-completed', ({ checkpoint }) => {
  if (first !== undefined) checkpointsMs.push(checkpoint.durationMs)
})
run.on('metrics', ({ steps }) => {
  const step = steps.find((each) => each.step === order.step)
  const records = step?.recordsIn ?? 0
  if (step === undefined || records === 0) return
  const results = steps.find((each) => each.step === order.results)?.recordsOut ?? 0
  const { user, system } = process.cpuUsage()
  const now = { atMs: performance.now(), records, results, processorUs: user + system }
  if (Number.isNaN(startedMs)) startedMs = now.atMs
  if (first === undefined) {
    if (now.atMs - startedMs < order.warmUpMs || records < order.warmUpRecords) return
    first = now
    firstWallMs = Date.now()
    return
  }
  if (now.atMs - first.atMs < order.measureMs) return
  if (records - first.records >= (order.measureRecords ?? 1)) finish(first, now, step.named)
})

function noteGap(ms: number): void {
  longestGapMs = Math.max(longestGapMs, ms)
}

function finish(from: Sample, to: Sample, named: Readonly<Record<string, number>>): void {
  const records = to.records - from.records
  const result: Throughput = {
    recordsPerSecond: (records * 1000) / (to.atMs - from.atMs),
    checkpointsMs,
    longestGapMs,
    processorUsPerRecord: (to.processorUs - from.processorUs) / records,
    results: to.results - from.results,
    late: named['late-records'] ?? 0,
    stateEntries: named['state-entries'] ?? 0,
  }
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
}
