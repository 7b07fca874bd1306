// The counters of keys that are small whole numbers, in columns instead of objects: per key group a
// table whose rows are key, stamp and value side by side, so that an update touches two lines of the
// cache and leaves nothing to the garbage collector. Stamps mean what they mean for cells
// (change-tracker.ts); a negative one is that of a row that was removed, zero that of a new one.
// Removed rows leave when their group grows.

import type { KeyPart } from '@sluice/core/internal'
import { REMOVED, UNDATED } from './cell.ts'
import type { Cell } from './cell.ts'
import type { CellSource } from './cell-cursor.ts'
import type { ChangeTracker, DirtyList } from './change-tracker.ts'
import type { KeyContext } from './key-context.ts'

/** A power of two. */
const FIRST_ROWS = 8
/** The stamp of rows that were loaded: they count as saved. */
const LOADED = 1

/** The rows of one key group, in the order in which they came, and an index to find them. */
class RowGroup {
  /** Places with the number of a row, plus one; a power of two of them, at most half in use. */
  #index = new Int32Array(FIRST_ROWS * 2)
  #used = 0
  /** Two views of the same bytes: of each row key, stamp, and the value behind them. */
  integers = new Int32Array(FIRST_ROWS * 4)
  #numbers = new Float64Array(this.integers.buffer)

  get used(): number {
    return this.#used
  }

  /** The row of a key; -1 where it has none. */
  find(key: number): number {
    const index = this.#index
    const { integers } = this
    const mask = index.length - 1
    for (let place = hashOf(key) & mask; ; place = (place + 1) & mask) {
      const row = (index[place] as number) - 1
      if (row < 0 || integers[row * 4] === key) return row
    }
  }

  stamp(row: number): number {
    return this.integers[row * 4 + 1] as number
  }

  value(row: number): number {
    return this.#numbers[row * 2 + 1] as number
  }

  write(row: number, stamp: number, value: number): void {
    this.integers[row * 4 + 1] = stamp
    this.#numbers[row * 2 + 1] = value
  }

  /** Makes the row of a key that has none. */
  add(key: number): number {
    if (this.#used * 4 >= this.integers.length) this.#grow()
    const row = this.#used++
    this.integers[row * 4] = key
    const mask = this.#index.length - 1
    let place = hashOf(key) & mask
    while (this.#index[place] !== 0) place = (place + 1) & mask
    this.#index[place] = row + 1
    return row
  }

  /** Takes over all rows but those whose removal was written. */
  #grow(): void {
    const { integers } = this
    const numbers = this.#numbers
    const rows = this.#used
    let kept = 0
    for (let row = 0; row < rows; row++) if (isKept(integers[row * 4 + 1] as number)) kept++
    const room = kept * 2 >= rows ? rows * 2 : rows
    this.#index = new Int32Array(room * 2)
    this.integers = new Int32Array(room * 4)
    this.#numbers = new Float64Array(this.integers.buffer)
    this.#used = 0
    for (let row = 0; row < rows; row++) {
      const stamp = integers[row * 4 + 1] as number
      if (!isKept(stamp)) continue
      this.write(this.add(integers[row * 4] as number), stamp, numbers[row * 2 + 1] as number)
    }
  }
}

function hashOf(key: number): number {
  const hash = Math.imul(key, 0x9e3779b1)
  return hash ^ (hash >>> 15)
}

/** False for removed rows that a snapshot has seen: an odd stamp. */
function isKept(stamp: number): boolean {
  return stamp > 0 || stamp % 2 === 0
}

/** What rows need of their table. */
interface RowTable {
  /** Rows come and go. */
  count(change: number): void
  dirty(group: number): DirtyList
  keep(cell: Cell): void
}

/** A row as snapshots see cells. One serves all rows of a table. */
class RowCell implements Cell {
  value: unknown = REMOVED
  stamp = 0
  mapKey: KeyPart = 0
  group = 0
  dirtyIndex = -1
  writtenAt = UNDATED
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
    if (this.#tracker.pending.length > 0 && stamp !== 0) {
      this.#table.keep(this.#show(group, index, row))
    }
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
    return {
      next: () => {
        for (;;) {
          const key = nextKey()
          if (key === undefined) return undefined
          const row = group.find(key)
          if (row >= 0 && (which === 'all' || group.stamp(row) > 0)) {
            return this.#show(group, index, row)
          }
          if (row < 0 && which === 'all') return this.#gone(index, key)
        }
      },
      written: (cell) => {
        const row = group.find(cell.mapKey as number)
        if (row >= 0) {
          const sign = group.stamp(row) > 0 ? 1 : -1
          group.integers[row * 4 + 1] = sign * cell.stamp
        }
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
