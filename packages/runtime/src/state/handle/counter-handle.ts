// The handle of a `counter` state: a number per key that starts at 0. This is the hottest path of
// all: get and set of one record cost one lookup.

import { type CounterState, SluiceError } from '@sluice/core/internal'
import type { EntryTable } from './entry-table.ts'

export class HeapCounterState implements CounterState {
  readonly #table: EntryTable

  constructor(table: EntryTable) {
    this.#table = table
  }

  get(): number {
    const entry = this.#table.read()
    return entry === undefined ? 0 : (entry.value as number)
  }

  set(value: number): void {
    if (typeof value !== 'number') refuseNumber(value, this.#table.facts.name)
    const entry = this.#table.current()
    if (entry === undefined) this.#table.add(value)
    else this.#table.write(entry, value)
  }

  clear(): void {
    const entry = this.#table.current()
    if (entry !== undefined) this.#table.remove(entry)
  }
}

/** The error for a counter that is set to no number. */
export function refuseNumber(value: unknown, state: string): never {
  throw new SluiceError(
    'RECORD_NOT_ENCODABLE',
    `The counter '${state}' was set to ${value === null ? 'null' : `a ${typeof value}`}.`,
    { hint: 'A counter holds a number; declare a value() for anything else.' },
  )
}
