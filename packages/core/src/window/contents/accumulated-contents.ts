// Windows that keep accumulators: one value of state per window, `[firings, ...accumulators]`, or a
// bare number where that is all there is to say.

import type { Accumulated, Aggregation } from '../../aggregate/aggregation.ts'
import type { OperatorHost } from '../../operator/host.ts'
import type { StateDescriptor } from '../../state/descriptor.ts'
import type { ValueState } from '../../state/handle.ts'
import type { ContentValues, WindowContents } from './window-contents.ts'

const windowState = {
  name: 'window',
  kind: 'value',
  namespace: 'window',
} as const satisfies StateDescriptor

export class AccumulatedContents implements WindowContents {
  readonly states = [windowState]
  readonly values: ContentValues
  readonly #aggregation: Aggregation
  #state!: ValueState<Accumulated>
  #merged: Accumulated | undefined = undefined

  constructor(aggregation: Aggregation) {
    this.#aggregation = aggregation
    this.values = {
      get: () => this.#get(),
      merge: (left, right) => aggregation.merge(left as Accumulated, right as Accumulated),
      result: (merged) => aggregation.result(merged as Accumulated),
    }
  }

  open(host: OperatorHost): void {
    this.#state = host.state(windowState) as unknown as ValueState<Accumulated>
  }

  #get(): Accumulated | undefined {
    return this.#state.get() as Accumulated | undefined
  }

  add(value: unknown): number {
    const stored = this.#get()
    if (stored === undefined) {
      this.#state.set(this.#aggregation.begin(value))
      return -1
    }
    const next = this.#aggregation.add(stored, value)
    if (next !== stored) this.#state.set(next)
    return typeof stored === 'number' ? 0 : stored[0]
  }

  firings(): number {
    const stored = this.#get()
    if (stored === undefined) return -1
    return typeof stored === 'number' ? 0 : stored[0]
  }

  setFirings(firings: number): void {
    const stored = this.#get()
    if (stored === undefined) return
    const parts = typeof stored === 'number' ? [stored] : stored.slice(1)
    this.#state.set([firings, ...parts])
  }

  clear(): void {
    this.#state.clear()
  }

  result(): unknown {
    return this.#aggregation.result(this.#get() as Accumulated)
  }

  beginMerge(): void {
    this.#merged = undefined
  }

  mergeIn(): boolean {
    const stored = this.#get()
    if (stored === undefined) return false
    this.#merged =
      this.#merged === undefined ? stored : this.#aggregation.merge(this.#merged, stored)
    return true
  }

  mergedResult(): unknown {
    return this.#aggregation.result(this.#merged as Accumulated)
  }

  storeMerged(): void {
    this.#state.set(this.#merged as Accumulated)
  }
}
