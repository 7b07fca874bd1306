// Checks every stored value of a step against what a job declares, without a task: key group by key
// group, so that memory holds a small part of the state at a time. Nothing is changed.

import { SluiceError, type StateSchemas } from '@sluice/core/internal'
import type { TableFacts } from '../../segment/segment-format.ts'
import type { SegmentRef } from '../../state-backend.ts'
import { ChangeTracker } from '../change-tracker.ts'
import { HeapTable } from '../heap-table.ts'
import { KeyContext } from '../key-context.ts'
import { loadOpened, openFor, type OpenedSegment } from './segment-loader.ts'
import { checkTable } from './table-conversion.ts'

/** What was looked at, and what does not fit. */
export interface StoredStateVerdict {
  /** Values of states that declare a schema or another version. */
  readonly values: number
  /** The first of them, one per value; CHECKPOINT_INCOMPATIBLE in the words of a restore. */
  readonly problems: readonly SluiceError[]
  /** All of them. */
  readonly problemCount: number
}

const MOST_PROBLEMS = 100

/**
 * Reads every value of the segments of one step, in the order in which a restore applies them.
 *
 * @throws SluiceError CHECKPOINT_DAMAGED for a segment that is not as it was written.
 */
export function verifyStoredState(
  segments: Iterable<{ readonly ref: SegmentRef; readonly bytes: Uint8Array }>,
  job: {
    readonly step: string
    readonly maxParallelism: number
    readonly schemas: StateSchemas
  },
): StoredStateVerdict {
  const { step, maxParallelism, schemas } = job
  const opened: OpenedSegment[] = []
  for (const { ref, bytes } of segments) opened.push(openFor(ref, bytes, maxParallelism))
  const problems = new Map<string, SluiceError>()
  let problemCount = 0
  let values = 0
  const report = (error: unknown) => {
    if (!(error instanceof SluiceError)) throw error
    problemCount++
    if (problems.size < MOST_PROBLEMS) problems.set(error.message, error)
  }
  for (let group = 0; group < maxParallelism; group++) {
    const range = { first: group, last: group }
    const ofGroup = opened.filter(({ ref }) => ref.range.first <= group && group <= ref.range.last)
    const target = {
      step,
      maxParallelism,
      schemas,
      range,
      tableFor: tablesOf(range, maxParallelism),
    }
    try {
      for (const conversion of loadOpened(ofGroup, target)) {
        values += checkTable(conversion, step, report)
      }
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'CHECKPOINT_INCOMPATIBLE') report(error)
      else throw error
    }
  }
  return { values, problems: [...problems.values()], problemCount }
}

/** Makes tables as they are stored. */
function tablesOf(
  range: { readonly first: number; readonly last: number },
  maxParallelism: number,
): (stored: TableFacts) => HeapTable {
  const context = new KeyContext(range, maxParallelism)
  const tracker = new ChangeTracker<HeapTable>()
  const tables = new Map<string, HeapTable>()
  return (stored) => {
    const id = `${stored.kind} ${stored.name}`
    let table = tables.get(id)
    if (table === undefined) {
      table = new HeapTable(stored, tables.size, context, tracker)
      tables.set(id, table)
    }
    return table
  }
}
