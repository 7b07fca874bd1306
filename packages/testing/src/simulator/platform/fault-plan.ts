// Which faults strike. Every opportunity of a kind has a number and every fault an id, so that a
// run can be repeated with some of its faults dropped: the draws stay the same, only the fault
// stays away.

import type { SeededRandom } from './seeded-random.ts'

/** Probability by kind of fault, per opportunity; a kind that is not named never strikes. */
export type FaultRates = Readonly<Record<string, number>>

/** A fault that struck. */
export interface FaultHit {
  /** `sync-failed#17`: kind and number of the opportunity. */
  readonly id: string
  readonly kind: string
  readonly atMs: number
  readonly detail: string
}

export interface FaultPlanOptions {
  readonly rates: FaultRates
  /** Ids of faults that stay away in this run. */
  readonly suppressed: ReadonlySet<string>
  readonly nowMs: () => number
  readonly onHit: (hit: FaultHit) => void
}

interface Draws {
  readonly random: SeededRandom
  count: number
}

/** Draws faults, and remembers those that struck. */
export class FaultPlan {
  readonly hits: FaultHit[] = []
  readonly #random: SeededRandom
  readonly #options: FaultPlanOptions
  readonly #kinds = new Map<string, Draws>()
  #active = true

  constructor(random: SeededRandom, options: FaultPlanOptions) {
    this.#random = random
    this.#options = options
  }

  /** Draws for one opportunity of a kind. */
  strikes(kind: string, detail: string): boolean {
    const rate = this.#options.rates[kind]
    if (rate === undefined || rate === 0) return false
    let draws = this.#kinds.get(kind)
    if (draws === undefined) {
      draws = { random: this.#random.fork(kind), count: 0 }
      this.#kinds.set(kind, draws)
    }
    draws.count++
    return draws.random.chance(rate) && this.happens(`${kind}#${draws.count}`, detail)
  }

  /** A fault that was decided on beforehand; whether it happens in this run. */
  happens(id: string, detail: string): boolean {
    if (!this.#active || this.#options.suppressed.has(id)) return false
    const kind = id.slice(0, id.indexOf('#'))
    const hit = { id, kind, atMs: this.#options.nowMs(), detail }
    this.hits.push(hit)
    this.#options.onHit(hit)
    return true
  }

  /** From here on nothing strikes: the phase in which the job must come to its end. */
  stop(): void {
    this.#active = false
  }

  /** Faults strike again. */
  goOn(): void {
    this.#active = true
  }
}
