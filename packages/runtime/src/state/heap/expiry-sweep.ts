// Finds the expired cells of a table that nobody meets: it goes round and round through all cells,
// a few at a time, so that its cost per turn is bounded and none stays for ever.

import { type Cell, REMOVED } from './cell.ts'
import type { CellSource } from './cell-cursor.ts'

/** What a sweep needs of its table. */
interface SweptTable {
  readonly groups: number
  readonly cells: number
  cursor(group: number): CellSource
  expired(cell: Cell): boolean
  remove(cell: Cell): void
}

export class ExpirySweep {
  readonly #table: SweptTable
  #group = -1
  #cursor: CellSource | undefined = undefined

  constructor(table: SweptTable) {
    this.#table = table
  }

  /** How many steps a whole round takes. */
  get round(): number {
    return this.#table.cells + this.#table.groups
  }

  /** So many steps: each looks at a cell, or goes on to the next key group. */
  step(steps: number): void {
    for (let i = 0; i < steps; i++) {
      const cell = this.#cursor?.next()
      if (cell === undefined) this.#nextGroup()
      else if (cell.value !== REMOVED && this.#table.expired(cell)) this.#table.remove(cell)
    }
  }

  #nextGroup(): void {
    this.#group = this.#group + 1 < this.#table.groups ? this.#group + 1 : 0
    this.#cursor = this.#table.cursor(this.#group)
  }
}
