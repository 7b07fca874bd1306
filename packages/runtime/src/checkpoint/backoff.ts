// Growing pauses between tries of the same call, with jitter, through the platform's timers. A
// closed backoff lets nobody wait any longer: what waits is rejected, and what is tried later too.

import type { Random, Timers } from '@sluice/core/connector'

const firstMs = 50
const longestMs = 5_000

/** The pause after `tries` failures in a row: 50 ms, doubling up to 5 s, give or take a quarter. */
export function pauseAfter(tries: number, random: Random): number {
  const base = Math.min(longestMs, firstMs * 2 ** Math.min(tries - 1, 10))
  return base * (0.75 + random.fraction() / 2)
}

/** Pauses that all end when the run, or the attempt, that makes them ends. */
export class Pauses {
  readonly #timers: Timers
  readonly #waiting = new Set<(error: Error) => void>()
  #ended: Error | undefined

  constructor(timers: Timers) {
    this.#timers = timers
  }

  get ended(): boolean {
    return this.#ended !== undefined
  }

  /** Rejects with the reason given to `end`. */
  async wait(delayMs: number): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended
    await new Promise<void>((resolve, reject) => {
      const cancel = this.#timers.after(delayMs, () => {
        this.#waiting.delete(stop)
        resolve()
      })
      const stop = (error: Error): void => {
        cancel()
        reject(error)
      }
      this.#waiting.add(stop)
    })
  }

  /** Throws when everything here has ended. */
  check(): void {
    if (this.#ended !== undefined) throw this.#ended
  }

  end(reason: Error): void {
    if (this.#ended !== undefined) return
    this.#ended = reason
    for (const stop of this.#waiting) stop(reason)
    this.#waiting.clear()
  }
}
