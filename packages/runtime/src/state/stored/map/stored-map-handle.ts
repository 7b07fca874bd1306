// The handle of a `map` state in a stored backend. Each item is a row; one more row counts them, so
// that the size is known and a map that is not there costs one look. Small maps are read whole when
// they are met; of large ones the items that are asked for.

import type { MapState } from '@sluice/core/internal'
import { type DeepReadonly, keyFromMapKey, type KeyPart, mapKey } from '@sluice/core/internal'
import type { StoreValue } from '../../handle/stored-value.ts'
import { REMOVED } from '../../heap/cell.ts'
import type { StoredCell } from '../cache/stored-cell.ts'
import type { StoredItems } from './stored-items.ts'

export class StoredMapState implements MapState<KeyPart, unknown> {
  readonly #items: StoredItems
  readonly #store: StoreValue

  constructor(items: StoredItems, store: StoreValue) {
    this.#items = items
    this.#store = store
  }

  /** The item of a key, if there is one that has not expired. */
  #present(key: KeyPart): StoredCell | undefined {
    const item = this.#items.find(mapKey(key))
    return item === undefined || !this.#items.isLive(item) ? undefined : item
  }

  get size(): number {
    if (this.#items.table.age === undefined) return this.#items.inHand.count
    return this.#items.all().length
  }

  get(key: KeyPart): DeepReadonly<unknown> | undefined {
    const item = this.#present(key)
    if (item === undefined) return undefined
    this.#items.noteRead(item)
    return item.value as DeepReadonly<unknown>
  }

  has(key: KeyPart): boolean {
    const item = this.#present(key)
    if (item !== undefined) this.#items.noteRead(item)
    return item !== undefined
  }

  set(key: KeyPart, value: unknown): void {
    const stored = this.#store(value)
    const primitive = mapKey(key)
    const { table } = this.#items
    table.put(this.#items.find(primitive) ?? this.#items.absent(primitive), stored)
  }

  delete(key: KeyPart): boolean {
    const item = this.#present(key)
    if (item !== undefined) this.#items.table.remove(item)
    return item !== undefined
  }

  clear(): void {
    for (const key of this.#items.all()) {
      const item = this.#items.find(key)
      if (item !== undefined) this.#items.table.remove(item)
    }
  }

  /** Goes through the items that are there when it begins and still are at their turn. */
  *#live(): IterableIterator<[KeyPart, StoredCell]> {
    for (const key of this.#items.all()) {
      const item = this.#items.find(key)
      if (item === undefined || item.value === REMOVED || !this.#items.isLive(item)) continue
      this.#items.noteRead(item)
      yield [keyFromMapKey(key) as KeyPart, item]
    }
  }

  *keys(): IterableIterator<KeyPart> {
    for (const [key] of this.#live()) yield key
  }

  *values(): IterableIterator<DeepReadonly<unknown>> {
    for (const [, item] of this.#live()) yield item.value as DeepReadonly<unknown>
  }

  *[Symbol.iterator](): IterableIterator<[KeyPart, DeepReadonly<unknown>]> {
    for (const [key, item] of this.#live()) yield [key, item.value as DeepReadonly<unknown>]
  }
}
