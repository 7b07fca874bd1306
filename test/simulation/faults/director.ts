// Lets what is planned for a run happen, one after the other, each at its moment: disasters, and
// what an operator orders.

import type { SimulatedWorld } from '@sluice/testing/simulator'
import { isLine, type Moment, type PhaseOrStart } from './moment.ts'

/** What has a moment that does not come happens after this long. */
const longestWaitMs = 600

interface Waiting {
  readonly moment: Moment
  left: number
  readonly call: () => void
}

/** Something that is to happen. */
export interface Planned {
  readonly moment: Moment
  /** From the moment until it happens; 0: within it. */
  readonly delayMs: number
}

export class Director<What extends Planned> {
  readonly #world: SimulatedWorld
  readonly #planned: What[]
  readonly #strike: (planned: What) => 'struck' | 'not-now'
  #waiting: Waiting[] = []
  #stopped = false
  #done = false

  /** `strike` does it; `not-now` where there is nothing that it could strike. */
  constructor(
    world: SimulatedWorld,
    planned: readonly What[],
    strike: (planned: What) => 'struck' | 'not-now',
  ) {
    this.#world = world
    this.#planned = [...planned]
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
    const planned = this.#planned.shift()
    if (planned === undefined) this.#done = true
    if (planned === undefined || this.#stopped) return
    let isDue = false
    const comes = (delayMs: number): void => {
      if (isDue) return
      isDue = true
      if (delayMs === 0) this.#try(planned)
      else this.#later(delayMs, () => this.#try(planned))
    }
    this.at(planned.moment, () => comes(planned.delayMs))
    this.#later(longestWaitMs, () => comes(0))
  }

  #try(planned: What): void {
    if (this.#strike(planned) === 'struck') this.#armNext()
    else this.#later(5, () => this.#try(planned))
  }

  #later(delayMs: number, call: () => void): void {
    this.#world.schedule(delayMs, 'a moment comes', () => {
      if (!this.#stopped) call()
    })
  }
}
