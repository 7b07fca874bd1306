// The next timers of one key group, in memory: all that are due before a certain row, so that the
// earliest is known without a look at the store. The rest is in rows alone, and is read when its
// turn comes. Timers are ordered by time and, within a time, by the bytes of their key.

import type { Key } from '@sluice/core/internal'

/** A timer that is known here. */
export interface NearTimer {
  readonly time: number
  /** The bytes of key and namespace. */
  readonly id: string
  readonly key: Key
  readonly namespace: number
}

/** A place in the order of timers. */
interface TimerPlace {
  readonly time: number
  readonly id: string
}

function compare(a: TimerPlace, b: TimerPlace): number {
  if (a.time !== b.time) return a.time - b.time
  if (a.id === b.id) return 0
  return a.id < b.id ? -1 : 1
}

export class TimerWindow {
  /** The last is the earliest. */
  readonly #timers: NearTimer[] = []
  /** Timers from here on are not in memory; undefined where all are. */
  #horizon: TimerPlace | undefined = undefined
  readonly #limit: number

  /** At most about `limit` timers are kept. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The time of the earliest timer, as far as it is known without a look at rows. */
  get next(): number {
    return this.#timers.at(-1)?.time ?? this.#horizon?.time ?? Number.POSITIVE_INFINITY
  }

  /** True when rows must be read to know the earliest timer. */
  get unknown(): boolean {
    return this.#timers.length === 0 && this.#horizon !== undefined
  }

  get horizon(): TimerPlace | undefined {
    return this.#horizon
  }

  /** The earliest timers, from the second on in any order that is convenient: the due ones. */
  due(until: number, most: number): NearTimer[] {
    const due: NearTimer[] = []
    for (let at = this.#timers.length - 1; at >= 0 && due.length < most; at--) {
      const timer = this.#timers[at] as NearTimer
      if (timer.time > until) break
      due.push(timer)
    }
    return due
  }

  add(timer: NearTimer): void {
    if (this.#horizon !== undefined && compare(timer, this.#horizon) >= 0) return
    const at = this.#placeOf(timer)
    if (this.#isAt(at, timer)) return
    this.#timers.splice(at, 0, timer)
    if (this.#timers.length > this.#limit) this.#forgetLater()
  }

  delete(timer: TimerPlace): void {
    const at = this.#placeOf(timer)
    if (this.#isAt(at, timer)) this.#timers.splice(at, 1)
  }

  take(): NearTimer | undefined {
    return this.#timers.pop()
  }

  /** What was read from rows, in order, from the horizon on; `more` where there may be others. */
  extend(timers: readonly NearTimer[], horizon: TimerPlace | undefined): void {
    this.#timers.unshift(...timers.toReversed())
    this.#horizon = horizon
  }

  /** The later half is in rows too. */
  #forgetLater(): void {
    const forgotten = this.#timers.splice(0, this.#timers.length >> 1)
    this.#horizon = forgotten.at(-1)
  }

  #isAt(at: number, timer: TimerPlace): boolean {
    const found = this.#timers[at]
    return found !== undefined && compare(found, timer) === 0
  }

  /** Where a timer is or would be. */
  #placeOf(timer: TimerPlace): number {
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compare(this.#timers[middle] as NearTimer, timer) > 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
