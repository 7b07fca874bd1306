// Watermarks per split: the watermark of a source subtask is the lowest of its active splits. A
// split that was not read yet holds it back, and so do known splits that nobody reads yet, unless
// the source hands splits out in order of time. It never goes back.

interface SplitState {
  /** Highest event time seen, or the highest watermark that the job said; see `lagMs`. */
  highest: number
  /** Time that passed without a record of this split, although it was read. */
  silentMs: number
  /** A record of it has come since time last counted as silence. */
  spoke: boolean
  /** It is ahead of others and not read: that is no silence of its own. */
  paused: boolean
  /** Restored splits may be out of order: with another parallelism they were dealt out anew. */
  readonly restored: boolean
}

export interface SplitWatermarkOptions {
  /** How far the watermark of a split lies behind the highest time that was noted for it. */
  readonly lagMs: number
  readonly idleAfterMs: number | undefined
  readonly ordered: 'none' | 'time'
  /** The restored watermark. */
  readonly from: number
}

export class SplitWatermarks {
  readonly #options: SplitWatermarkOptions
  readonly #splits = new Map<string, SplitState>()
  /** True until the enumerator has said that every known split is assigned. */
  #pending = true
  #noMoreSplits = false
  /** How long there was no split, and none was known that could come. */
  #emptyMs = 0
  /** The highest time noted for a split that has ended since. */
  #endedHighest = Number.NEGATIVE_INFINITY
  #watermark: number

  constructor(options: SplitWatermarkOptions) {
    this.#options = options
    this.#watermark = options.from
  }

  add(split: string, highest: number, restored = false): void {
    this.#splits.set(split, { highest, silentMs: 0, spoke: false, paused: false, restored })
    this.#emptyMs = 0
  }

  /** How many splits are read. */
  get size(): number {
    return this.#splits.size
  }

  setPending(pending: boolean): void {
    this.#pending = pending
  }

  noMoreSplits(): void {
    this.#noMoreSplits = true
  }

  records(split: string, highest: number): void {
    const state = this.#splits.get(split)
    if (state === undefined) return this.add(split, highest)
    if (highest > state.highest) state.highest = highest
    state.silentMs = 0
    state.spoke = true
  }

  finish(split: string): void {
    const state = this.#splits.get(split)
    this.#splits.delete(split)
    if (state !== undefined && state.highest > this.#endedHighest) {
      this.#endedHighest = state.highest
    }
  }

  /**
   * For so long since the last time nothing came of the splits that did not speak. `silent`: those
   * of which the reader says that it has nothing; undefined: it has nothing of any.
   */
  silence(elapsedMs: number, silent?: ReadonlySet<string>): void {
    if (this.#splits.size === 0 && !this.#pending) this.#emptyMs += elapsedMs
    for (const [split, state] of this.#splits) {
      if (silent?.has(split) === false) state.silentMs = 0
      else if (!state.spoke && !state.paused) state.silentMs += elapsedMs
      state.spoke = false
    }
  }

  /** Paused splits are not read, so their silence says nothing. */
  setPaused(split: string, paused: boolean): void {
    const state = this.#splits.get(split)
    if (state !== undefined) state.paused = paused
  }

  /** True when no split holds the watermark and none is to come soon: downstream need not wait. */
  get idle(): boolean {
    if (this.#splits.size === 0) {
      return this.#noMoreSplits || (!this.#holds() && this.#isLong(this.#emptyMs))
    }
    for (const state of this.#splits.values()) {
      if (!this.#isSilent(state)) return false
    }
    return true
  }

  /** The highest time noted for a split; minus infinity for none. */
  highest(split: string): number {
    return this.#splits.get(split)?.highest ?? Number.NEGATIVE_INFINITY
  }

  /** The watermark now; never lower than before. */
  current(): number {
    if (this.#holds()) return this.#watermark
    const lowest = this.lowestOfSplits()
    const next = lowest === Number.POSITIVE_INFINITY ? this.#furthest() : lowest
    if (next > this.#watermark) this.#watermark = next
    return this.#watermark
  }

  /**
   * The lowest watermark of the splits that hold something back; plus infinity where none does.
   */
  lowestOfSplits(): number {
    let lowest = Number.POSITIVE_INFINITY
    for (const state of this.#splits.values()) {
      if (this.#holdsNothing(state)) continue
      if (state.highest < lowest) lowest = state.highest
    }
    return this.#behind(lowest)
  }

  /** The splits that are read, with the watermark of each. */
  *bySplit(): Generator<readonly [split: string, watermark: number]> {
    for (const [split, { highest }] of this.#splits) yield [split, this.#behind(highest)]
  }

  #holds(): boolean {
    return this.#pending && this.#options.ordered === 'none'
  }

  /**
   * Where no split holds the others back, what any of them came to, those that have ended included:
   * it still bounds what follows.
   */
  #furthest(): number {
    let highest = this.#endedHighest
    for (const state of this.#splits.values()) highest = Math.max(highest, state.highest)
    return this.#behind(highest)
  }

  #behind(highest: number): number {
    return highest - this.#options.lagMs
  }

  /**
   * Silent, or in reserve: of a source in order of time, what is unread lies after what is read.
   */
  #holdsNothing(state: SplitState): boolean {
    if (this.#isSilent(state)) return true
    if (this.#options.ordered !== 'time' || state.restored) return false
    return state.highest === Number.NEGATIVE_INFINITY
  }

  #isSilent(state: SplitState): boolean {
    return this.#isLong(state.silentMs)
  }

  #isLong(silentMs: number): boolean {
    const { idleAfterMs } = this.#options
    return idleAfterMs !== undefined && silentMs >= idleAfterMs
  }
}
