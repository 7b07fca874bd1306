// Goes on from the rows of a local copy instead of loading segments, where nothing is in doubt: the
// copy holds exactly these segments, the store is that copy, and what is stored is what the job
// declares. Otherwise the store is emptied, and the segments are loaded.

import { SluiceError, type StateSchemas } from '@sluice/core/internal'
import type { SegmentChain } from '../../heap/segment-chain.ts'
import type { TableFacts } from '../../segment/segment-format.ts'
import { readingOf } from '../../segment/stored-schema.ts'
import type { KeyGroupRange, SegmentRef } from '../../state-backend.ts'
import type { Generations } from '../generations.ts'
import { isTimers, type RecordTable } from '../rows/row-record.ts'
import type { Rows } from '../rows/rows.ts'
import { removeOver } from './over-rows.ts'
import { holdsExactly, restoredSegment, type StateCopy } from './state-copy.ts'

export interface AdoptionTarget {
  readonly step: string
  readonly schemas: StateSchemas
  readonly rows: Rows
  readonly generations: Generations
  readonly range: KeyGroupRange
  readonly maxParallelism: number
  readonly chain: SegmentChain
  /** The table that fits, made if need be; throws CHECKPOINT_INCOMPATIBLE. */
  tableFor(stored: TableFacts): RecordTable
}

/** True where the rows are taken over; else there are none any more. */
export function adoptCopy(
  copy: StateCopy,
  segments: readonly SegmentRef[],
  dropped: readonly string[],
  target: AdoptionTarget,
): boolean {
  const { rows, chain } = target
  const isSound = isOf(copy, segments, target) && rows.mark() === copy.mark
  const tables = isSound ? tablesOf(copy, dropped, target) : undefined
  if (tables === undefined) {
    rows.clear()
    return false
  }
  rows.clearOwn()
  copy.tables.forEach(({ facts, cells }, index) => {
    const table = tables[index] as RecordTable
    if (isTimers(table)) return table.recover()
    table.cells = cells
    table.noteRows(Number.POSITIVE_INFINITY)
    if (facts.overUntil !== undefined) removeOver(table, facts.overUntil, target)
  })
  rows.flush()
  for (const segment of copy.segments) chain.add(restoredSegment(segment))
  return true
}

function isOf(
  copy: StateCopy,
  segments: readonly SegmentRef[],
  { step, range, maxParallelism }: AdoptionTarget,
): boolean {
  return (
    copy.step === step &&
    copy.maxParallelism === maxParallelism &&
    copy.range.first === range.first &&
    copy.range.last === range.last &&
    segments.every((ref) => ref.range.first === range.first && ref.range.last === range.last) &&
    holdsExactly(copy, segments)
  )
}

/** The tables of the copy, by their numbers; undefined where one does not fit as it is. */
function tablesOf(
  copy: StateCopy,
  dropped: readonly string[],
  target: AdoptionTarget,
): RecordTable[] | undefined {
  const tables: RecordTable[] = []
  for (const [index, { facts }] of copy.tables.entries()) {
    const fits =
      facts.kind === 'timers' || (!dropped.includes(facts.name) && isAsStored(facts, target))
    if (!fits) return undefined
    const table = target.tableFor(facts)
    if (table.index !== index) return undefined
    tables.push(table)
  }
  return tables
}

function isAsStored(facts: TableFacts, { schemas, step }: AdoptionTarget): boolean {
  try {
    return readingOf(facts, undefined, schemas[facts.name], step) === 'as-stored'
  } catch (error) {
    // The segments are refused for the same reason, with what they know of the values.
    if (error instanceof SluiceError) return false
    throw error
  }
}
