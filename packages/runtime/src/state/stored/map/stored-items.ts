// The items of the map in hand: in the cache as far as they are needed, the rest in rows.

import type { KeyPart } from '@sluice/core/internal'
import { mapKey } from '@sluice/core/internal'
import type { ByteReader } from '../../../network/codec/byte-reader.ts'
import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import { flattenString } from '../../../network/codec/flatten.ts'
import { decodeKey } from '../../../network/codec/key-codec.ts'
import { REMOVED } from '../../heap/cell.ts'
import { CachedItems, StoredCell } from '../cache/stored-cell.ts'
import type { StoredTable } from '../stored-table.ts'

/** A map of up to so many items is read whole when it is met. */
const SMALL_MAP = 64
/** Before and after whatever a key begins with. */
const BEFORE_KEYS = 0x00
const AFTER_KEYS = 0xff

export class StoredItems {
  readonly table: StoredTable

  constructor(table: StoredTable) {
    this.table = table
  }

  /** The items of the map in hand, as far as they are in the cache. */
  get inHand(): CachedItems {
    return this.table.cell().value as CachedItems
  }

  /** The cell of an item; undefined where there is no such item. */
  find(key: KeyPart): StoredCell | undefined {
    this.table.makeRoom()
    const container = this.table.cell()
    const items = container.value as CachedItems
    if (!items.complete && items.count <= SMALL_MAP) this.#readAll(container, items)
    let cell = items.cells.get(key)
    if (cell === undefined) {
      if (items.complete) return undefined
      cell = this.#newCell(container, key)
      const { keyWriter, rows } = this.table.services
      keyWriter.reset()
      this.table.writeRowKey(keyWriter, cell)
      this.#fill(cell, rows.reader.get(keyWriter.written()))
    }
    cell.referenced = true
    return cell.value === REMOVED ? undefined : cell
  }

  /** The cell of an item that `find` just did not find. */
  absent(key: KeyPart): StoredCell {
    const container = this.table.cell()
    const items = container.value as CachedItems
    const known = items.cells.get(key)
    if (known !== undefined) return known
    const cell = this.#newCell(container, key)
    this.#fill(cell, undefined)
    return cell
  }

  #newCell(container: StoredCell, key: KeyPart): StoredCell {
    const own = typeof key === 'string' ? flattenString(key) : key
    return new StoredCell(this.table, own, container.namespace, container.group, container)
  }

  /** An item is in the cache only with what its row holds. */
  #fill(cell: StoredCell, row: ByteReader | undefined): void {
    this.table.fill(cell, row)
    const items = cell.owner?.value as CachedItems
    items.cells.set(cell.mapKey, cell)
  }

  #readAll(container: StoredCell, items: CachedItems): void {
    this.#scan(container, (key, valueAt) => {
      if (items.cells.has(key)) return
      const cell = this.#newCell(container, key)
      this.#fill(cell, this.table.services.rows.reader.readerAt(valueAt))
    })
    items.complete = true
  }

  /** Goes through the rows of the items, in order of their bytes. */
  #scan(container: StoredCell, call: (key: KeyPart, valueAt: number) => void): void {
    const { rows } = this.table.services
    const writer = new ByteWriter(128)
    this.table.writeRowKey(writer, container)
    const prefixBytes = writer.position
    writer.u8(BEFORE_KEYS)
    let start: Uint8Array | undefined = writer.copy()
    writer.position = prefixBytes
    writer.u8(AFTER_KEYS)
    const end = writer.copy()
    rows.flush()
    while (start !== undefined) {
      start = rows.reader.scan(start, end, (_bytes, keyAt, valueAt) => {
        call(mapKey(decodeKey(rows.reader.readerAt(keyAt + prefixBytes))), valueAt)
      })
    }
  }

  /** The keys of all items that have not expired. */
  all(): KeyPart[] {
    const keys = this.#keys()
    if (this.table.age === undefined) return keys
    return keys.filter((key) => {
      const item = this.find(key)
      return item !== undefined && this.isLive(item)
    })
  }

  #keys(): KeyPart[] {
    this.table.makeRoom()
    const container = this.table.cell()
    const items = container.value as CachedItems
    if (!items.complete && items.count <= SMALL_MAP) this.#readAll(container, items)
    const keys: KeyPart[] = []
    for (const [key, cell] of items.cells) if (cell.value !== REMOVED) keys.push(key)
    if (items.complete) return keys
    this.#scan(container, (key) => {
      if (!items.cells.has(key)) keys.push(key)
    })
    return keys
  }

  /** Expired items are dropped when they are met. */
  isLive(item: StoredCell): boolean {
    if (this.table.age === undefined || !this.table.expired(item)) return true
    this.table.remove(item)
    return false
  }

  noteRead(item: StoredCell): void {
    if (this.table.age?.readsRefresh === true) this.table.renew(item)
  }
}
