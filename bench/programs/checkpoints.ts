// Runs a job that holds state until all of it is there, lets some checkpoints pass, and says of the
// following ones what they wrote and how long a task waited for records at most while each of them
// was under way; and how long one waited at most while none was.

import type { ProbeLine } from '../jobs/probe-sink.ts'
import { type JobOrder, silentRun } from './silent-run.ts'

export interface CheckpointsOrder extends JobOrder {
  /** The step whose incoming records count. */
  readonly step: string
  /** The state is whole after so many. */
  readonly records: number
  /** Checkpoints that pass after that, and those that are measured then. */
  readonly skipped: number
  readonly measured: number
}

export interface MeasuredCheckpoint {
  readonly newBytes: number
  readonly stateBytes: number
  readonly durationMs: number
  readonly longestGapMs: number
}

export interface Checkpoints {
  readonly checkpoints: readonly MeasuredCheckpoint[]
  /** While no checkpoint was under way. */
  readonly longestGapBetweenMs: number
  /** Records that came from one of them to the next, as the mean. */
  readonly recordsBetween: number
}

interface Taken extends Omit<MeasuredCheckpoint, 'longestGapMs'> {
  readonly span: Gap
  /** That came since the one before was complete. */
  readonly recordsSince: number
}

type Gap = readonly [fromMs: number, untilMs: number]

/** Lines of the probe may come as late as this. */
const REPORTS_MS = 500

const order = JSON.parse(process.argv[2] ?? '{}') as CheckpointsOrder
const gaps: Gap[] = []
const taken: Taken[] = []
let records = 0
let recordsBefore = 0
let skipped = 0
let triggeredMs = Number.NaN

const run = silentRun(order, (line) => {
  const said = JSON.parse(line) as ProbeLine
  if (said.probe === 'gaps') gaps.push(...said.gaps)
})
run.on('metrics', ({ steps }) => {
  records = steps.find(({ step }) => step === order.step)?.recordsIn ?? 0
})
run.on('checkpoint-triggered', () => {
  triggeredMs = sinceEpochMs()
})
run.on('checkpoint-completed', ({ checkpoint }) => {
  const recordsSince = records - recordsBefore
  recordsBefore = records
  if (records < order.records || taken.length === order.measured) return
  if (skipped++ < order.skipped) return
  const { newBytes, stateBytes, durationMs } = checkpoint
  const span: Gap = [triggeredMs, sinceEpochMs()]
  taken.push({ newBytes, stateBytes, durationMs, recordsSince, span })
  if (taken.length === order.measured) setTimeout(finish, REPORTS_MS)
})

function sinceEpochMs(): number {
  return performance.timeOrigin + performance.now()
}

function finish(): void {
  const measured: Gap = [taken[0]?.span[0] ?? 0, taken.at(-1)?.span[1] ?? 0]
  const spans = taken.map(({ span }) => span)
  const between = gaps.filter((gap) => {
    return overlap(gap, measured) && !spans.some((span) => overlap(gap, span))
  })
  const result: Checkpoints = {
    checkpoints: taken.map(({ span, recordsSince: _recordsSince, ...checkpoint }) => {
      return { ...checkpoint, longestGapMs: longest(gaps.filter((gap) => overlap(gap, span))) }
    }),
    longestGapBetweenMs: longest(between),
    recordsBetween: taken.reduce((sum, each) => sum + each.recordsSince, 0) / taken.length,
  }
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
}

function overlap([from, until]: Gap, [otherFrom, otherUntil]: Gap): boolean {
  return from <= otherUntil && otherFrom <= until
}

function longest(some: readonly Gap[]): number {
  return some.reduce((most, [from, until]) => Math.max(most, until - from), 0)
}
