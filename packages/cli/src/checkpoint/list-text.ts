// The log of checkpoints as a table, and the same as data.

import type { CheckpointEntry } from '@sluice/runtime/internal'
import { harmless, type Paint } from '../text/paint.ts'
import { age, counted, moment, size } from '../text/quantity.ts'
import { tableLines } from '../text/table.ts'
import {
  checkpointsOf,
  type CommitState,
  type InspectedLog,
  type InspectedSlot,
  newestCheckpoint,
  segmentsOf,
  stateBytes,
} from './log-inspection.ts'

/** One position of the log as data for programs. */
export interface ListedSlot {
  readonly position: number
  readonly kind: 'fence' | 'checkpoint' | 'stop' | 'finished' | 'damaged' | 'newer' | 'missing'
  readonly checkpoint: number | null
  readonly generation: number | null
  readonly writtenAt: string | null
  readonly stateBytes: number | null
  readonly segments: number | null
  readonly owes: number | null
  readonly commits: CommitState | null
  /** Whether a run may start from it. */
  readonly retained: boolean
  readonly detail: string
}

export function listedSlots(log: InspectedLog): ListedSlot[] {
  const retained = new Set(newestCheckpoint(log)?.retained.map((kept) => Number(kept.position)))
  return log.slots.map((slot) => listed(slot, log, retained))
}

function listed(slot: InspectedSlot, log: InspectedLog, retained: ReadonlySet<number>): ListedSlot {
  const nothing = {
    position: slot.position,
    checkpoint: null,
    generation: null,
    writtenAt: null,
    stateBytes: null,
    segments: null,
    owes: null,
    commits: null,
    retained: false,
  }
  if (slot.kind === 'missing') return { ...nothing, kind: 'missing', detail: 'nothing is here' }
  if (slot.kind === 'damaged') return { ...nothing, kind: 'damaged', detail: slot.reason }
  if (slot.kind === 'newer') return { ...nothing, kind: 'newer', detail: `format ${slot.format}` }
  const { entry, commits } = slot
  const head = {
    ...nothing,
    generation: entry.generation,
    writtenAt: new Date(entry.writtenAtMs).toISOString(),
  }
  if (entry.kind === 'fence') {
    return { ...head, kind: 'fence', detail: fenceText(entry.restores, log) }
  }
  return {
    ...head,
    kind: kindOf(entry),
    checkpoint: entry.checkpoint,
    stateBytes: stateBytes(entry),
    segments: segmentsOf(entry).length,
    owes: entry.owes.length,
    commits,
    retained: retained.has(entry.position),
    detail: '',
  }
}

const kinds = { continues: 'checkpoint', stopped: 'stop', finished: 'finished' } as const

function kindOf({ end }: CheckpointEntry): ListedSlot['kind'] {
  return kinds[end]
}

function fenceText(restores: number | null, log: InspectedLog): string {
  if (restores === null) return 'starts from the beginning'
  const restored = checkpointsOf(log).find((entry) => entry.position === restores)
  return restored === undefined
    ? `goes on from position ${restores}`
    : `goes on from checkpoint ${restored.checkpoint}`
}

const commitTexts: Readonly<Record<CommitState, string>> = {
  'nothing-owed': 'nothing',
  proven: 'committed',
  open: 'not noted yet',
}

/** The table; none of its lines is wider than the window. */
export function listLines(
  log: InspectedLog,
  nowMs: number,
  paint: Paint,
  columns: number,
): string[] {
  const rows = listedSlots(log).map((slot) => [
    String(slot.position),
    kindText(slot, paint),
    slot.checkpoint === null ? '' : String(slot.checkpoint),
    slot.generation === null ? '' : String(slot.generation),
    slot.writtenAt === null ? '' : age(nowMs - Date.parse(slot.writtenAt)),
    slot.stateBytes === null ? '' : size(slot.stateBytes),
    owesText(slot),
    harmless(slot.detail) || (slot.retained ? 'kept' : ''),
  ])
  const table = tableLines(
    [
      { title: 'position', align: 'right', dropped: 4 },
      { title: 'kind' },
      { title: 'id', align: 'right' },
      { title: 'generation', align: 'right', dropped: 5 },
      { title: 'age', least: 8 },
      { title: 'state', align: 'right', dropped: 3 },
      { title: 'owes', dropped: 2 },
      { title: '', least: 6, dropped: 1 },
    ],
    rows,
    columns,
  )
  const [titles = '', ...body] = table
  return [summaryText(log), '', paint.dim(titles), ...body]
}

function kindText({ kind }: ListedSlot, paint: Paint): string {
  if (kind === 'damaged' || kind === 'missing' || kind === 'newer') return paint.red(kind)
  return kind === 'fence' ? paint.dim(kind) : paint.green(kind)
}

function owesText({ owes, commits }: ListedSlot): string {
  if (owes === null || commits === null) return ''
  return owes === 0 ? commitTexts[commits] : `${owes} ${commitTexts[commits]}`
}

function summaryText(log: InspectedLog): string {
  const newest = newestCheckpoint(log)
  const checkpoints = counted(checkpointsOf(log).length, 'checkpoint')
  if (newest === undefined) return `${log.location}: no checkpoint`
  const taken = `newest is ${newest.checkpoint}, taken ${moment(newest.writtenAtMs)} UTC`
  return `${log.location}: job '${harmless(newest.job)}', ${checkpoints}, ${taken}`
}
