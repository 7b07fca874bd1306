// Windows that keep their records, for functions over all of them: a list per window, and beside it
// how often the window fired, once it did.

import type { OperatorHost } from '../../operator/host.ts'
import type { StateDescriptor } from '../../state/descriptor.ts'
import type { ListState, ValueState } from '../../state/handle.ts'
import type { ResultPlace, WindowContents } from './window-contents.ts'

const recordsState = {
  name: 'records',
  kind: 'list',
  namespace: 'window',
} as const satisfies StateDescriptor

const firingsState = {
  name: 'firings',
  kind: 'value',
  namespace: 'window',
} as const satisfies StateDescriptor

/** A user's function over the records of a window. */
export type RecordsFunction = (records: readonly unknown[], place: ResultPlace) => unknown

export class RecordContents implements WindowContents {
  readonly states = [recordsState, firingsState]
  readonly #apply: RecordsFunction
  #records!: ListState<unknown>
  #firings!: ValueState<number>
  #merged: unknown[] = []

  constructor(apply: RecordsFunction) {
    this.#apply = apply
  }

  open(host: OperatorHost): void {
    this.#records = host.state(recordsState)
    this.#firings = host.state(firingsState) as unknown as ValueState<number>
  }

  add(value: unknown): number {
    const isNew = this.#records.length === 0
    this.#records.push(value)
    return isNew ? -1 : this.#countFirings()
  }

  #countFirings(): number {
    return this.#firings.get() ?? 0
  }

  firings(): number {
    return this.#records.length === 0 ? -1 : this.#countFirings()
  }

  setFirings(firings: number): void {
    this.#firings.set(firings)
  }

  clear(): void {
    this.#records.clear()
    this.#firings.clear()
  }

  result(place: ResultPlace): unknown {
    return this.#apply([...this.#records], place)
  }

  beginMerge(): void {
    this.#merged = []
  }

  mergeIn(): boolean {
    if (this.#records.length === 0) return false
    for (const record of this.#records) this.#merged.push(record)
    return true
  }

  mergedResult(place: ResultPlace): unknown {
    return this.#apply(this.#merged, place)
  }

  storeMerged(): void {
    this.#records.set(this.#merged)
  }
}
