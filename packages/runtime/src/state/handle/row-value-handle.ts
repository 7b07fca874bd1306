// The handle of a `value` state whose table keeps small values of small whole keys as rows; other
// values and keys have entries, as with any state. A place has a row or an entry, and never both.

import type { DeepReadonly, KeyPart, ValueState } from '@sluice/core/internal'
import { isRowKey } from '../heap/rows/number-rows.ts'
import type { PlaceRows } from '../heap/rows/place-rows.ts'

/** What the handle needs of its table. */
interface TableWithPlaces {
  readonly places: PlaceRows | undefined
  /** How many cells are entries. */
  readonly objects: number
}

export class RowValueState implements ValueState<unknown> {
  readonly #table: TableWithPlaces
  readonly #entries: ValueState<unknown>
  readonly #context: { readonly mapKey: KeyPart }
  readonly #freezes: boolean

  constructor(
    table: TableWithPlaces,
    entries: ValueState<unknown>,
    context: { readonly mapKey: KeyPart },
    freezes: boolean,
  ) {
    this.#table = table
    this.#entries = entries
    this.#context = context
    this.#freezes = freezes
  }

  get(): DeepReadonly<unknown> | undefined {
    const { places, objects } = this.#table
    const { mapKey } = this.#context
    if (places === undefined || !isRowKey(mapKey)) return this.#entries.get()
    const value = places.get(mapKey)
    if (value === undefined && objects > 0) return this.#entries.get()
    return this.#freezes && typeof value === 'object' ? Object.freeze(value) : value
  }

  set(value: unknown): void {
    const { places, objects } = this.#table
    const { mapKey } = this.#context
    if (places === undefined || !isRowKey(mapKey)) {
      this.#entries.set(value)
    } else if (places.takes(value)) {
      if (objects > 0) this.#entries.clear()
      places.set(mapKey, value)
      if (this.#freezes) Object.freeze(value)
    } else {
      places.remove(mapKey)
      this.#entries.set(value)
    }
  }

  clear(): void {
    const { places, objects } = this.#table
    const { mapKey } = this.#context
    const isRow = places !== undefined && isRowKey(mapKey) && places.remove(mapKey)
    if (!isRow && objects > 0) this.#entries.clear()
  }
}
