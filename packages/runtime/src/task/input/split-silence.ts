// For how long splits were silent, as far as that can be known. A reader that can tell which splits
// it has nothing of is asked; of another it is known only when it has nothing at all, so one split
// that always has something hides the silence of others.

import type { SourceReader, SourceSplit } from '@sluice/core/connector'
import type { SplitWatermarks } from './split-watermarks.ts'

/** How often a reader that always has something is asked. */
const ASK_EVERY_MS = 100

export class SplitSilence {
  readonly #reader: SourceReader<unknown, SourceSplit>
  readonly #watermarks: SplitWatermarks
  /** When the last poll found nothing; undefined while there is something, or after a pause. */
  #waitingSinceMs: number | undefined
  /** Time that was not counted as silence yet. */
  #waitedMs = 0
  #polledAtMs: number | undefined

  constructor(reader: SourceReader<unknown, SourceSplit>, watermarks: SplitWatermarks) {
    this.#reader = reader
    this.#watermarks = watermarks
  }

  /** After each poll; `isDry`: the reader had nothing and waits. */
  polled(nowMs: number, isDry: boolean): void {
    // Also when one split has something now: the others were waited for as long.
    if (this.#waitingSinceMs !== undefined) this.#waitedMs += nowMs - this.#waitingSinceMs
    else if (this.#reader.silentSplits !== undefined) this.#waitedMs += this.#busyMs(nowMs)
    this.#waitingSinceMs = isDry ? nowMs : undefined
    this.#polledAtMs = nowMs
    if (this.#reader.silentSplits !== undefined) {
      if (!isDry && this.#waitedMs < ASK_EVERY_MS) return
      this.#watermarks.silence(this.#waitedMs, new Set(this.#reader.silentSplits()))
    } else {
      // Only here it is known that nothing of the silent ones has come.
      if (!isDry) return
      this.#watermarks.silence(this.#waitedMs)
    }
    this.#waitedMs = 0
  }

  /** The source could not be polled: that time does not count. */
  interrupted(): void {
    this.#waitingSinceMs = undefined
    this.#polledAtMs = undefined
  }

  /**
   * The task is held up below: of this time no more counts than of that between two polls of a busy
   * source, and no less, or one that is held up again and again would never find a split silent.
   */
  heldUp(): void {
    this.#waitingSinceMs = undefined
  }

  /** A task that is held up below does not poll, and a reader may fetch only when it is polled. */
  #busyMs(nowMs: number): number {
    return this.#polledAtMs === undefined ? 0 : Math.min(nowMs - this.#polledAtMs, ASK_EVERY_MS)
  }
}
