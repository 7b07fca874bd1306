// The cells of a batch that was looked up ahead, in the order of its records: whose cell is the one
// expected next finds it without a search. Records that take another course find theirs as ever.

import type { KeyPart } from '@sluice/core/internal'
import type { StoredCell } from './stored-cell.ts'

export class ExpectedCells {
  #cells: readonly StoredCell[] = []
  #next = 0

  /** The cells of the records, or timers, to come. */
  expect(cells: readonly StoredCell[]): void {
    this.#cells = cells
    this.#next = 0
  }

  /** The next cell if it is of this place and still in the cache. */
  take(mapKey: KeyPart, namespace: number): StoredCell | undefined {
    const cell = this.#cells[this.#next]
    if (cell === undefined) return undefined
    this.#next++
    if (cell.mapKey !== mapKey || cell.namespace !== namespace) return undefined
    return cell.evicted ? undefined : cell
  }
}
