// The handle of a `list` state. The array of an entry only grows in place; everything else replaces
// it. Snapshots write a list whole, so a list that grows without end is worth a warning.

import type { DeepReadonly, ListState } from '@sluice/core/internal'
import type { EntryTable } from './entry-table.ts'
import type { StoreValue } from './stored-value.ts'

/** From so many elements on a list is called long. */
const LONG_LIST = 65_536

export class HeapListState implements ListState<unknown> {
  readonly #table: EntryTable
  readonly #store: StoreValue
  /** Told when the list of the key in hand reaches a power of two, or passes one. */
  readonly #isLong: (length: number) => void

  constructor(table: EntryTable, store: StoreValue, isLong: (length: number) => void = () => {}) {
    this.#table = table
    this.#store = store
    this.#isLong = isLong
  }

  #items(): readonly unknown[] {
    return (this.#table.read()?.value ?? []) as readonly unknown[]
  }

  /** Says nothing of the elements, so it is not a read. */
  get length(): number {
    return ((this.#table.current()?.value ?? []) as readonly unknown[]).length
  }

  at(index: number): DeepReadonly<unknown> | undefined {
    return this.#items().at(index) as DeepReadonly<unknown> | undefined
  }

  push(value: unknown): void {
    const stored = this.#store(value)
    const entry = this.#table.current()
    if (entry === undefined) {
      this.#table.add([stored])
      return
    }
    this.#table.willGrow(entry, stored)
    const items = entry.value as unknown[]
    items.push(stored)
    if (items.length >= LONG_LIST && isPowerOfTwo(items.length)) this.#isLong(items.length)
  }

  set(values: readonly unknown[]): void {
    if (values.length === 0) {
      this.clear()
      return
    }
    const items = Array.from(values, this.#store)
    const { length } = items
    const entry = this.#table.current()
    const before = ((entry?.value ?? []) as readonly unknown[]).length
    if (entry === undefined) this.#table.add(items)
    else this.#table.write(entry, items)
    // A power of two may have been passed over.
    if (length >= LONG_LIST && Math.clz32(length) < Math.clz32(before)) this.#isLong(length)
  }

  clear(): void {
    const entry = this.#table.current()
    if (entry !== undefined) this.#table.remove(entry)
  }

  /** Goes through the elements that are there when it begins. */
  *[Symbol.iterator](): IterableIterator<DeepReadonly<unknown>> {
    const items = this.#items()
    const { length } = items
    for (let i = 0; i < length; i++) yield items[i] as DeepReadonly<unknown>
  }
}

function isPowerOfTwo(length: number): boolean {
  return (length & (length - 1)) === 0
}
