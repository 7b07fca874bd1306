// What a test sees of a run: the committed records of each sink and late stream, in an order that
// does not depend on how the run was scheduled. Keys stand in the order of their first event times
// (then by their text), the records of a key in the order of emission.

import { type MemorySink, memorySink } from '@sluice/core'
import { type Key, mapKey } from '@sluice/core/internal'

/** A record on its way to a sink, with the key in whose name it was emitted. */
interface Observed {
  readonly record: unknown
  /** A primitive that stands for the key; null where none was in hand. */
  readonly key: string | number | bigint | boolean | null
  readonly order: number
}

export class Observations {
  readonly #sinks = new Map<string, MemorySink<Observed>>()
  readonly #firstTimes = new Map<unknown, number>()
  #key: Observed['key'] = null
  #order = 0

  /** The collecting sink of a name: the same one in every attempt. */
  sink(name: string): MemorySink<Observed> {
    let sink = this.#sinks.get(name)
    if (sink === undefined) {
      sink = memorySink<Observed>()
      this.#sinks.set(name, sink)
    }
    return sink
  }

  /** A keyed operator works on this key from now on. */
  enterKey(key: Key, timestamp: number): void {
    this.#key = mapKey(key)
    const first = this.#firstTimes.get(this.#key)
    if (first === undefined || timestamp < first) this.#firstTimes.set(this.#key, timestamp)
  }

  observe(record: unknown, keyed: boolean): Observed {
    this.#order++
    return { record, key: keyed ? this.#key : null, order: this.#order }
  }

  names(): string[] {
    return [...this.#sinks.keys()]
  }

  records(name: string): readonly unknown[] {
    const observed = this.#sinks.get(name)?.records ?? []
    return observed.toSorted((a, b) => this.#compare(a, b)).map(({ record }) => record)
  }

  #compare(a: Observed, b: Observed): number {
    if (a.key === b.key || a.key === null || b.key === null) return a.order - b.order
    const first = this.#firstTime(a) - this.#firstTime(b)
    if (first !== 0 && !Number.isNaN(first)) return first
    return String(a.key) < String(b.key) ? -1 : 1
  }

  #firstTime({ key }: Observed): number {
    return this.#firstTimes.get(key) ?? Number.NEGATIVE_INFINITY
  }
}
