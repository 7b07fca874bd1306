// The handle of a `value` state: one value per key, and per namespace where there is one.

import type { DeepReadonly, ValueState } from '@sluice/core/internal'
import type { EntryTable } from './entry-table.ts'
import type { StoreValue } from './stored-value.ts'

export class HeapValueState implements ValueState<unknown> {
  readonly #table: EntryTable
  readonly #store: StoreValue

  constructor(table: EntryTable, store: StoreValue) {
    this.#table = table
    this.#store = store
  }

  get(): DeepReadonly<unknown> | undefined {
    return this.#table.read()?.value as DeepReadonly<unknown> | undefined
  }

  /** Undefined stands for no value, so setting it clears. */
  set(value: unknown): void {
    if (value === undefined) {
      this.clear()
      return
    }
    const stored = this.#store(value)
    const entry = this.#table.current()
    if (entry === undefined) this.#table.add(stored)
    else this.#table.write(entry, stored)
  }

  clear(): void {
    const entry = this.#table.current()
    if (entry !== undefined) this.#table.remove(entry)
  }
}
