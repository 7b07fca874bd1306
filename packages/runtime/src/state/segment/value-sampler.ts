// Looks at the values that a snapshot writes, all of the first ones and then a few, so that the
// segment can say what they look like. One sampler per table and segment.

import { type Shape, ShapeObserver } from '@sluice/core/internal'
import type { TableKind } from './segment-format.ts'

/** So many values are all looked at; after that one in so many. */
const FIRST_VALUES = 512
const VALUES_PER_LOOK = 64

class ValueSampler {
  readonly #observer = new ShapeObserver()
  readonly #isList: boolean
  #values = 0

  constructor(kind: TableKind) {
    this.#isList = kind === 'list'
  }

  /** Sees what a cell holds: a value, or the elements of a list. */
  see(content: unknown): void {
    if (this.#isDue()) this.#look(content)
  }

  /** The same of a cell whose value is made as it is asked for. */
  seeCell(cell: { readonly value: unknown }): void {
    if (this.#isDue()) this.#look(cell.value)
  }

  #isDue(): boolean {
    const index = this.#values++
    return index < FIRST_VALUES || index % VALUES_PER_LOOK === 0
  }

  #look(content: unknown): void {
    if (!this.#isList) return this.#observer.observe(content)
    const elements = content as readonly unknown[]
    const first = Math.min(elements.length, 8)
    for (let i = 0; i < first; i++) this.#observer.observe(elements[i])
    if (elements.length > first) this.#observer.observe(elements.at(-1))
  }

  shape(): Shape | undefined {
    return this.#observer.shape()
  }
}

/** A sampler for a table; undefined where the kind says all of its content. */
export function samplerFor(kind: TableKind): ValueSampler | undefined {
  return kind === 'counter' || kind === 'timers' ? undefined : new ValueSampler(kind)
}
