// The handle of a `list` state. The array of an entry only grows in place; everything else replaces
// it, so a snapshot keeps what the list was by its array and length.

import type { DeepReadonly, ListState } from '@sluice/core/internal'
import type { EntryTable } from './entry-table.ts'
import type { StoreValue } from './stored-value.ts'

export class HeapListState implements ListState<unknown> {
  readonly #table: EntryTable
  readonly #store: StoreValue

  constructor(table: EntryTable, store: StoreValue) {
    this.#table = table
    this.#store = store
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
    this.#table.willChange(entry)
    const items = entry.value as unknown[]
    items.push(stored)
  }

  set(values: readonly unknown[]): void {
    if (values.length === 0) {
      this.clear()
      return
    }
    const items = Array.from(values, this.#store)
    const entry = this.#table.current()
    if (entry === undefined) this.#table.add(items)
    else this.#table.write(entry, items)
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
