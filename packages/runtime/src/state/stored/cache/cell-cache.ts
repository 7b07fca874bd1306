// Bounds the memory of cached cells. Cells that were not used since the hand last passed are
// dropped; what their rows do not say yet is written first, many rows in one batch (the clock
// algorithm: a use costs one store into the cell).

import type { StoredCell } from './stored-cell.ts'

/** Room is made for a while at once, so that rows are written in batches. */
const ROOM_PART = 1 / 64
/** Rounds of the hand after which what is left is in use. */
const MOST_ROUNDS = 3

export class CellCache {
  readonly #limitBytes: number
  readonly #cells: StoredCell[] = []
  #hand = 0
  #sizeBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  get cells(): number {
    return this.#cells.length
  }

  add(cell: StoredCell, sizeBytes: number): void {
    cell.sizeBytes = sizeBytes
    this.#sizeBytes += sizeBytes
    cell.place = this.#cells.length
    this.#cells.push(cell)
  }

  resize(cell: StoredCell, sizeBytes: number): void {
    this.#sizeBytes += sizeBytes - cell.sizeBytes
    cell.sizeBytes = sizeBytes
  }

  /** True when room should be made before more comes in. */
  get full(): boolean {
    return this.#sizeBytes > this.#limitBytes
  }

  /** Drops cells until the limit holds again with some room to spare, unless all are needed. */
  makeRoom(): void {
    const wantedBytes = this.#limitBytes * (1 - ROOM_PART)
    let left = this.#cells.length * MOST_ROUNDS
    while (this.#sizeBytes > wantedBytes && left-- > 0) {
      if (this.#hand >= this.#cells.length) this.#hand = 0
      const cell = this.#cells[this.#hand]
      if (cell === undefined) return
      if (cell.referenced) {
        cell.referenced = false
        this.#hand++
      } else if (cell.table.evict(cell)) {
        this.drop(cell)
      } else {
        this.#hand++
      }
    }
  }

  /** Brings the rows of all cells up to date; the cells stay. */
  saveAll(): void {
    for (const cell of this.#cells) if (cell.unsaved) cell.table.save(cell)
  }

  /** Forgets a cell that is of no use any more. */
  drop(cell: StoredCell): void {
    this.#sizeBytes -= cell.sizeBytes
    const last = this.#cells.pop() as StoredCell
    if (last === cell) return
    this.#cells[cell.place] = last
    last.place = cell.place
  }
}
