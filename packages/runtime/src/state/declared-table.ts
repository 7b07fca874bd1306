// What every backend does alike with the table of a declared state: it must be of the kind that was
// stored, gets the schema and the life time of its declaration, and is described in segments.

import { type StateDescriptor, SluiceError, type StateSchemas } from '@sluice/core/internal'
import { VALUE_FORMAT_VERSION } from '../network/codec/value-codec.ts'
import { CellAge } from './heap/cell-age.ts'
import type { SegmentHeader, TableFacts } from './segment/segment-format.ts'
import { assertDeclarable, declaredFacts } from './segment/stored-schema.ts'
import type { StateBackendOptions } from './state-backend.ts'

/** A table of either backend. */
interface DeclaredTable {
  facts: TableFacts
  age: CellAge | undefined
  readonly aged: boolean
  readonly cells: number
}

/** The facts of a state as its declaration says them. */
export function factsOf({ name, kind, namespace, ttlMs }: StateDescriptor): TableFacts {
  return { name, kind, namespaced: namespace === 'window', aged: ttlMs !== undefined }
}

/** Gives a table the schema and the life time of its declaration. */
export function declareTable(
  table: DeclaredTable,
  descriptor: StateDescriptor,
  schemas: StateSchemas,
  { step, now, watermark }: Pick<StateBackendOptions, 'step' | 'now' | 'watermark'>,
): void {
  const { name, ttlMs, ttlClock, ttlRefresh } = descriptor
  if (table.cells > 0) assertDeclarable(table.facts, schemas[name] ?? descriptor, step)
  table.facts = declaredFacts(factsOf(descriptor), schemas[name])
  const clock = ttlClock === 'event' ? watermark : now
  table.age =
    ttlMs === undefined ? undefined : new CellAge(ttlMs, clock, ttlRefresh === 'read-and-write')
}

/** Throws CHECKPOINT_INCOMPATIBLE where a table is of another kind than what was stored. */
export function assertSameKind(
  known: TableFacts,
  facts: TableFacts,
  { step, subtask }: Pick<StateBackendOptions, 'step' | 'subtask'>,
): void {
  if (known.kind === facts.kind && known.namespaced === facts.namespaced) return
  throw new SluiceError(
    'CHECKPOINT_INCOMPATIBLE',
    `The state '${facts.name}' was stored as ${describe(known)} and is declared as ` +
      `${describe(facts)}, or the other way round.`,
    {
      where: { step, subtask },
      hint: 'Declare it as it was, or give the new state another name.',
    },
  )
}

function describe({ kind, namespaced }: TableFacts): string {
  return `${kind} ${namespaced ? 'per window' : 'per key'}`
}

/** How a segment describes a table: with the time up to which all in it is over. */
export function writtenFacts({ facts, aged, age }: DeclaredTable): TableFacts {
  const overUntil = age?.overUntil() ?? Number.NEGATIVE_INFINITY
  return Number.isFinite(overUntil) ? { ...facts, aged, overUntil } : { ...facts, aged }
}

/** The header of the segments of one snapshot. */
export function segmentHeader(
  { step, subtask, maxParallelism, range }: StateBackendOptions,
  checkpoint: number,
  tables: readonly TableFacts[],
): SegmentHeader {
  return {
    step,
    subtask,
    checkpoint,
    maxParallelism,
    first: range.first,
    last: range.last,
    valueFormat: VALUE_FORMAT_VERSION,
    tables,
  }
}
