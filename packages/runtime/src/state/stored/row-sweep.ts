// Finds the expired rows of a table that nobody meets: it goes round and round through all rows, a
// chunk at a time, and meets those that are over, or have yet to begin to age. With each snapshot
// it goes an eighth of the way, so that none stays for ever.

import { type Key, mapKey } from '@sluice/core/internal'
import { ByteWriter } from '../../network/codec/byte-writer.ts'
import { decodeKey } from '../../network/codec/key-codec.ts'
import { CONTAINER_ROW, PLAIN_ROW, ROW_PREFIX_BYTES, writeRowPrefix } from './rows/rows.ts'
import { StoredItems } from './map/stored-items.ts'
import type { StoredTable } from './stored-table.ts'

const SWEPT_PART = 8

/** Where a row stands that should be met. */
interface MetPlace {
  readonly key: Key
  readonly namespace: number
  readonly item: Key | undefined
}

export class RowSweep {
  readonly #table: StoredTable
  readonly #first: number
  readonly #last: number
  #group: number
  /** Where to go on in the group. */
  #start: Uint8Array | undefined = undefined

  constructor(table: StoredTable) {
    const { first, last } = table.services.context.range
    this.#table = table
    this.#first = first
    this.#last = last
    this.#group = first
  }

  /** Looks at an eighth of the rows; yields after each chunk. */
  *run(): Generator<void, void> {
    let left = Math.ceil(this.#table.cells / SWEPT_PART)
    for (let groups = 0; left > 0 && groups <= this.#last - this.#first; groups++) {
      do {
        left -= this.#chunk()
        yield
      } while (this.#start !== undefined && left > 0)
      if (this.#start !== undefined) return
      this.#group = this.#group === this.#last ? this.#first : this.#group + 1
    }
  }

  /** Returns how many rows it looked at. */
  #chunk(): number {
    const table = this.#table
    const { rows, context } = table.services
    rows.flush()
    const places: MetPlace[] = []
    let looked = 0
    const start = this.#start ?? this.#rowKey(table.index)
    this.#start = rows.reader.scan(
      start,
      this.#rowKey(table.index + 1),
      (_bytes, keyAt, valueAt) => {
        looked++
        const value = rows.reader.readerAt(valueAt)
        const kind = value.u8()
        if (kind === CONTAINER_ROW) return
        if (kind === PLAIN_ROW ? !table.beginsToAge : !table.expiredSince(value.f64())) return
        const place = rows.reader.readerAt(keyAt + ROW_PREFIX_BYTES)
        const key = decodeKey(place)
        const namespace = table.facts.namespaced ? place.f64() : 0
        places.push({ key, namespace, item: table.holdsItems ? decodeKey(place) : undefined })
      },
    )
    for (const { key, namespace, item } of places) {
      context.setKey(key, this.#group)
      context.setNamespace(namespace)
      this.#meet(item)
    }
    return looked
  }

  /** Whoever is met and is over is dropped; a cell may say that it is not. */
  #meet(item: Key | undefined): void {
    if (item === undefined) {
      this.#table.current()
      return
    }
    const items = new StoredItems(this.#table)
    const cell = items.find(mapKey(item))
    if (cell !== undefined) items.isLive(cell)
  }

  #rowKey(table: number): Uint8Array {
    const writer = new ByteWriter(16)
    writeRowPrefix(writer, this.#group, table)
    return writer.copy()
  }
}
