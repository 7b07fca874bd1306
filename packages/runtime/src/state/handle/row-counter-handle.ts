// The handle of a `counter` state whose table keeps numbers of small whole keys as rows; other keys
// have entries, as with any state.

import type { CounterState, KeyPart } from '@sluice/core/internal'
import { isRowKey, type NumberRows } from '../heap/rows/number-rows.ts'
import { refuseNumber } from './counter-handle.ts'

export class RowCounterState implements CounterState {
  readonly #table: { readonly rows: NumberRows | undefined; readonly facts: { name: string } }
  readonly #entries: CounterState
  readonly #context: { readonly mapKey: KeyPart }

  constructor(
    table: { readonly rows: NumberRows | undefined; readonly facts: { name: string } },
    entries: CounterState,
    context: { readonly mapKey: KeyPart },
  ) {
    this.#table = table
    this.#entries = entries
    this.#context = context
  }

  get(): number {
    const { mapKey } = this.#context
    const { rows } = this.#table
    return rows !== undefined && isRowKey(mapKey) ? rows.get(mapKey) : this.#entries.get()
  }

  set(value: number): void {
    const { mapKey } = this.#context
    const { rows } = this.#table
    if (rows === undefined || !isRowKey(mapKey)) return this.#entries.set(value)
    if (typeof value !== 'number') refuseNumber(value, this.#table.facts.name)
    rows.set(mapKey, value)
  }

  clear(): void {
    const { mapKey } = this.#context
    const { rows } = this.#table
    if (rows === undefined || !isRowKey(mapKey)) this.#entries.clear()
    else rows.remove(mapKey)
  }
}
