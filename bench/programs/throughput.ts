// Runs a job without end and measures, once it is warm, how many records a second a step takes, how
// long checkpoints take, and the longest time in which no record came through.

import type { ProbeLine } from '../jobs/probe-sink.ts'
import { type JobOrder, silentRun } from './silent-run.ts'

export interface ThroughputOrder extends JobOrder {
  /** The step whose incoming records count. */
  readonly step: string
  /** Warm after this time and this many records. */
  readonly warmUpMs: number
  readonly warmUpRecords: number
  readonly measureMs: number
}

export interface Throughput {
  readonly recordsPerSecond: number
  /** Of the checkpoints that completed meanwhile. */
  readonly checkpointsMs: readonly number[]
  readonly longestGapMs: number
}

const order = JSON.parse(process.argv[2] ?? '{}') as ThroughputOrder

interface Sample {
  readonly atMs: number
  readonly records: number
}

let startedMs = Number.NaN
let first: Sample | undefined
let firstWallMs = Number.POSITIVE_INFINITY
let longestGapMs = 0
const checkpointsMs: number[] = []

const run = silentRun(order, (line) => {
  const said = JSON.parse(line) as ProbeLine
  if (said.probe !== 'gap' || said.fromMs < firstWallMs) return
  longestGapMs = Math.max(longestGapMs, said.longestMs)
})
run.on('checkpoint-completed', ({ checkpoint }) => {
  if (first !== undefined) checkpointsMs.push(checkpoint.durationMs)
})
run.on('metrics', ({ steps }) => {
  const records = steps.find(({ step }) => step === order.step)?.recordsIn ?? 0
  if (records === 0) return
  const now = { atMs: performance.now(), records }
  if (Number.isNaN(startedMs)) startedMs = now.atMs
  if (first === undefined) {
    if (now.atMs - startedMs < order.warmUpMs || records < order.warmUpRecords) return
    first = now
    firstWallMs = Date.now()
  } else if (now.atMs - first.atMs >= order.measureMs) finish(first, now)
})

function finish(from: Sample, to: Sample): void {
  const recordsPerSecond = ((to.records - from.records) * 1000) / (to.atMs - from.atMs)
  const result: Throughput = { recordsPerSecond, checkpointsMs, longestGapMs }
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
}
