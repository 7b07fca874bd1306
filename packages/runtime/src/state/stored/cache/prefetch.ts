// Reads the rows that a batch, or timers that are due, will ask for, in one call per table: most of
// the cost of a row that is not in the cache is the call.

import { type Key, keyGroupOf, type KeyPart, mapKey } from '@sluice/core/internal'
import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import type { StoredCell } from './stored-cell.ts'
import type { StoredTable } from '../stored-table.ts'

/** A place that is about to be used. */
interface Place {
  readonly mapKey: KeyPart
  readonly namespace: number
  /** Index in the range of the backend. */
  readonly group: number
}

/** Of a state without namespaces. */
const NO_NAMESPACE = [0]
/** Keys that are looked up in one call. */
const KEYS_PER_CALL = 256

export class Prefetch {
  readonly #tables: () => Iterable<StoredTable>
  readonly #maxParallelism: number
  readonly #first: number
  readonly #last: number
  readonly #keys = new ByteWriter(KEYS_PER_CALL * 32)

  constructor(
    tables: () => Iterable<StoredTable>,
    range: { readonly first: number; readonly last: number },
    maxParallelism: number,
  ) {
    this.#tables = tables
    this.#first = range.first
    this.#last = range.last
    this.#maxParallelism = maxParallelism
  }

  /** The keys of a batch: in namespaces that were used lately, where there are namespaces. */
  keys(keys: readonly Key[]): void {
    for (const table of this.#tables()) {
      for (const namespace of table.facts.namespaced ? table.recent.take() : NO_NAMESPACE) {
        if (table.mayHaveRows(namespace)) this.#fetch(table, this.#places(keys, namespace))
      }
    }
  }

  #places(keys: readonly Key[], namespace: number): Place[] {
    const places: Place[] = []
    for (const key of keys) {
      const group = keyGroupOf(key, this.#maxParallelism)
      if (group < this.#first || group > this.#last) continue
      places.push({ mapKey: mapKey(key), namespace, group: group - this.#first })
    }
    return places
  }

  /** What timers are about: their keys, in their own namespaces. */
  timers(
    timers: readonly { readonly key: Key; readonly namespace: number }[],
    group: number,
  ): void {
    const places = timers.map(({ key, namespace }) => ({ mapKey: mapKey(key), namespace, group }))
    for (const table of this.#tables()) if (table.hasTraces) this.#fetch(table, places)
  }

  #fetch(table: StoredTable, places: readonly Place[]): void {
    table.makeRoom()
    for (let at = 0; at < places.length; at += KEYS_PER_CALL) {
      this.#fetchSome(table, places.slice(at, at + KEYS_PER_CALL))
    }
  }

  #fetchSome(table: StoredTable, places: readonly Place[]): void {
    const cells: StoredCell[] = []
    const keys = this.#keys
    keys.reset()
    for (const { mapKey: key, namespace, group } of places) {
      const cell = table.reserve(key, table.facts.namespaced ? namespace : 0, group)
      if (cell === undefined) continue
      const lengthAt = keys.position
      keys.u32(0)
      table.writeRowKey(keys, cell)
      if (!table.mayHaveRow(cell, keys, lengthAt + 4)) {
        keys.position = lengthAt
        table.fill(cell, undefined)
        continue
      }
      cells.push(cell)
      keys.view.setUint32(lengthAt, keys.position - lengthAt - 4, true)
    }
    if (cells.length === 0) return
    table.services.rows.reader.multiGet(keys, (index, row) => {
      table.fill(cells[index] as StoredCell, row)
    })
  }
}
