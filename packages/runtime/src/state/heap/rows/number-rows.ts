// The counters of keys that are small whole numbers, in columns instead of objects. Stamps mean
// what they mean for cells (change-tracker.ts); a negative one is that of a row that was removed. A
// snapshot sees rows through one object that stands for the row in hand.

import type { KeyPart } from '@sluice/core/internal'
import { type Cell, REMOVED } from '../cell.ts'
import type { CellSource } from '../cell-cursor.ts'
import type { ChangeTracker, DirtyList } from '../change-tracker.ts'
import type { KeyContext } from '../key-context.ts'
import { LOADED, RowCell } from './row-cell.ts'
import { RowGroup } from './row-group.ts'

/** What rows need of their table. */
export interface RowTable {
  /** Rows come and go. */
  count(change: number): void
  dirty(group: number): DirtyList
  keep(cell: Cell): void
}

export class NumberRows {
  readonly #context: KeyContext
  readonly #tracker: Pick<ChangeTracker<unknown>, 'stamp' | 'pending'>
  readonly #table: RowTable
  readonly #groups: RowGroup[]
  readonly #cell = new RowCell()
  /** The row in hand, found for this version of the context. */
  #row = -1
  #version = -1

  constructor(
    groups: number,
    context: KeyContext,
    tracker: Pick<ChangeTracker<unknown>, 'stamp' | 'pending'>,
    table: RowTable,
  ) {
    this.#groups = Array.from({ length: groups }, () => new RowGroup())
    this.#context = context
    this.#tracker = tracker
    this.#table = table
  }

  /** The number of the key in hand; 0 where there is none. */
  get(key: number): number {
    const group = this.#ofKey()
    const row = this.#seek(group, key)
    return row >= 0 && group.stamp(row) > 0 ? group.value(row) : 0
  }

  set(key: number, value: number): void {
    const group = this.#ofKey()
    let row = this.#seek(group, key)
    if (row < 0) {
      row = group.add(key)
      this.#row = row
    }
    const stamp = group.stamp(row)
    if (stamp <= 0) this.#table.count(1)
    if (stamp !== this.#tracker.stamp) this.#touch(group, row, key)
    group.write(row, this.#tracker.stamp, value)
  }

  /** Removes the number of the key in hand. */
  remove(key: number): void {
    const group = this.#ofKey()
    const row = this.#seek(group, key)
    if (row < 0 || group.stamp(row) < 0) return
    if (group.stamp(row) !== this.#tracker.stamp) this.#touch(group, row, key)
    this.#table.dirty(this.#context.group()).holdsRemoved = true
    this.#table.count(-1)
    group.write(row, -this.#tracker.stamp, 0)
  }

  #ofKey(): RowGroup {
    const group = this.#groups[this.#context.group()]
    if (group === undefined) this.#context.assertOwn()
    return group as RowGroup
  }

  #seek(group: RowGroup, key: number): number {
    if (this.#version !== this.#context.version) {
      this.#row = group.find(key)
      this.#version = this.#context.version
    }
    return this.#row
  }

  /** A row is about to change for the first time in this generation. */
  #touch(group: RowGroup, row: number, key: number): void {
    const index = this.#context.group()
    const stamp = group.stamp(row)
    // Also a row that is new: its removal may be what a capture has yet to write.
    if (this.#tracker.pending.length > 0) this.#table.keep(this.#show(group, index, row))
    // A row that was removed in this generation is in the list already.
    if (stamp !== -this.#tracker.stamp) this.#table.dirty(index).keys.push(key)
  }

  #show(group: RowGroup, index: number, row: number): RowCell {
    const cell = this.#cell
    const stamp = group.stamp(row)
    cell.mapKey = group.integers[row * 4] as number
    cell.group = index
    cell.stamp = Math.abs(stamp)
    cell.value = stamp > 0 ? group.value(row) : REMOVED
    return cell
  }

  /** Loads what a stored record holds. */
  load(index: number, key: number, value: number): void {
    const group = this.#groups[index] as RowGroup
    const found = group.find(key)
    const row = found < 0 ? group.add(key) : found
    if (group.stamp(row) <= 0) this.#table.count(1)
    group.write(row, LOADED, value)
  }

  /** Takes out what a stored deletion names. */
  unload(index: number, key: number): void {
    const group = this.#groups[index] as RowGroup
    const row = group.find(key)
    if (row < 0 || group.stamp(row) <= 0) return
    this.#table.count(-1)
    group.write(row, -LOADED, 0)
  }

  /** The live rows of a key group, in the order in which they came. */
  cursor(index: number): CellSource {
    const { integers, used } = this.#groups[index] as RowGroup
    let row = 0
    // When the group grows these integers stay behind as they were.
    return this.#source(index, () => (row < used ? integers[row++ * 4] : undefined), 'live')
  }

  /** The rows of these keys, removed ones included. */
  ofKeys(index: number, keys: readonly number[]): CellSource {
    let at = 0
    return this.#source(index, () => keys[at++], 'all')
  }

  #source(index: number, nextKey: () => number | undefined, which: 'live' | 'all'): CellSource {
    const group = this.#groups[index] as RowGroup
    // The row of the cell that came last: nothing comes between it and its being written.
    let row = -1
    return {
      next: () => {
        for (;;) {
          const key = nextKey()
          if (key === undefined) return undefined
          row = group.find(key)
          if (row >= 0 && (which === 'all' || group.stamp(row) > 0)) {
            return this.#show(group, index, row)
          }
          if (row < 0 && which === 'all') return this.#gone(index, key)
        }
      },
      written: (cell) => {
        if (row < 0) return
        const sign = group.stamp(row) > 0 ? 1 : -1
        group.integers[row * 4 + 1] = sign * cell.stamp
      },
    }
  }

  /** A row that left after its removal was written, which then could not be stored. */
  #gone(index: number, key: number): RowCell {
    const cell = this.#cell
    cell.mapKey = key
    cell.group = index
    cell.stamp = 0
    cell.value = REMOVED
    return cell
  }
}

/** Whether a key (as a Map tells it apart) can have a row. */
export function isRowKey(mapKey: KeyPart): mapKey is number {
  return typeof mapKey === 'number' && (mapKey | 0) === mapKey
}
