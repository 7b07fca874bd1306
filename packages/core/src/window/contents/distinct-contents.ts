// Accumulators some of which count different values. The values are keys of a map state, one for
// each such aggregate; the accumulator is how many there are. So a new value costs one item, in
// memory and in snapshots, however many there are already.

import type { Aggregation } from '../../aggregate/aggregation.ts'
import type { Aggregator } from '../../aggregate/aggregator.ts'
import type { KeyPart } from '../../key/key.ts'
import type { OperatorHost } from '../../operator/host.ts'
import type { StateDescriptor } from '../../state/descriptor.ts'
import type { MapState } from '../../state/handle.ts'
import { AccumulatedContents } from './accumulated-contents.ts'
import type { WindowContents } from './window-contents.ts'

type Distinct = (value: unknown) => KeyPart

/** The values of one aggregate. */
class SeenValues {
  readonly descriptor: StateDescriptor
  /** The values of all namespaces that are being put together. */
  readonly merged = new Set<KeyPart>()
  readonly #distinct: Distinct
  #state!: MapState<KeyPart, true>

  constructor(name: string, distinct: Distinct) {
    this.descriptor = { name, kind: 'map', namespace: 'window' }
    this.#distinct = distinct
  }

  open(host: OperatorHost): void {
    this.#state = host.state(this.descriptor) as unknown as MapState<KeyPart, true>
  }

  /** What takes the place of the aggregate: a number that the state makes true. */
  get counting(): Aggregator<unknown, number> {
    return {
      kind: 'count-distinct',
      create: () => 0,
      add: (count, value) => (this.#isNew(value) ? (count as number) + 1 : count),
      // Both sides have been noted when they are merged.
      merge: () => this.merged.size,
      result: (count) => count as number,
    }
  }

  #isNew(value: unknown): boolean {
    const part = this.#distinct(value)
    if (this.#state.has(part)) return false
    this.#state.set(part, true)
    return true
  }

  /** Notes the values in hand for what is put together. */
  mergeIn(): void {
    for (const part of this.#state.keys()) this.merged.add(part)
  }

  storeMerged(): void {
    for (const part of this.merged) if (!this.#state.has(part)) this.#state.set(part, true)
  }

  clear(): void {
    this.#state.clear()
  }
}

export class DistinctContents implements WindowContents {
  readonly states: readonly StateDescriptor[]
  readonly #accumulated: AccumulatedContents
  readonly #seen: readonly SeenValues[]

  constructor(aggregation: Aggregation) {
    const seen: SeenValues[] = []
    const parts = aggregation.parts.map((part, index) => {
      if (part.distinct === undefined) return part
      const values = new SeenValues(`distinct-${index}`, part.distinct)
      seen.push(values)
      return values.counting
    })
    this.#seen = seen
    this.#accumulated = new AccumulatedContents(aggregation.withParts(parts))
    this.states = [...this.#accumulated.states, ...seen.map(({ descriptor }) => descriptor)]
  }

  open(host: OperatorHost): void {
    this.#accumulated.open(host)
    for (const values of this.#seen) values.open(host)
  }

  add(value: unknown): number {
    return this.#accumulated.add(value)
  }

  firings(): number {
    return this.#accumulated.firings()
  }

  setFirings(firings: number): void {
    this.#accumulated.setFirings(firings)
  }

  clear(): void {
    this.#accumulated.clear()
    for (const values of this.#seen) values.clear()
  }

  result(): unknown {
    return this.#accumulated.result()
  }

  beginMerge(): void {
    this.#accumulated.beginMerge()
    for (const values of this.#seen) values.merged.clear()
  }

  mergeIn(): boolean {
    for (const values of this.#seen) values.mergeIn()
    return this.#accumulated.mergeIn()
  }

  mergedResult(): unknown {
    return this.#accumulated.mergedResult()
  }

  storeMerged(): void {
    this.#accumulated.storeMerged()
    for (const values of this.#seen) values.storeMerged()
  }
}
