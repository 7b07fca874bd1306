// Brings the values of a loaded table into the form that the job declares: after everything was
// loaded, so that what newer segments replaced or deleted is never looked at.

import { keyFromMapKey, type Shape, type StateSchema } from '@sluice/core/internal'
import { type Reading, readStored } from '../../segment/stored-schema.ts'
import { type Cell, MapItem } from '../cell.ts'
import { describeKey } from '../describe-key.ts'
import type { HeapTable } from '../heap-table.ts'

/** What a cell holds while it still is as an older version stored it. */
export class OldContent {
  readonly content: unknown
  readonly version: number

  constructor(content: unknown, version: number) {
    this.content = content
    this.version = version
  }
}

/** What is to be done with a loaded table. */
export interface TableConversion {
  readonly table: HeapTable
  readonly schema: StateSchema
  readonly reading: Reading
  /** What segments say of the values, for messages. */
  readonly shape: Shape | undefined
}

/** Of each key group so many cells are a sample. */
const CELLS_PER_GROUP = 4
/** Of a long list so many elements are. */
const ELEMENTS_PER_SAMPLE = 16

/**
 * Converts what has to be; true when the state is not as the segments say any more.
 *
 * @throws SluiceError CHECKPOINT_INCOMPATIBLE at the first value that does not fit.
 */
export function convertTable(conversion: TableConversion, step: string): boolean {
  const { table, reading } = conversion
  if (reading === 'as-stored') return false
  const reader = new ContentReader(conversion, step)
  if (reading === 'sampled' && !sampleChanges(table, reader)) return false
  let changed = false
  for (let group = 0; group < table.groups; group++) {
    const cells = table.cursor(group)
    for (let cell = cells.next(); cell !== undefined; cell = cells.next()) {
      const content = reader.converted(cell)
      if (content === cell.value) continue
      cell.value = content
      changed = true
    }
  }
  return changed
}

/** Every cell, in place; errors go to `report`, and their cells stay as they are. */
export function checkTable(
  conversion: TableConversion,
  step: string,
  report: (error: unknown) => void,
): number {
  const { table } = conversion
  const reader = new ContentReader(conversion, step)
  let values = 0
  for (let group = 0; group < table.groups; group++) {
    const cells = table.cursor(group)
    for (let cell = cells.next(); cell !== undefined; cell = cells.next()) {
      values++
      try {
        reader.converted(cell)
      } catch (error) {
        report(error)
      }
    }
  }
  return values
}

function sampleChanges(table: HeapTable, reader: ContentReader): boolean {
  for (let group = 0; group < table.groups; group++) {
    const cells = table.cursor(group)
    for (let i = 0; i < CELLS_PER_GROUP; i++) {
      const cell = cells.next()
      if (cell === undefined) break
      if (reader.changesSample(cell)) return true
    }
  }
  return false
}

/** Reads the content of cells of one table. */
class ContentReader {
  readonly #conversion: TableConversion
  readonly #step: string
  readonly #isList: boolean

  constructor(conversion: TableConversion, step: string) {
    this.#conversion = conversion
    this.#step = step
    this.#isList = conversion.table.facts.kind === 'list'
  }

  converted(cell: Cell): unknown {
    const { schema } = this.#conversion
    const old = cell.value instanceof OldContent ? cell.value : undefined
    const content = old === undefined ? cell.value : old.content
    const version = old === undefined ? schema.version : old.version
    if (!this.#isList) return this.#value(content, version, cell)
    const elements = content as readonly unknown[]
    const read = elements.map((each) => this.#value(each, version, cell))
    return read.some((each, index) => each !== elements[index]) ? read : content
  }

  /** Whether the schema makes something else of what is there. */
  changesSample(cell: Cell): boolean {
    if (cell.value instanceof OldContent) return true
    const values = this.#isList
      ? (cell.value as readonly unknown[]).slice(0, ELEMENTS_PER_SAMPLE)
      : [cell.value]
    const { version } = this.#conversion.schema
    return values.some((value) => this.#value(value, version, cell) !== value)
  }

  #value(value: unknown, version: number, cell: Cell): unknown {
    const { schema, table, shape } = this.#conversion
    return readStored(schema, value, version, {
      step: this.#step,
      state: table.facts.name,
      at: placeOf(cell),
      ...(shape === undefined ? {} : { shape }),
    })
  }
}

function placeOf(cell: Cell): string {
  if (!(cell instanceof MapItem)) return `the key ${describeKey(keyFromMapKey(cell.mapKey))}`
  const owner = describeKey(keyFromMapKey(cell.owner.mapKey))
  return `${describeKey(keyFromMapKey(cell.mapKey))} in the map of the key ${owner}`
}
