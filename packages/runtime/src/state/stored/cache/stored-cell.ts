// The objects that the cache of a stored backend consists of. A cell stands for a row that was
// read or written lately, or for the certainty that there is none: its value is then REMOVED.

import type { KeyPart } from '@sluice/core/internal'
import { REMOVED, UNDATED } from '../../heap/cell.ts'
import type { StoredTable } from '../stored-table.ts'

/** The place of a cell that is new, and of one whose row is being read. */
export const UNKNOWN_PLACE = -1
export const ASKED_PLACE = -2

export class StoredCell {
  value: unknown = REMOVED
  /** As in the heap: 2g when it last changed in generation g, 2g + 1 when its capture wrote it. */
  stamp = 0
  /** The key as a Map tells it apart; of an item, its key within the map. */
  readonly mapKey: KeyPart
  readonly namespace: number
  /** Index of the key group within the range of the backend. */
  readonly group: number
  readonly table: StoredTable
  /** Of an item of a map: the cell of the map. */
  readonly owner: StoredCell | undefined
  /** Time of the last write by the clock of the table's TTL. */
  writtenAt: number = UNDATED
  /** The row does not say what the cell says. */
  unsaved = false
  /** There is a row. */
  stored = false
  /** There was nothing at the last barrier: if nothing is left, no trace is either. */
  absentBefore = false
  /** Place in the list of changes of the generation in which it changed; -1 in none. */
  listIndex = -1
  /** Used since the cache last looked for something to drop. */
  referenced = true
  /** No longer in the cache. */
  evicted = false
  /** The cache has no other cell of the key in this table. */
  alone = false
  /** Its place in the cache. */
  place = UNKNOWN_PLACE
  /** About how much memory it takes. */
  sizeBytes = 0

  constructor(
    table: StoredTable,
    mapKey: KeyPart,
    namespace: number,
    group: number,
    owner: StoredCell | undefined,
  ) {
    this.table = table
    this.mapKey = mapKey
    this.namespace = namespace
    this.group = group
    this.owner = owner
  }
}

/** What the cell of a map holds: its items as far as they are in the cache. */
export class CachedItems {
  readonly cells = new Map<KeyPart, StoredCell>()
  /** How many items the map has, whether or not they are in the cache. */
  count: number
  /** An item that is not in the cache does not exist. */
  complete: boolean

  constructor(count: number) {
    this.count = count
    this.complete = count === 0
  }
}

export function isEmptyMap({ value }: StoredCell): boolean {
  return value instanceof CachedItems && value.count === 0
}

/** Without one of its items in the cache a map is known in part, unless there is no such item. */
export function leaveItems(items: CachedItems, cell: StoredCell): void {
  items.cells.delete(cell.mapKey)
  if (cell.value !== REMOVED) items.complete = false
}
