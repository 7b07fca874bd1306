// Lets the disasters of a run happen, one after the other, each at its moment.

import type { SimulatedWorld } from '@sluice/testing/simulator'
import type { Disaster } from './disaster.ts'
import { isLine, type Moment, type PhaseOrStart } from './moment.ts'

/** A disaster whose moment does not come strikes after this long. */
const longestWaitMs = 600

interface Waiting {
  readonly moment: Moment
  left: number
  readonly call: () => void
}

export class Director {
  readonly #world: SimulatedWorld
  readonly #disasters: Disaster[]
  readonly #strike: (disaster: Disaster) => 'struck' | 'not-now'
  #waiting: Waiting[] = []
  #stopped = false
  #done = false

  /** `strike` does it; `not-now` where there is nothing that it could strike. */
  constructor(
    world: SimulatedWorld,
    disasters: readonly Disaster[],
    strike: (disaster: Disaster) => 'struck' | 'not-now',
  ) {
    this.#world = world
    this.#disasters = [...disasters]
    this.#strike = strike
  }

  /** Everything that was to happen has happened. */
  get isDone(): boolean {
    return this.#done
  }

  start(): void {
    this.#armNext()
  }

  /** From here on nothing strikes. */
  stop(): void {
    this.#stopped = true
    this.#waiting = []
  }

  /** Calls back when the moment has come. */
  at(moment: Moment, call: () => void): void {
    if (moment.kind === 'time') this.#later(moment.afterMs, call)
    else this.#waiting.push({ moment, left: moment.nth, call })
  }

  phase(phase: PhaseOrStart): void {
    this.#happened(({ moment }) => moment.kind === 'phase' && moment.phase === phase)
  }

  line(line: string): void {
    if (this.#waiting.length === 0) return
    this.#happened(({ moment }) => moment.kind === 'line' && isLine(moment.line, line))
  }

  #happened(isIt: (waiting: Waiting) => boolean): void {
    for (const waiting of this.#waiting.filter(isIt)) {
      waiting.left--
      if (waiting.left > 0) continue
      this.#waiting = this.#waiting.filter((other) => other !== waiting)
      waiting.call()
    }
  }

  #armNext(): void {
    const disaster = this.#disasters.shift()
    if (disaster === undefined) this.#done = true
    if (disaster === undefined || this.#stopped) return
    let isDue = false
    const comes = (delayMs: number): void => {
      if (isDue) return
      isDue = true
      if (delayMs === 0) this.#try(disaster)
      else this.#later(delayMs, () => this.#try(disaster))
    }
    this.at(disaster.moment, () => comes(disaster.delayMs))
    this.#later(longestWaitMs, () => comes(0))
  }

  #try(disaster: Disaster): void {
    if (this.#strike(disaster) === 'struck') this.#armNext()
    else this.#later(5, () => this.#try(disaster))
  }

  #later(delayMs: number, call: () => void): void {
    this.#world.schedule(delayMs, 'a moment comes', () => {
      if (!this.#stopped) call()
    })
  }
}
