// Reads the rows that a batch, or timers that are due, will ask for, in one call per table: most of
// the cost of a row that is not in the cache is the call.

import { type Key, keyGroupOf, type KeyPart, mapKey } from '@sluice/core/internal'
import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import { ASKED_PLACE, type StoredCell, UNKNOWN_PLACE } from './stored-cell.ts'
import type { StoredTable } from '../stored-table.ts'

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
  /** Of the keys, in their order. */
  #cells: StoredCell[] = []

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
        if (table.mayHaveRows(namespace)) this.#fetchKeys(table, keys, namespace)
      }
    }
  }

  #fetchKeys(table: StoredTable, keys: readonly Key[], namespace: number): void {
    this.#begin(table)
    const expected: StoredCell[] = []
    for (const key of keys) {
      const group = keyGroupOf(key, this.#maxParallelism)
      if (group < this.#first || group > this.#last) continue
      expected.push(this.#ask(table, mapKey(key), namespace, group - this.#first))
    }
    this.#read(table)
    table.expected.expect(expected)
  }

  /** What timers are about: their keys, in their own namespaces. */
  timers(
    timers: readonly { readonly key: Key; readonly namespace: number }[],
    group: number,
  ): void {
    for (const table of this.#tables()) {
      if (!table.hasTraces) continue
      this.#begin(table)
      const expected: StoredCell[] = []
      for (const { key, namespace } of timers) {
        expected.push(this.#ask(table, mapKey(key), table.facts.namespaced ? namespace : 0, group))
      }
      this.#read(table)
      table.expected.expect(expected)
    }
  }

  #begin(table: StoredTable): void {
    table.makeRoom()
    this.#keys.reset()
    this.#cells = []
  }

  /** Looks up a place, together with others, unless it is cached or there cannot be a row. */
  #ask(table: StoredTable, key: KeyPart, namespace: number, group: number): StoredCell {
    const cell = table.reserve(key, namespace, group)
    if (cell.place !== UNKNOWN_PLACE) return cell
    cell.place = ASKED_PLACE
    const keys = this.#keys
    const lengthAt = keys.position
    keys.u32(0)
    table.writeRowKey(keys, cell)
    if (!table.mayHaveRow(cell, keys, lengthAt + 4)) {
      keys.position = lengthAt
      table.fill(cell, undefined)
      return cell
    }
    keys.view.setUint32(lengthAt, keys.position - lengthAt - 4, true)
    this.#cells.push(cell)
    if (this.#cells.length === KEYS_PER_CALL) this.#read(table)
    return cell
  }

  #read(table: StoredTable): void {
    const cells = this.#cells
    if (cells.length === 0) return
    table.services.rows.reader.multiGet(this.#keys, (index, row) => {
      table.fill(cells[index] as StoredCell, row)
    })
    this.#keys.reset()
    this.#cells = []
  }
}
