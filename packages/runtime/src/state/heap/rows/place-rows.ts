// Values of keys that are small whole numbers, in namespaces, where they are a number or a few in
// an array: what windows keep, and timers. They are kept in columns instead of objects. Stamps mean
// what they mean for cells (change-tracker.ts); a negative one is that of a row that was removed,
// and a row with stamp 0 is none: what comes and goes within one generation leaves no trace. A
// snapshot sees rows through one object that stands for the row in hand.

import type { CellSource } from '../cell-cursor.ts'
import type { ChangeTracker } from '../change-tracker.ts'
import type { KeyContext } from '../key-context.ts'
import type { RowTable } from './number-rows.ts'
import { PlaceGroup } from './place-group.ts'
import type { PlaceList } from './place-list.ts'
import { isKept, LOADED, RowCell } from './row-cell.ts'
import { ListedPlaces, noRows, RowSource } from './row-source.ts'

/** What a place can hold. */
export type PlaceValue = number | readonly number[]

/** Longer arrays are kept as entries. */
const MOST_NUMBERS = 8
/** So many changed places are listed before a look for those that came and went. */
const FEW_PLACES = 1024

export class PlaceRows {
  readonly #context: KeyContext
  readonly #tracker: Pick<ChangeTracker<unknown>, 'stamp' | 'pending'>
  readonly #table: RowTable
  readonly #groups: (PlaceGroup | undefined)[]
  readonly #cell = new RowCell()
  /** Without namespaces all places have 0, and the key alone says which is in hand. */
  readonly #namespaced: boolean
  #size = 0
  /** The row in hand, found for this version of the context. */
  #row = -1
  #version = -1

  constructor(
    groups: number,
    context: KeyContext,
    tracker: Pick<ChangeTracker<unknown>, 'stamp' | 'pending'>,
    table: RowTable,
    namespaced: boolean,
  ) {
    this.#namespaced = namespaced
    this.#groups = Array<undefined>(groups).fill(undefined)
    this.#context = context
    this.#tracker = tracker
    this.#table = table
  }

  /** Live rows. */
  get size(): number {
    return this.#size
  }

  /** Whether a value can be kept in a row. */
  takes(value: unknown): value is PlaceValue {
    if (typeof value === 'number') return true
    if (!Array.isArray(value)) return false
    const { length } = value
    if (length === 0 || length > MOST_NUMBERS) return false
    for (let i = 0; i < length; i++) if (typeof value[i] !== 'number') return false
    return true
  }

  /** What is at the place in hand; undefined for nothing. An array is the caller's own. */
  get(key: number): PlaceValue | undefined {
    const group = this.#groups[this.#own()]
    if (group === undefined) return undefined
    const row = this.#seek(group, key)
    return row >= 0 && group.stamp(row) > 0 ? group.value(row) : undefined
  }

  set(key: number, value: PlaceValue): void {
    const index = this.#own()
    const group = this.#roomFor(index, value)
    const { stamp } = this.#tracker
    let row = this.#seek(group, key)
    if (row < 0) row = this.#add(group, index, key)
    const before = group.stamp(row)
    if (before !== stamp) this.#touch(group, row, index)
    if (before <= 0) {
      this.#count(1)
      if (before === 0) group.setBirth(row, stamp)
    }
    group.setStamp(row, stamp)
    group.setValue(row, value)
  }

  /** Removes what is at the place in hand; false where there is nothing. */
  remove(key: number): boolean {
    const index = this.#own()
    const group = this.#groups[index]
    if (group === undefined) return false
    const row = this.#seek(group, key)
    if (row < 0 || group.stamp(row) <= 0) return false
    const { stamp } = this.#tracker
    this.#count(-1)
    if (group.birth(row) === stamp) {
      group.setStamp(row, 0)
      return true
    }
    if (group.stamp(row) !== stamp) this.#touch(group, row, index)
    this.#table.dirty(index).holdsRemoved = true
    group.setStamp(row, -stamp)
    return true
  }

  /** Index of the key group in hand. */
  #own(): number {
    const index = this.#context.group()
    if (index < 0 || index >= this.#groups.length) this.#context.assertOwn()
    return index
  }

