// Everything that one checkpoint says, for people: when and by whom, what it owes, and of each
// step its positions, watermarks, operator state and segments.

import type { CheckpointEntry, StepSnapshot } from '@sluice/runtime/internal'
import { harmless, type Paint } from '../text/paint.ts'
import { counted, duration, eventTime, moment, size } from '../text/quantity.ts'
import { tableLines } from '../text/table.ts'
import { type CommitState, segmentsOf, stateBytes } from './log-inspection.ts'

export interface ShownCheckpoint {
  readonly entry: CheckpointEntry
  readonly commits: CommitState
  /** Bytes of the entry itself. */
  readonly sizeBytes: number
}

export interface ShowView {
  readonly paint: Paint
  readonly columns: number
  /** Plain data as one line of JSON. */
  readonly json: (value: unknown) => string
}

const ends = {
  continues: 'the job went on',
  stopped: 'the job was stopped with it',
  finished: 'the job had finished',
} as const

export function checkpointLines(shown: ShownCheckpoint, view: ShowView): string[] {
  const { entry } = shown
  const { paint } = view
  return [
    paint.bold(`checkpoint ${entry.checkpoint} of '${harmless(entry.job)}'`),
    ...headLines(shown),
    ...owedLines(shown, view),
    ...entry.steps.flatMap((step) => stepLines(step, view)),
  ]
}

function headLines({ entry, sizeBytes }: ShownCheckpoint): string[] {
  const { plan } = entry
  const retained = entry.retained.map((kept) => kept.checkpoint)
  const took = duration(entry.writtenAtMs - entry.triggeredAtMs)
  const segments = counted(segmentsOf(entry).length, 'segment')
  return [
    `  taken        ${moment(entry.triggeredAtMs)} UTC, written ${took} later; ${ends[entry.end]}`,
    `  position     ${entry.position} of log ${entry.logId}, generation ${entry.generation}`,
    `  plan         ${plan.hash}`,
    `  parallelism  ${plan.parallelism}, ${counted(plan.maxParallelism, 'key group')}`,
    `  size         ${segments} with ${size(stateBytes(entry))}, entry ${size(sizeBytes)}`,
    `  kept         ${counted(retained.length, 'checkpoint')}: ${retained.join(', ')}`,
    ...(entry.idempotentSinks.length === 0
      ? []
      : [`  idempotent   ${entry.idempotentSinks.map(harmless).join(', ')}`]),
  ]
}

const commitTexts: Readonly<Record<CommitState, string>> = {
  'nothing-owed': '',
  proven: 'all committed',
  open: 'not noted as committed: the next run commits them first',
}

function owedLines({ entry, commits }: ShownCheckpoint, { paint, columns }: ShowView): string[] {
  if (entry.owes.length === 0) return ['  owes         nothing']
  const rows = entry.owes.map(({ name, bytes }) => [
    '  ',
    harmless(name.sink),
    String(name.generation),
    String(name.checkpoint),
    harmless(name.part),
    bytesText(bytes),
  ])
  const titles = ['', 'sink', 'generation', 'checkpoint', 'part', 'committable']
  const [head = '', ...body] = tableLines(
    titles.map((title, at) => (at === titles.length - 1 ? { title, least: 12 } : { title })),
    rows,
    columns,
  )
  const many = counted(entry.owes.length, 'committable')
  return [`  owes         ${many}, ${commitTexts[commits]}`, paint.dim(head), ...body]
}

/** One step of a snapshot. */
export function stepLines(step: StepSnapshot, { paint, columns, json }: ShowView): string[] {
  const { source, segments, operators, watermarks } = step
  const lines = [
    '',
    `${paint.cyan(harmless(step.step))} ×${step.parallelism}  ${paint.dim(step.hash)}`,
  ]
  const { facts } = step as { readonly facts?: unknown }
  if (facts !== undefined) lines.push(`  facts        ${json(facts)}`)
  lines.push(`  watermarks   ${[...new Set(watermarks.map(eventTime))].join(', ') || 'none'}`)
  if (source !== undefined) {
    lines.push(`  input        ${source.finished ? 'all read' : 'goes on'}`)
    lines.push(`  enumerator   ${json(source.enumerator)}`)
    for (const { split, maxEventTime, watermark } of source.splits) {
      const time =
        watermark === undefined
          ? `event time ${eventTime(maxEventTime)}`
          : `watermark ${eventTime(watermark)}`
      lines.push(`  split        ${json(split)}, ${time}`)
    }
  }
  for (const [subtask, state] of operators.entries()) {
    if (!isEmpty(state)) lines.push(`  operator ${subtask}   ${json(state)}`)
  }
  if (segments.length > 0) {
    const rows = segments.map((segment) => [
      '  ',
      segment.name,
      segment.kind,
      `${segment.range.first}-${segment.range.last}`,
      String(segment.entries),
      size(segment.sizeBytes),
      segment.checksum,
    ])
    const [head = '', ...body] = tableLines(segmentColumns, rows, columns)
    lines.push(paint.dim(head), ...body)
  }
  return lines
}

const segmentColumns = [
  { title: '' },
  { title: 'segment', least: 24 },
  { title: 'kind' },
  { title: 'key groups' },
  { title: 'entries', align: 'right' },
  { title: 'size', align: 'right' },
  { title: 'checksum', dropped: 1 },
] as const

function isEmpty(state: unknown): boolean {
  return state === undefined || (Array.isArray(state) && state.length === 0)
}

/** A committable is bytes of its connector; most are text. */
function bytesText(bytes: Uint8Array): string {
  if (bytes.length === 0) return '(empty)'
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (harmless(text) === text) return text
  } catch {
    // Not text: shown in hexadecimal.
  }
  const shown = Buffer.from(bytes.subarray(0, 32)).toString('hex')
  return bytes.length > 32 ? `${shown}… (${bytes.length} bytes)` : shown
}
