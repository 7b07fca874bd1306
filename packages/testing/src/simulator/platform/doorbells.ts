// Sleepers on shared words. In one thread nobody is notified, so the words are looked at between
// two events: a sleeper whose word has changed is woken after a short while.

import type { Life } from './life.ts'
import type { Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'

interface Sleeper {
  readonly life: Life
  readonly words: Int32Array
  readonly lastSeen: number
  readonly call: () => void
}

const longestWakeMs = 0.2

export class Doorbells {
  readonly #scheduler: Scheduler
  readonly #random: SeededRandom
  #sleepers: Sleeper[] = []

  constructor(scheduler: Scheduler, random: SeededRandom) {
    this.#scheduler = scheduler
    this.#random = random
  }

  sleep(life: Life, words: Int32Array, lastSeen: number, call: () => void): void {
    this.#sleepers.push({ life, words, lastSeen, call })
  }

  wakeRung(): void {
    if (!this.#sleepers.some(isRung)) return
    const rung = this.#sleepers.filter(isRung)
    this.#sleepers = this.#sleepers.filter((sleeper) => !isRung(sleeper) && sleeper.life.alive)
    for (const { life, call } of rung) {
      this.#scheduler.schedule(life, this.#random.between(0, longestWakeMs), 'wakes', call)
    }
  }
}

function isRung({ words, lastSeen }: Sleeper): boolean {
  return Atomics.load(words, 0) !== lastSeen
}
