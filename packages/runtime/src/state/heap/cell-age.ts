// How long the cells of a table live after they were last written, and by which clock.

import { UNDATED } from './cell.ts'

/**
 * True for what was over at a barrier, by the bound its snapshot has for the table. Snapshots are
 * judged by it and not by the clock, which goes on while they are written and read, and may stand
 * elsewhere for a job that is restored.
 */
export function wasOver(writtenAt: number, overUntil = Number.NEGATIVE_INFINITY): boolean {
  return writtenAt !== UNDATED && writtenAt <= overUntil
}

export class CellAge {
  readonly ttlMs: number
  /** Reading makes a cell young again. */
  readonly readsRefresh: boolean
  readonly #clock: () => number

  /** `clock` is minus infinity while it stands nowhere. */
  constructor(ttlMs: number, clock: () => number, readsRefresh = false) {
    this.ttlMs = ttlMs
    this.readsRefresh = readsRefresh
    this.#clock = clock
  }

  /** Up to here what was written is over now; minus infinity while the clock stands nowhere. */
  overUntil(): number {
    return this.#clock() - this.ttlMs
  }

  /** The time of a write that happens now. */
  date(): number {
    const now = this.#clock()
    if (now === Number.NEGATIVE_INFINITY) return UNDATED
    // Zero means undated; the smallest number above it is the same age.
    return now === 0 ? Number.MIN_VALUE : now
  }

  /** True when what was last written at this time is to be shown no more. */
  isOver(writtenAt: number): boolean {
    return writtenAt !== UNDATED && this.#clock() >= writtenAt + this.ttlMs
  }
}
