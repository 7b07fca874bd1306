// What the handles of states need of the place where cells live: the cell of the key and namespace
// in hand, and changes of it. Every backend has tables of this form, so that handles are written
// once.

import type { TableFacts } from '../segment/segment-format.ts'

/** A cell as handles see it. */
export interface StateCell {
  value: unknown
}

export interface EntryTable<Cell extends StateCell = StateCell> {
  readonly facts: TableFacts
  /** The cell of the key and namespace in hand. Expired ones are dropped and not shown. */
  current(): Cell | undefined
  /** The same for a read, which makes the cell young again where reads do. */
  read(): Cell | undefined
  /** Adds the cell of the key and namespace in hand, after `current` found none. */
  add(value: unknown): void
  /** Replaces what a cell holds. */
  write(cell: Cell, value: unknown): void
  /** Must be called before a cell's content grows in place, by what is added. */
  willGrow(cell: Cell, added: unknown): void
  /** Takes a cell out of the state. */
  remove(cell: Cell): void
}
