// How many records a reader may hand over now: a bucket that fills at the rate and holds a second's
// worth, so that a task that was held up catches up a little, not for ever.

import type { SubtaskContext } from '../connector/context.ts'

const leastWaitMs = 5

export class RateLimit {
  readonly #context: Pick<SubtaskContext, 'clock' | 'timers'>
  readonly #ratePerSecond: number | undefined
  /** The part of the rate that is this reader's; undefined while it has nothing to read. */
  #share: number | undefined
  #allowed = 0
  #lastMs: number
  #waiting: { readonly resolve: () => void; readonly cancel: () => void } | undefined

  constructor(
    context: Pick<SubtaskContext, 'clock' | 'timers'>,
    ratePerSecond: number | undefined,
  ) {
    this.#context = context
    this.#ratePerSecond = ratePerSecond
    this.#lastMs = context.clock.monotonic()
  }

  setShare(share: number | undefined): void {
    this.#refill()
    this.#share = share
    this.wake()
  }

  /** Takes up to `wanted` records out of the bucket. */
  take(wanted: number): number {
    if (this.#ratePerSecond === undefined) return wanted
    this.#refill()
    const taken = Math.min(wanted, Math.floor(this.#allowed))
    this.#allowed -= taken
    return taken
  }

  /** Resolves when the bucket has something, or at `wake`. */
  ready(): Promise<void> {
    this.wake()
    const perMs = this.#perMs()
    // Unlimited: there is something. Nothing to read: only `wake` will change that.
    if (perMs === Number.POSITIVE_INFINITY) return Promise.resolve()
    return new Promise((resolve) => {
      const missing = Math.max(0, 1 - this.#allowed)
      const delayMs = Math.max(leastWaitMs, Math.ceil(missing / perMs))
      const cancel =
        perMs > 0 ? this.#context.timers.after(delayMs, () => this.wake()) : () => undefined
      this.#waiting = { resolve, cancel }
    })
  }

  wake(): void {
    this.#waiting?.cancel()
    this.#waiting?.resolve()
    this.#waiting = undefined
  }

  #refill(): void {
    const now = this.#context.clock.monotonic()
    const perMs = this.#perMs()
    if (perMs < Number.POSITIVE_INFINITY) {
      const most = Math.max(1, perMs * 1000)
      this.#allowed = Math.min(most, this.#allowed + (now - this.#lastMs) * perMs)
    }
    this.#lastMs = now
  }

  #perMs(): number {
    if (this.#share === undefined) return 0
    if (this.#ratePerSecond === undefined) return Number.POSITIVE_INFINITY
    return (this.#ratePerSecond * this.#share) / 1000
  }
}
