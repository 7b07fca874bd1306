// The events of a run as lines for people. What the engine writes to its log as well (failed
// checkpoints, restarts, repeated commits, warnings) is left to the log, so that nothing is said
// twice.

import type { JobEvents, JobResult } from '@sluice/runtime'
import type { LogLine } from '@sluice/runtime/internal'
import type { Redact } from '../errors/secrets.ts'
import { harmless, type Paint } from '../text/paint.ts'
import { counted, duration, rate, size } from '../text/quantity.ts'

export interface TextView {
  readonly paint: Paint
  readonly redact: Redact
}

type Texts = {
  readonly [Name in keyof JobEvents]?: (event: JobEvents[Name], view: TextView) => string
}

const texts: Texts = {
  running: ({ attempt, generation, restoredFrom, recoveryMs }, { paint }) => {
    const from =
      restoredFrom === undefined ? 'from the beginning' : `from checkpoint ${restoredFrom}`
    const again = attempt === 1 ? '' : `, attempt ${attempt}`
    const fence = generation === 0 ? 'checkpoints are off' : `generation ${generation}`
    return `${paint.green('running')} ${from} after ${duration(recoveryMs)} (${fence}${again})`
  },
  committed: ({ checkpoint, committables, recovered }) =>
    recovered && committables > 0
      ? `committed ${counted(committables, 'promise')} of checkpoint ${checkpoint} first`
      : '',
  savepoint: ({ savepoint: { name, checkpoint, sizeBytes } }, { paint }) =>
    `${paint.green('savepoint')} '${name}' of checkpoint ${checkpoint} (${size(sizeBytes)})`,
  aborted: ({ sink, count: pieces }) =>
    `swept ${counted(pieces, 'unfinished piece')} of an earlier attempt out of '${sink}'`,
}

/** The line for an event; undefined where there is nothing to say. */
export function eventText<Name extends keyof JobEvents>(
  name: Name,
  event: JobEvents[Name],
  view: TextView,
): string | undefined {
  const text = texts[name]?.(event, view)
  return text === '' ? undefined : text
}

/** A completed checkpoint, for `--log-level debug`. */
export function checkpointText({ checkpoint }: JobEvents['checkpoint-completed']): string {
  const { id, durationMs, stateBytes, newBytes, committables } = checkpoint
  const commits = committables === 0 ? '' : `, ${counted(committables, 'commit')}`
  const state = `${size(stateBytes)} of state, ${size(newBytes)} of it new`
  return `checkpoint ${id} in ${duration(durationMs)}: ${state}${commits}`
}

const marks = { debug: 'debug', info: 'info', warn: 'warning', error: 'error' } as const

/** A line of the log. */
export function logText(line: LogLine, { paint, redact }: TextView): string {
  const colour = { debug: paint.dim, info: paint.dim, warn: paint.yellow, error: paint.red }
  const fields = Object.entries(line.fields).map(([name, value]) => ` ${name}=${fieldText(value)}`)
  const text = harmless(redact(line.message + fields.join('')))
  return `${colour[line.level](marks[line.level])} ${text}`
}

function fieldText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Error) return value.message
  const message = (value as { readonly message?: unknown } | null)?.message
  return typeof message === 'string' ? message : (JSON.stringify(value) ?? String(value))
}

/** Records that are in no result: the figure that counts them, what they are, and their fate. */
const setAside = [
  ['records-malformed', 'malformed record', ' passed over'],
  ['late-records', 'late record', ''],
  ['records-between-windows', 'record', ' between windows dropped'],
] as const

/** What is known of a run when it has ended. */
export interface RunSummary {
  readonly job: string
  readonly records: number
  /** What steps counted under names of their own, summed up over them. */
  readonly figures?: Readonly<Record<string, number>>
  readonly completedCheckpoints: number
  readonly durationMs: number
  /** Undefined: checkpoints are off. */
  readonly storage: string | undefined
}

/** What was done, one sentence a line; how a failure is told is left to the error. */
export function resultLines(
  result: JobResult,
  summary: RunSummary,
  { paint }: Pick<TextView, 'paint'>,
): string[] {
  const { storage } = summary
  const job = `'${summary.job}'`
  const done = workDone(result, summary)
  const where = storage === undefined ? [] : [`Checkpoints are in ${storage}.`]
  const goesOn = (from: string): string[] =>
    storage === undefined ? [] : [`The next run goes on from ${from}, in ${storage}.`]
  switch (result.outcome) {
    case 'finished':
      return [`${paint.green('finished')} ${job}: ${done}.`, ...where]
    case 'finished-before':
      return [
        `${paint.green('finished before')} ${job} has nothing left to do.`,
        'To run it again from the beginning: --from none --accept-duplicates.',
        ...where,
      ]
    case 'stopped':
      return [
        `${paint.green('stopped')} ${job}${stoppedWith(result)}: ${done}.`,
        ...goesOn('there'),
      ]
    case 'cancelled':
      return [
        `${paint.yellow('cancelled')} ${job} at once: ${done}.`,
        ...goesOn('the last checkpoint'),
      ]
    case 'fenced':
      return [
        `${paint.yellow('fenced')} ${job}: a newer run of it has taken over.`,
        'Leave it to that one.',
      ]
    case 'failed':
      return [`${paint.red('failed')} ${job}: ${done}.`, ...where]
  }
}

function stoppedWith({ lastCheckpoint }: JobResult): string {
  return lastCheckpoint === undefined ? '' : ` with checkpoint ${lastCheckpoint}`
}

function workDone({ restarts }: JobResult, summary: RunSummary): string {
  const { records, figures = {}, durationMs, completedCheckpoints } = summary
  const perSecond =
    durationMs < 1000 || records === 0 ? '' : ` (${rate((records * 1000) / durationMs)})`
  return [
    `${counted(records, 'record')} in ${duration(durationMs)}${perSecond}`,
    counted(completedCheckpoints, 'checkpoint'),
    restarts === 0 ? 'no restart' : counted(restarts, 'restart'),
    ...setAside.flatMap(([name, what, fate]) => {
      const { [name]: many = 0 } = figures
      return many === 0 ? [] : [counted(many, what) + fate]
    }),
  ].join(', ')
}
