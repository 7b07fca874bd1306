// The handle of a `map` state: a Map per key, from keys to values. Each item is tracked, saved and
// aged on its own, so a change to one item of a large map costs one record.

import { type DeepReadonly, keyFromMapKey, type KeyPart, mapKey } from '@sluice/core/internal'
import type { MapState } from '@sluice/core/internal'
import type { Entry, MapItem } from '../heap/cell.ts'
import { type HeapTable, itemsOf } from '../heap/heap-table.ts'
import type { StoreValue } from './stored-value.ts'

export class HeapMapState implements MapState<KeyPart, unknown> {
  readonly #table: HeapTable
  readonly #store: StoreValue

  constructor(table: HeapTable, store: StoreValue) {
    this.#table = table
    this.#store = store
  }

  #item(key: KeyPart): MapItem | undefined {
    const owner = this.#table.current()
    const item = owner === undefined ? undefined : itemsOf(owner).get(mapKey(key))
    return item === undefined || !this.#dropped(item) ? item : undefined
  }

  /** Expired items are dropped when they are met. */
  #dropped(item: MapItem): boolean {
    if (this.#table.age === undefined || !this.#table.expired(item)) return false
    this.#table.remove(item)
    return true
  }

  get size(): number {
    if (this.#table.age !== undefined) for (const item of this.#items()) this.#dropped(item)
    const owner = this.#table.current()
    return owner === undefined ? 0 : itemsOf(owner).size
  }

  get(key: KeyPart): DeepReadonly<unknown> | undefined {
    const item = this.#item(key)
    if (item !== undefined) this.#table.readItem(item)
    return item?.value as DeepReadonly<unknown> | undefined
  }

  has(key: KeyPart): boolean {
    const item = this.#item(key)
    if (item !== undefined) this.#table.readItem(item)
    return item !== undefined
  }

  set(key: KeyPart, value: unknown): void {
    const stored = this.#store(value)
    const item = this.#item(key)
    if (item !== undefined) {
      this.#table.write(item, stored)
      return
    }
    const primitive = mapKey(key)
    const owner: Entry = this.#table.current() ?? this.#table.addContainer()
    this.#table.addItem(owner, primitive, stored)
  }

  delete(key: KeyPart): boolean {
    const item = this.#item(key)
    if (item !== undefined) this.#table.remove(item)
    return item !== undefined
  }

  clear(): void {
    for (const item of this.#items()) this.#table.remove(item)
  }

  #items(): Iterable<MapItem> {
    const owner = this.#table.current()
    return owner === undefined ? [] : itemsOf(owner).values()
  }

  *#live(): IterableIterator<MapItem> {
    for (const item of this.#items()) {
      if (this.#dropped(item)) continue
      this.#table.readItem(item)
      yield item
    }
  }

  *keys(): IterableIterator<KeyPart> {
    for (const item of this.#live()) yield keyFromMapKey(item.mapKey) as KeyPart
  }

  *values(): IterableIterator<DeepReadonly<unknown>> {
    for (const item of this.#live()) yield item.value as DeepReadonly<unknown>
  }

  *[Symbol.iterator](): IterableIterator<[KeyPart, DeepReadonly<unknown>]> {
    for (const item of this.#live()) {
      yield [keyFromMapKey(item.mapKey) as KeyPart, item.value as DeepReadonly<unknown>]
    }
  }
}
