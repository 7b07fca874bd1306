// One direction of a connection: what is sent arrives later, in order, at a life. At most one event
// is under way, so the order holds whatever the scheduler picks.

import type { Life } from '../life.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { Simulation } from '../simulation.ts'

interface Item {
  readonly dueMs: number
  readonly label: string
  readonly deliver: () => void
}

export class SimulatedChannel {
  readonly #simulation: Simulation
  readonly #random: SeededRandom
  readonly #receiver: Life
  readonly #queue: Item[] = []

  constructor(simulation: Simulation, random: SeededRandom, receiver: Life) {
    this.#simulation = simulation
    this.#random = random
    this.#receiver = receiver
  }

  send(label: string, deliver: () => void): void {
    const { scheduler, faults } = this.#simulation
    let delayMs = this.#random.between(0.005, 0.2)
    if (faults.strikes('message-delayed', label)) delayMs += this.#random.between(5, 2000)
    this.#queue.push({ dueMs: scheduler.nowMs + delayMs, label, deliver })
    if (this.#queue.length === 1) this.#scheduleFirst()
  }

  #scheduleFirst(): void {
    const { scheduler } = this.#simulation
    const item = this.#queue[0]
    if (item === undefined) return
    scheduler.schedule(this.#receiver, item.dueMs - scheduler.nowMs, item.label, () => {
      this.#queue.shift()
      try {
        item.deliver()
      } finally {
        this.#scheduleFirst()
      }
    })
  }
}
