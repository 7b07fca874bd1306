// The next timers of one key group, in memory: all that are due before a certain place, so that the
// earliest is known without a look at the others, which are taken in when their turn comes. Timers
// are ordered by time and, within a time, by the bytes of their key.

import type { Key } from '@sluice/core/internal'
import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import { writeTime } from '../rows/row-time.ts'
import { placed, type PlacedBytes } from './packed-timers.ts'

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

/** The first place that is not in memory. */
export interface Horizon extends PlacedBytes {
  /** No timer behind it is earlier. */
  readonly time: number
}

/** Before every timer: none is in memory. */
export const NOTHING_KNOWN: Horizon = {
  ...placed(new Uint8Array()),
  time: Number.NEGATIVE_INFINITY,
}

/** Timers that made room, earliest first, and the horizon until then. */
export interface Forgotten {
  readonly timers: readonly NearTimer[]
  readonly before: Horizon | undefined
}

function compare(a: TimerPlace, b: TimerPlace): number {
  if (a.time !== b.time) return a.time - b.time
  if (a.id === b.id) return 0
  return a.id < b.id ? -1 : 1
}

export function placeOf(timer: NearTimer): PlacedBytes {
  const writer = new ByteWriter(timer.id.length + 8)
  writePlace(writer, timer)
  return placed(writer.written())
}

export function writePlace(writer: ByteWriter, { time, id }: NearTimer): void {
  writeTime(writer, time)
  writer.characters(id, false)
}

export class TimerWindow {
  /** The last is the earliest. */
  #timers: NearTimer[] = []
  /** Timers from here on are not in memory; undefined where all are. */
  #horizon: Horizon | undefined = undefined
  readonly #limit: number

  /** At most about `limit` timers are kept. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The time of the earliest timer, as far as it is known without a look at the others. */
  get next(): number {
    return this.#timers.at(-1)?.time ?? this.#horizon?.time ?? Number.POSITIVE_INFINITY
  }

  /** True when others must be looked at to know the earliest timer. */
  get unknown(): boolean {
    return this.#timers.length === 0 && this.#horizon !== undefined
  }

  get horizon(): Horizon | undefined {
    return this.#horizon
  }

  /** All timers that are in memory, latest first. */
  get timers(): readonly NearTimer[] {
    return this.#timers
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

  /** Adds a timer that stands before the horizon; others may have to make room. */
  add(timer: NearTimer): Forgotten | undefined {
    const at = this.#placeOf(timer)
    if (this.#isAt(at, timer)) return undefined
    this.#timers.splice(at, 0, timer)
    return this.#timers.length > this.#limit ? this.forget(this.#timers.length >> 1) : undefined
  }

  delete(timer: TimerPlace): void {
    const at = this.#placeOf(timer)
    if (this.#isAt(at, timer)) this.#timers.splice(at, 1)
  }

  take(): NearTimer | undefined {
    return this.#timers.pop()
  }

  /** Where none is in memory: the timers from the horizon on, in order, up to the next horizon. */
  extend(timers: readonly NearTimer[], horizon: Horizon | undefined): void {
    this.#timers = timers.toReversed()
    this.#horizon = horizon
  }

  /** So many of the latest timers are not in memory any more. */
  forget(count: number): Forgotten | undefined {
    const timers = this.#timers.splice(0, count).reverse()
    const first = timers[0]
    if (first === undefined) return undefined
    const before = this.#horizon
    this.#horizon = { ...placeOf(first), time: first.time }
    return { timers, before }
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
