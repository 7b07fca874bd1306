// Time that passes when a test says so.

import type { Clock, Timers } from '@sluice/core/connector'

export class ManualTime {
  nowMs = 1_750_000_000_000
  readonly clock: Clock = { now: () => this.nowMs + this.#aheadMs, monotonic: () => this.nowMs }
  readonly timers: Timers = {
    after: (delayMs, call) => {
      const timer = { atMs: this.nowMs + delayMs, call }
      this.#waiting.add(timer)
      return () => this.#waiting.delete(timer)
    },
    sleep: (delayMs) => new Promise((resolve) => this.timers.after(delayMs, resolve)),
  }
  /** How far the wall clock is ahead of the one that never goes back. */
  #aheadMs = 0
  readonly #waiting = new Set<{ readonly atMs: number; readonly call: () => void }>()

  /** The machine stands still for so long: the wall clock alone knows of it. */
  suspend(forMs: number): void {
    this.#aheadMs += forMs
  }

  /** What is due happens in its order, each at its time, and so does what follows from it. */
  async pass(delayMs: number): Promise<void> {
    const untilMs = this.nowMs + delayMs
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      const due = [...this.#waiting].filter(({ atMs }) => atMs <= untilMs)
      const [next] = due.sort((one, other) => one.atMs - other.atMs)
      if (next === undefined) break
      this.#waiting.delete(next)
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.call()
    }
    this.nowMs = untilMs
  }
}
