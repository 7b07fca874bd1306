// Fetches that wait for something to be there.

import type { Timers } from '@sluice/core/connector'

export class Growth {
  readonly #timers: Timers
  #waiting: (() => void)[] = []

  constructor(timers: Timers) {
    this.#timers = timers
  }

  grown(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  /** Resolves when something was added anywhere, or after so long. */
  async wait(longestMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#timers.after(longestMs, resolve)
      this.#waiting.push(() => {
        cancel()
        resolve()
      })
    })
  }
}
