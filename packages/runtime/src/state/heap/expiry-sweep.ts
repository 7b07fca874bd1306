// Finds the expired cells of a table that nobody meets: it goes round and round through all cells,
// a few at a time, so that its cost per turn is bounded and none stays for ever.

import { type Cell, REMOVED } from './cell.ts'
import type { CellSource } from './cell-cursor.ts'

/** What a sweep needs of its table. */
interface SweptTable {
  readonly groups: number
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

  /** Looks at so many cells, or at fewer where a round comes to its end. */
  step(cells: number): void {
    for (let i = 0; i < cells; i++) {
      const cell = this.#next()
      if (cell === undefined) return
      if (cell.value !== REMOVED && this.#table.expired(cell)) this.#table.remove(cell)
    }
  }

  /** The next cell; undefined where all groups were empty or a round ends. */
  #next(): Cell | undefined {
    for (;;) {
      const cell = this.#cursor?.next()
      if (cell !== undefined) return cell
      this.#group++
      if (this.#group >= this.#table.groups) {
        this.#group = -1
        this.#cursor = undefined
        return undefined
      }
      this.#cursor = this.#table.cursor(this.#group)
    }
  }
}
