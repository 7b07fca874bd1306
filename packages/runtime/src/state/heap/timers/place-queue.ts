// The timers of one instant whose keys are small whole numbers: the place of each, in the order in
// which they were set. A place may be listed that has no timer any more; whoever takes it looks. A
// million places are kept in pieces of bounded size, so that adding one never copies them all.

import type { TimerBucket } from './timer-bucket.ts'

const LARGEST_PIECE = 8192
/** So many places without a timer may be listed at least. */
const FEW_GONE = 1024

/** Three numbers of each place, in order. */
type Piece = number[]

const NUMBERS = 3

export class PlaceQueue {
  /** Timers that are set. */
  live = 0
  /** Timers of the same instant that are entries. */
  entries: TimerBucket | undefined = undefined
  /** The place that was taken last. */
  key = 0
  namespace = 0
  group = 0
  #pieces: Piece[] = []
  #at = 0
  #listed = 0

  get size(): number {
    return this.live + (this.entries?.size ?? 0)
  }

  add(key: number, namespace: number, group: number): void {
    this.live++
    this.#list(key, namespace, group)
  }

  #list(key: number, namespace: number, group: number): void {
    let last = this.#pieces.at(-1)
    if (last === undefined || last.length === LARGEST_PIECE * NUMBERS) {
      last = []
      this.#pieces.push(last)
    }
    last.push(key, namespace, group)
    this.#listed++
  }

  /** Goes on to the next place that is listed; there must be one. */
  next(): void {
    const piece = this.#pieces[0] as Piece
    this.key = piece[this.#at] as number
    this.namespace = piece[this.#at + 1] as number
    this.group = piece[this.#at + 2] as number
    this.#at += NUMBERS
    this.#listed--
    if (this.#at < piece.length) return
    this.#pieces.shift()
    this.#at = 0
  }

  /** The timer of the place in hand fires. */
  taken(): void {
    this.live--
    if (this.live === 0) this.#clear()
  }

  /** A timer was deleted; `isSet` tells whether the place in hand has one. */
  deleted(isSet: () => boolean): void {
    this.live--
    if (this.live === 0) this.#clear()
    else if (this.#listed > FEW_GONE && this.#listed > this.live * 2) this.#dropGone(isSet)
  }

  /** Lists each place once, where it was listed last, and none that has no timer. */
  #dropGone(isSet: () => boolean): void {
    const seen = new Set<string>()
    const kept: [number, number, number][] = []
    const all = this.#pieces.flat().slice(this.#at)
    for (let at = all.length - NUMBERS; at >= 0; at -= NUMBERS) {
      this.key = all[at] as number
      this.namespace = all[at + 1] as number
      this.group = all[at + 2] as number
      const place = `${this.key} ${this.namespace}`
      if (seen.has(place) || !isSet()) continue
      seen.add(place)
      kept.push([this.key, this.namespace, this.group])
    }
    this.#clear()
    for (const place of kept.reverse()) this.#list(...place)
  }

  #clear(): void {
    this.#pieces = []
    this.#at = 0
    this.#listed = 0
  }
}
