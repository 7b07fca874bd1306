// Knows which cells changed since the last barrier, and lets snapshots that are still being written
// see what cells were at theirs. Barriers cut time into generations. A stamp is 2g when a cell last
// changed in generation g, and 2g + 1 when the capture of g has written it since: a capture of g
// still has to write a cell of its list exactly while stamp <= 2g, and what is about to change in a
// later generation is kept aside for it first. `dirtyIndex` is the place of a cell in the list of
// the current generation as long as no capture saw it, and -1 afterwards: what comes and goes
// within one generation leaves no trace.

import type { Cell } from './cell.ts'
import { PlaceList } from './rows/place-list.ts'

/** A capture that is not completely written yet, as tables see it. */
export interface PendingCapture<Table> {
  /** Called before a cell changes: keeps what it holds if the capture has yet to write it. */
  keep(table: Table, cell: Cell): void
}

export class ChangeTracker<Table> {
  /** The stamp of cells that change now. */
  stamp = 2
  /** In order of their barriers. */
  pending: readonly PendingCapture<Table>[] = []

  nextGeneration(): void {
    this.stamp += 2
  }

  begin(capture: PendingCapture<Table>): void {
    this.pending = [...this.pending, capture]
  }

  end(capture: PendingCapture<Table>): void {
    this.pending = this.pending.filter((each) => each !== capture)
  }
}

/** Cells of one key group that changed in a generation. */
export class DirtyList {
  readonly cells: Cell[] = []
  /** The places of rows that changed (rows/). */
  readonly places: PlaceList
  /** Some of the cells may have been removed from the state. */
  holdsRemoved = false

  /** @param places Empty; may have been in use before. */
  constructor(places = new PlaceList()) {
    this.places = places
  }

  /** For a cell that no capture ever saw. */
  addFresh(cell: Cell): void {
    cell.dirtyIndex = this.cells.length
    this.cells.push(cell)
  }

  /** Forgets a cell that no capture ever saw. */
  dropFresh(cell: Cell): void {
    const { cells } = this
    const last = cells.pop() as Cell
    if (last === cell) return
    cells[cell.dirtyIndex] = last
    if (last.dirtyIndex >= 0) last.dirtyIndex = cell.dirtyIndex
  }
}

/** The changes of a table in one generation, by index of key group. */
export type Changes = (DirtyList | undefined)[]
