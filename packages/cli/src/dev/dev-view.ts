// What `sluice dev` shows, as lines: the state of the job, its last checkpoint, a table of its
// steps, and what the keys do. Pure: a model and a moment go in.

import { harmless, type Paint } from '../text/paint.ts'
import { age, count, counted, duration, eventTime, percent, rate, size } from '../text/quantity.ts'
import { type Column, tableLines } from '../text/table.ts'
import { wrapped } from '../text/width.ts'
import type { PreparedFacts, WireStatus } from './child-messages.ts'
import type { DevState } from './dev-life.ts'
import type { StepRow } from './step-rates.ts'

export interface DevModel {
  readonly state: DevState
  readonly file: string
  /** Of the run; undefined before the first one. */
  readonly facts: PreparedFacts | undefined
  readonly status: WireStatus | undefined
  readonly rows: readonly StepRow[]
  /** When the present run began; undefined while none runs. */
  readonly runningSinceMs: number | undefined
  /** How often the code was replaced. */
  readonly reloads: number
  /** What a person is asked to decide. */
  readonly question: Question | undefined
}

export interface Question {
  /** Lines that say what does not fit. */
  readonly lines: readonly string[]
  /** Whether the old version runs on and can be kept. */
  readonly canKeep: boolean
}

const columns: readonly Column[] = [
  { title: 'step', least: 12 },
  { title: '×', align: 'right', dropped: 3 },
  { title: 'in', align: 'right', dropped: 5 },
  { title: 'in/s', align: 'right' },
  { title: 'out', align: 'right', dropped: 6 },
  { title: 'out/s', align: 'right' },
  { title: 'busy', align: 'right' },
  { title: 'held up', align: 'right', dropped: 2 },
  { title: 'watermark', dropped: 1 },
  { title: 'late', align: 'right', dropped: 4 },
]

/** The whole screen of `sluice dev`; no line is wider than the window, and the rows fit into it. */
export function devLines(
  model: DevModel,
  nowMs: number,
  paint: Paint,
  window: { readonly columns: number; readonly rows: number },
): string[] {
  const foot = footLines(model, paint, window.columns - 1)
  const head = ['', headLine(model, nowMs, paint), ...checkpointLines(model, nowMs, paint)]
  const table = stepTable(model.rows, paint, window.columns - 1)
  const room = Math.max(2, window.rows - 1 - head.length - foot.length - 2)
  const shown =
    table.length > room
      ? [
          ...table.slice(0, room - 1),
          paint.dim(`… ${counted(table.length - room + 1, 'more step')}; make the window higher`),
        ]
      : table
  return [...head, ...(shown.length === 0 ? [] : ['', ...shown]), '', ...foot]
}

const stateTexts: Readonly<Record<DevState, string>> = {
  preparing: 'loading',
  running: 'running',
  reloading: 'running, loading the new code',
  asking: 'your decision is needed',
  replacing: 'taking a last checkpoint for the new code',
  waiting: 'not running',
  stopping: 'stopping with a last checkpoint',
  ended: 'ended',
}

function headLine(model: DevModel, nowMs: number, paint: Paint): string {
  const { state, status, facts, reloads, runningSinceMs } = model
  const name = harmless(facts?.job ?? model.file)
  const parts = [
    paint.bold(name),
    statePaint(state, paint)(stateText(model)),
    ...(runningSinceMs === undefined
      ? []
      : [`for ${duration(floorSecond(nowMs - runningSinceMs))}`]),
    ...(status === undefined || status.generation === 0 ? [] : [`generation ${status.generation}`]),
    ...(reloads === 0 ? [] : [counted(reloads, 'reload')]),
    ...(status === undefined || status.restarts === 0
      ? []
      : [paint.yellow(counted(status.restarts, 'restart'))]),
  ]
  return parts.join(paint.dim(' · '))
}

/** While a run is not simply running, its own state says more. */
function stateText({ state, status }: DevModel): string {
  if (state === 'running' && status !== undefined) return status.state
  return stateTexts[state]
}

function statePaint(state: DevState, paint: Paint): (text: string) => string {
  if (state === 'running' || state === 'reloading') return paint.green
  return state === 'ended' || state === 'waiting' || state === 'preparing'
    ? paint.dim
    : paint.yellow
}

function floorSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}

function checkpointLines({ status, facts }: DevModel, nowMs: number, paint: Paint): string[] {
  if (status === undefined || facts === undefined) return []
  if (facts.storage === undefined) return [`${paint.dim('checkpoint')} off`]
  const { lastCheckpoint, failedCheckpoints, restoredFrom } = status
  const failed = failedCheckpoints === 0 ? [] : [paint.red(`${count(failedCheckpoints)} failed`)]
  if (lastCheckpoint === undefined) {
    const from = restoredFrom === undefined ? 'none yet' : `from ${restoredFrom}, none since`
    return [`${paint.dim('checkpoint')} ${[from, ...failed].join(paint.dim(' · '))}`]
  }
  const { id, completedAtMs, durationMs, stateBytes, newBytes } = lastCheckpoint
  const parts = [
    `${id}, ${age(nowMs - completedAtMs)}`,
    `took ${duration(durationMs)}`,
    `${size(stateBytes)} of state, ${size(newBytes)} new`,
    ...failed,
    paint.dim(harmless(facts.storage)),
  ]
  return [`${paint.dim('checkpoint')} ${parts.join(paint.dim(' · '))}`]
}

function stepTable(rows: readonly StepRow[], paint: Paint, width: number): string[] {
  if (rows.length === 0) return []
  const cells = rows.map((row) => [
    harmless(row.step),
    String(row.subtasks),
    row.recordsIn === 0 ? '' : count(row.recordsIn),
    row.recordsIn === 0 ? '' : rate(row.inPerSecond),
    row.recordsOut === 0 ? '' : count(row.recordsOut),
    row.recordsOut === 0 ? '' : rate(row.outPerSecond),
    row.busy === undefined ? '' : percent(row.busy),
    row.backpressured === undefined ? '' : heldUp(row.backpressured, paint),
    eventTime(row.watermark),
    row.lateRecords === 0 ? '' : paint.yellow(count(row.lateRecords)),
  ])
  const [titles = '', ...body] = tableLines(columns, cells, width)
  return [paint.dim(titles), ...body]
}

function heldUp(part: number, paint: Paint): string {
  const text = percent(part)
  return part >= 0.5 ? paint.yellow(text) : text
}

function footLines({ state, question }: DevModel, paint: Paint, width: number): string[] {
  if (question !== undefined) {
    const keep = question.canKeep
      ? [`${paint.bold('k')} keeps the old code running until the file changes again`]
      : []
    const lines = [
      ...question.lines.map(harmless),
      ...keep,
      `${paint.bold('n')} starts the new code from the beginning (output is written again)`,
      `${paint.bold('q')} quits`,
    ]
    return lines.flatMap((line) => wrapped(line, width, '    '))
  }
  const keys = [
    ...(state === 'waiting' ? ['r starts it again', 'n starts from the beginning'] : ['r reloads']),
    state === 'stopping' ? 'q ends at once' : 'q stops',
  ]
  return [paint.dim(keys.join(' · '))]
}
