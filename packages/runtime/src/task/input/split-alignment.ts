// Keeps the splits of one subtask from running far ahead of the slowest of their group: those whose
// watermark is more than the allowed drift ahead are not read. The slowest of the group is never
// paused, so the group always moves; splits that are silent or finished hold nobody up.

import type { Gauge, SourceReader, SourceSplit } from '@sluice/core/connector'
import type { SplitWatermarks } from './split-watermarks.ts'

/** Time between two reports of a subtask that goes on reading. */
const LEAST_GAP_MS = 10

export interface SplitAlignmentOptions {
  readonly maxDriftMs: number
  /** In order of time splits are read one after the other: then all of them wait, or none. */
  readonly ordered: 'none' | 'time'
  readonly reader: SourceReader<unknown, SourceSplit>
  readonly watermarks: SplitWatermarks
  /** How many splits are not read because they are ahead. */
  readonly splitsPaused: Gauge
  /** Tells the coordinator the lowest watermark of the splits of this subtask. */
  readonly report: (watermark: number) => void
}

export class SplitAlignment {
  readonly #options: SplitAlignmentOptions
  readonly #paused = new Set<string>()
  /** A watermark above it is too far ahead; nothing is until the group is known. */
  #limit = Number.POSITIVE_INFINITY
  #reported: number | undefined
  #polledAtMs = 0
  #reportedAtMs = Number.NEGATIVE_INFINITY
  #held = false

  constructor(options: SplitAlignmentOptions) {
    this.#options = options
  }

  /** Nothing of the source may be read now. */
  get held(): boolean {
    return this.#held
  }

  /** The lowest watermark of the whole group; plus infinity where nobody is waited for. */
  setLowest(lowest: number): void {
    this.#limit = lowest + this.#options.maxDriftMs
    this.update()
  }

  /** Splits came, ended or moved on: pauses those that are too far ahead, and resumes others. */
  update(): void {
    const { reader, watermarks, ordered } = this.#options
    const canPause = reader.pauseSplits !== undefined && reader.resumeSplits !== undefined
    if (canPause && ordered === 'none') {
      this.#updateSplits()
    } else {
      const lowest = watermarks.lowestOfSplits()
      this.#held = lowest > this.#limit && lowest < Number.POSITIVE_INFINITY
    }
    const { size } = watermarks
    this.#options.splitsPaused.set(this.#held ? size : this.#paused.size)
    // Nothing is read from here on that would be followed by a report: the group has to know now.
    if (this.#held) this.#report(Number.POSITIVE_INFINITY)
  }

  #updateSplits(): void {
    const { reader, watermarks } = this.#options
    const pause: string[] = []
    const resume: string[] = []
    const known = new Set<string>()
    for (const [split, watermark] of watermarks.bySplit()) {
      known.add(split)
      const ahead = watermark > this.#limit
      if (ahead === this.#paused.has(split)) continue
      watermarks.setPaused(split, ahead)
      if (ahead) pause.push(split)
      else resume.push(split)
    }
    for (const split of this.#paused) if (!known.has(split)) this.#paused.delete(split)
    for (const split of pause) this.#paused.add(split)
    for (const split of resume) this.#paused.delete(split)
    if (pause.length > 0) reader.pauseSplits?.(pause)
    if (resume.length > 0) reader.resumeSplits?.(resume)
    this.#held = known.size > 0 && this.#paused.size === known.size
  }

  /** After each poll; `isDry`: the next one may be long in coming. */
  polled(nowMs: number, isDry: boolean): void {
    this.#polledAtMs = nowMs
    this.#report(isDry ? Number.POSITIVE_INFINITY : nowMs)
  }

  /** After the records of a poll. */
  moved(): void {
    this.update()
    this.#report(this.#polledAtMs)
  }

  /** Whether somebody need wait at all is told at once, the rest not more often than useful. */
  #report(nowMs: number): void {
    const lowest = this.#options.watermarks.lowestOfSplits()
    if (lowest === this.#reported) return
    if (Number.isFinite(lowest) && nowMs - this.#reportedAtMs < LEAST_GAP_MS) return
    this.#reported = lowest
    this.#reportedAtMs = this.#polledAtMs
    this.#options.report(lowest)
  }
}