  /**
   * What is at the place in hand moves into an entry, which takes over what captures know of it:
   * true where they may know it.
   */
  moveOut(key: number): boolean {
    const index = this.#own()
    const group = this.#groups[index] as PlaceGroup
    const row = this.#seek(group, key)
    const { stamp } = this.#tracker
    const isKnown = group.birth(row) !== stamp
    if (group.stamp(row) !== stamp && this.#tracker.pending.length > 0) {
      this.#table.keep(this.#cell.show(group, row, index))
    }
    this.#count(-1)
    group.setStamp(row, 0)
    return isKnown
  }

  #count(change: number): void {
    this.#size += change
    this.#table.count(change)
  }

  /** The group, with rows that are wide enough. */
  #roomFor(index: number, value: PlaceValue): PlaceGroup {
    const width = typeof value === 'number' ? 1 : value.length
    let group = this.#groups[index]
    if (group === undefined) {
      group = new PlaceGroup(width)
      this.#groups[index] = group
    } else if (group.width < width) {
      group.makeRoom(isKept, width)
      this.#version = -1
    }
    return group
  }

  #seek(group: PlaceGroup, key: number): number {
    const version = this.#namespaced ? this.#context.version : this.#context.keyVersion
    if (this.#version !== version) {
      this.#row = group.find(key, this.#namespaced ? this.#context.namespace : 0)
      this.#version = version
    }
    return this.#row
  }

  #add(group: PlaceGroup, index: number, key: number): number {
    if (group.isFull) {
      group.makeRoom(isKept)
      this.#forgetGone(group, this.#table.dirty(index).places)
    }
    this.#row = group.add(key, this.#namespaced ? this.#context.namespace : 0)
    return this.#row
  }

  /** A row is about to change for the first time in this generation. */
  #touch(group: PlaceGroup, row: number, index: number): void {
    const stamp = group.stamp(row)
    if (this.#tracker.pending.length > 0) this.#table.keep(this.#cell.show(group, row, index))
    // A row that was removed in this generation is in the list already.
    if (stamp === -this.#tracker.stamp) return
    this.#table.dirty(index).places.add(group.key(row), group.namespace(row))
  }

  /** Takes what came and went within this generation out of its list. */
  #forgetGone(group: PlaceGroup, list: PlaceList): void {
    if (list.length < FEW_PLACES || list.length < group.used * 2) return
    const { stamp } = this.#tracker
    list.clear()
    for (let row = 0; row < group.used; row++) {
      if (Math.abs(group.stamp(row)) === stamp) list.add(group.key(row), group.namespace(row))
    }
  }

  /** Loads what a stored record holds; false where no row can. */
  load(index: number, key: number, namespace: number, value: unknown): boolean {
    if (!this.takes(value)) return false
    const group = this.#roomFor(index, value)
    if (group.isFull) group.makeRoom(isKept)
    const found = group.find(key, namespace)
    const row = found < 0 ? group.add(key, namespace) : found
    if (group.stamp(row) <= 0) this.#count(1)
    group.setStamp(row, LOADED)
    group.setValue(row, value)
    return true
  }

  /** Takes out what a stored deletion names; false where there is nothing. */
  unload(index: number, key: number, namespace: number): boolean {
    const group = this.#groups[index]
    const row = group?.find(key, namespace) ?? -1
    if (group === undefined || row < 0 || group.stamp(row) <= 0) return false
    this.#count(-1)
    group.setStamp(row, 0)
    return true
  }

  /** What is at a place, whatever is in hand; undefined for nothing. */
  at(index: number, key: number, namespace: number): PlaceValue | undefined {
    const group = this.#groups[index]
    const row = group?.find(key, namespace) ?? -1
    return row >= 0 && (group?.stamp(row) ?? 0) > 0 ? group?.value(row) : undefined
  }

  /** The live rows of a key group, in the order in which they came. */
  cursor(index: number): CellSource {
    const group = this.#groups[index]
    if (group === undefined) return noRows
    return new RowSource(group, index, group.places(), 'live', this.#cell)
  }

  /** Listed rows, removed ones included; `wasReturned` where a snapshot failed to save them. */
  listed(index: number, list: PlaceList, wasReturned: boolean): CellSource {
    const group = this.#groups[index]
    if (group === undefined) return noRows
    const shows = wasReturned ? 'gone' : 'removed'
    return new RowSource(group, index, new ListedPlaces(list), shows, this.#cell)
  }
}
