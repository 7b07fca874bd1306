// The objects that live state consists of. A cell is the smallest thing that a snapshot writes: the
// entry of a key (and namespace), or one item of a map state. `stamp` and `dirtyIndex` belong to
// the tracking of changes: change-tracker.ts says what they mean.

import type { KeyPart } from '@sluice/core/internal'

/** The value of a cell that is no longer part of the state. */
export const REMOVED = Symbol('removed')

/** The time of the last write where it is not known, or was before the clock stood anywhere. */
export const UNDATED = 0

export abstract class Cell {
  // What each access touches comes first, so that it mostly lies in one cache line.
  value: unknown
  stamp = 0
  /** The key as a Map tells it apart; of an item, its key within the map. */
  readonly mapKey: KeyPart
  /** Index of the key group within the range of the backend. */
  readonly group: number
  dirtyIndex = -1
  /** Time of the last write by the clock of the table's TTL. */
  writtenAt = UNDATED
  /** Of what has one. */
  declare readonly namespace?: number

  constructor(mapKey: KeyPart, group: number, value: unknown) {
    this.value = value
    this.mapKey = mapKey
    this.group = group
  }
}

/** What a table holds for a key and namespace. */
export class Entry extends Cell {
  override readonly namespace: number
  /** The next entry of the same key, in another namespace. */
  next: Entry | undefined = undefined

  constructor(mapKey: KeyPart, namespace: number, group: number, value: unknown) {
    super(mapKey, group, value)
    this.namespace = namespace
  }
}

/** One item of a map state. */
export class MapItem extends Cell {
  readonly owner: Entry

  constructor(owner: Entry, mapKey: KeyPart, value: unknown) {
    super(mapKey, owner.group, value)
    this.owner = owner
  }
}

/** Takes the place of a chain of entries when a key has many namespaces. */
export class NamespaceIndex {
  /** Equal to no namespace, so that a look at the first entry of a chain passes it by. */
  readonly namespace = Number.NaN
  readonly entries = new Map<number, Entry>()
  /** What was added last: most records belong to it. */
  #newest: Entry | undefined = undefined

  find(namespace: number): Entry | undefined {
    const newest = this.#newest
    return newest?.namespace === namespace ? newest : this.entries.get(namespace)
  }

  add(entry: Entry): void {
    this.entries.set(entry.namespace, entry)
    this.#newest = entry
  }

  remove(entry: Entry): void {
    this.entries.delete(entry.namespace)
    if (this.#newest === entry) this.#newest = undefined
  }
}

/** What a key group's Map holds for a key. */
export type Slot = Entry | NamespaceIndex
