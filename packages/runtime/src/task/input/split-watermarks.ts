// Watermarks per split: the watermark of a source subtask is the lowest of its active splits. A
// split that was not read yet holds it back, and so do known splits that nobody reads yet, unless
// the source hands splits out in order of time. It never goes back.

interface SplitState {
  maxEventTime: number
  /** Pollable time that passed without a record of this split. */
  silentMs: number
  /** A record of it has come since time last counted as silence. */
  spoke: boolean
  /** Restored splits may be out of order: with another parallelism they were dealt out anew. */
  readonly restored: boolean
}

export interface SplitWatermarkOptions {
  readonly maxOutOfOrdernessMs: number
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
  #watermark: number

  constructor(options: SplitWatermarkOptions) {
    this.#options = options
    this.#watermark = options.from
  }

  add(split: string, maxEventTime: number, restored = false): void {
    this.#splits.set(split, { maxEventTime, silentMs: 0, spoke: false, restored })
    this.#emptyMs = 0
  }

  setPending(pending: boolean): void {
    this.#pending = pending
  }

  noMoreSplits(): void {
    this.#noMoreSplits = true
  }

  records(split: string, maxEventTime: number): void {
    const state = this.#splits.get(split)
    if (state === undefined) return this.add(split, maxEventTime)
    if (maxEventTime > state.maxEventTime) state.maxEventTime = maxEventTime
    state.silentMs = 0
    state.spoke = true
  }

  finish(split: string): void {
    // The last split keeps its place until another comes: what it has seen still bounds what
    // follows.
    const state = this.#splits.get(split)
    this.#splits.delete(split)
    if (state !== undefined && this.#splits.size === 0 && !this.#holds()) {
      this.#raise(state.maxEventTime)
    }
  }

  /** For so long since the last time the reader had nothing of the splits that did not speak. */
  silence(elapsedMs: number): void {
    if (this.#splits.size === 0 && !this.#pending) this.#emptyMs += elapsedMs
    for (const state of this.#splits.values()) {
      if (!state.spoke) state.silentMs += elapsedMs
      state.spoke = false
    }
  }

  /** True when no split holds the watermark and none is to come soon: downstream need not wait. */
  get idle(): boolean {
    if (this.#splits.size === 0) return this.#noMoreSplits || this.#isLong(this.#emptyMs)
    for (const state of this.#splits.values()) {
      if (!this.#isSilent(state)) return false
    }
    return true
  }

  maxEventTime(split: string): number {
    return this.#splits.get(split)?.maxEventTime ?? Number.NEGATIVE_INFINITY
  }

  /** The watermark now; never lower than before. */
  current(): number {
    if (this.#holds()) return this.#watermark
    let lowest = Number.POSITIVE_INFINITY
    for (const state of this.#splits.values()) {
      if (this.#holdsNothing(state)) continue
      if (state.maxEventTime < lowest) lowest = state.maxEventTime
    }
    if (lowest < Number.POSITIVE_INFINITY) this.#raise(lowest)
    return this.#watermark
  }

  #holds(): boolean {
    return this.#pending && this.#options.ordered === 'none'
  }

  #raise(maxEventTime: number): void {
    const watermark = maxEventTime - this.#options.maxOutOfOrdernessMs - 1
    if (watermark > this.#watermark) this.#watermark = watermark
  }

  /**
   * Silent, or in reserve: of a source in order of time, what is unread lies after what is read.
   */
  #holdsNothing(state: SplitState): boolean {
    if (this.#isSilent(state)) return true
    if (this.#options.ordered !== 'time' || state.restored) return false
    return state.maxEventTime === Number.NEGATIVE_INFINITY
  }

  #isSilent(state: SplitState): boolean {
    return this.#isLong(state.silentMs)
  }

  #isLong(silentMs: number): boolean {
    const { idleAfterMs } = this.#options
    return idleAfterMs !== undefined && silentMs >= idleAfterMs
  }
}
