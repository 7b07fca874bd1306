// What all rows have in common, whatever their columns are: how a snapshot sees them, and what
// their stamps say beyond those of cells (change-tracker.ts). A negative stamp is that of a row
// that was removed, and one with stamp 0 is none.

import type { KeyPart } from '@sluice/core/internal'
import { type Cell, REMOVED, UNDATED } from '../cell.ts'

/** The stamp of rows that were loaded: they count as saved. */
export const LOADED = 1

/** The row in hand as snapshots see cells. One serves all rows of a table. */
export class RowCell implements Cell {
  value: unknown = REMOVED
  stamp = 0
  mapKey: KeyPart = 0
  namespace = 0
  group = 0
  dirtyIndex = -1
  writtenAt = UNDATED
}

/** False for rows that are none, and removed ones that a snapshot has seen: an odd stamp. */
export function isKept(stamp: number): boolean {
  return stamp > 0 || (stamp < 0 && stamp % 2 === 0)
}
