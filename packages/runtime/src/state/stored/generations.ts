// Time in a stored backend, cut into generations by barriers, as in the heap: the present stamp,
// the captures that are not completely written yet, and the rows that changed and left the cache.

import { ChangedRows } from './rows/changed-rows.ts'
import type { Rows } from './rows/rows.ts'
import type { StoredCell } from './cache/stored-cell.ts'

/** A capture that is not completely written yet, as tables see it. */
export interface PendingRows {
  /** Called before a cell changes or leaves the cache: writes what it holds if that is due. */
  keep(cell: StoredCell): void
}

export class Generations {
  /** The stamp of cells that change now. */
  stamp = 2
  /** In order of their barriers. */
  pending: readonly PendingRows[] = []
  /** Rows that changed now and are not in the cache. */
  changed: ChangedRows
  readonly #rows: Rows
  readonly #groups: number
  readonly #limitBytes: number

  constructor(rows: Rows, groups: number, limitBytes: number) {
    this.#rows = rows
    this.#groups = groups
    this.#limitBytes = limitBytes
    this.changed = this.#newChanged()
  }

  #newChanged(): ChangedRows {
    return new ChangedRows(this.#rows, this.#groups, this.stamp, this.#limitBytes)
  }

  /** A capture takes over what changed, and a new generation begins. */
  next(capture: PendingRows): void {
    this.stamp += 2
    this.changed = this.#newChanged()
    this.pending = [...this.pending, capture]
  }

  end(capture: PendingRows): void {
    this.pending = this.pending.filter((each) => each !== capture)
  }
}
