// One go at timers that are due: so many at most, and hardly longer than a millisecond, however
// slow the functions are that they call. Between two of them the event loop and barriers have their
// turn.

import type { Clock } from '@sluice/core/connector'

const MOST_TIMERS = 256
const LONGEST_MS = 1
/** Looking at the clock costs about as much as a quick timer. */
const CLOCK_EVERY = 8

export class TimerSlice {
  readonly #clock: Clock
  #fired = 0
  #startedMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  begin(): void {
    this.#fired = 0
    this.#startedMs = this.#clock.monotonic()
  }

  /** Asked before each timer: whether it still belongs to this slice. The first one does. */
  takesOne(): boolean {
    const fired = this.#fired++
    if (fired === MOST_TIMERS) return false
    if (fired === 0 || fired % CLOCK_EVERY > 0) return true
    return this.#clock.monotonic() - this.#startedMs < LONGEST_MS
  }
}
