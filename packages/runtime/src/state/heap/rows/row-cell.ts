// What all rows have in common, whatever their columns are: how a snapshot sees them, and what
// their stamps say beyond those of cells (change-tracker.ts). A negative stamp is that of a row
// that was removed, and one with stamp 0 is none.

import type { KeyPart } from '@sluice/core/internal'
import { type Cell, REMOVED, UNDATED } from '../cell.ts'

/** The stamp of rows that were loaded: they count as saved. */
export const LOADED = 1

/** The rows of a key group, as snapshots see them. */
export interface SeenRows {
  /** The columns with the numbers. */
  readonly numbers: Float64Array
  /** The row of a place; -1 where it has none. */
  find(key: number, namespace: number): number
  key(row: number): number
  /** 0 where rows have none. */
  namespace(row: number): number
  stamp(row: number): number
  setStamp(row: number, stamp: number): void
  /** Where in the columns the numbers of a row begin. */
  start(row: number): number
  /** How many numbers an array of them has; 0 for a number by itself. */
  length(row: number): number
}

const NO_NUMBERS = new Float64Array(0)

/**
 * The row in hand as snapshots see cells. One serves all rows of a table, and shows their numbers
 * where they stand, so that going through a million rows makes no objects.
 */
export class RowCell implements Cell {
  stamp = 0
  mapKey: KeyPart = 0
  namespace = 0
  group = 0
  dirtyIndex = -1
  writtenAt = UNDATED
  /** See `SeenRows`. */
  numbers: Float64Array = NO_NUMBERS
  at = 0
  /** -1 for a removed row. */
  length = -1

  /** @param group Index of the key group. */
  show(rows: SeenRows, row: number, group: number): this {
    const stamp = rows.stamp(row)
    this.mapKey = rows.key(row)
    this.namespace = rows.namespace(row)
    this.group = group
    this.stamp = Math.abs(stamp)
    this.numbers = rows.numbers
    this.at = rows.start(row)
    this.length = stamp > 0 ? rows.length(row) : -1
    return this
  }

  /** A row that is no more: its removal may have been written, and then could not be stored. */
  showGone(key: number, namespace: number, group: number): this {
    this.mapKey = key
    this.namespace = namespace
    this.group = group
    this.stamp = 0
    this.length = -1
    return this
  }

  /** What the row holds; an array is made for the caller. */
  get value(): unknown {
    if (this.length < 0) return REMOVED
    if (this.length === 0) return this.numbers[this.at]
    return Array.from(this.numbers.subarray(this.at, this.at + this.length))
  }
}

/** False for rows that are none, and removed ones that a snapshot has seen: an odd stamp. */
export function isKept(stamp: number): boolean {
  return stamp > 0 || (stamp < 0 && stamp % 2 === 0)
}
