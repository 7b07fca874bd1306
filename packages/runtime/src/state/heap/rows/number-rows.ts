// The counters of keys that are small whole numbers, in columns instead of objects. Stamps mean
// what they mean for cells (change-tracker.ts); a negative one is that of a row that was removed. A
// snapshot sees rows through one object that stands for the row in hand.

import type { KeyPart } from '@sluice/core/internal'
import type { Cell } from '../cell.ts'
import type { CellSource } from '../cell-cursor.ts'
import type { ChangeTracker, DirtyList } from '../change-tracker.ts'
import type { KeyContext } from '../key-context.ts'
import type { PlaceList } from './place-list.ts'
import { LOADED, RowCell } from './row-cell.ts'
import { RowGroup } from './row-group.ts'
import { ListedPlaces, RowSource } from './row-source.ts'

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
    if (this.#tracker.pending.length > 0) this.#table.keep(this.#cell.show(group, row, index))
    // A row that was removed in this generation is in the list already.
    if (stamp !== -this.#tracker.stamp) this.#table.dirty(index).places.add(key, 0)
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
    const group = this.#groups[index] as RowGroup
    return new RowSource(group, index, group.places(), 'live', this.#cell)
  }

  /** Listed rows, removed ones included, and those that are no more. */
  listed(index: number, list: PlaceList): CellSource {
    const group = this.#groups[index] as RowGroup
    return new RowSource(group, index, new ListedPlaces(list), 'gone', this.#cell)
  }
}

/** Whether a key (as a Map tells it apart) can have a row. */
export function isRowKey(mapKey: KeyPart): mapKey is number {
  return typeof mapKey === 'number' && (mapKey | 0) === mapKey
}
