// Windows that share nothing, fire at their end, and again for each record that is late but
// allowed: tumbling ones, and sliding ones with gaps between them. The namespace is the start of
// the window. A window fires at its last millisecond and is cleared when the allowed lateness is
// over. What comes later than that goes to the late output. (Semantics: Flink's WindowOperator.)

import type { Key } from '../../key/key.ts'
import type { Operator } from '../../operator/host.ts'
import type { WindowContents } from '../contents/window-contents.ts'
import type { WindowGrid } from '../grid.ts'
import type { WindowTime } from '../window.ts'
import { timerCall, WindowSetting, type WindowStep } from './window-setting.ts'

interface TumblingFacts {
  readonly time: WindowTime
  readonly allowedLatenessMs: number
}

/** An operator for one subtask. */
export function createTumblingOperator(
  grid: WindowGrid,
  { time, allowedLatenessMs }: TumblingFacts,
  step: WindowStep,
): Operator {
  return new TumblingOperator(grid, time, allowedLatenessMs, step).operator()
}

class TumblingOperator {
  readonly #grid: WindowGrid
  readonly #time: WindowTime
  readonly #latenessMs: number
  readonly #step: WindowStep
  readonly #contents: WindowContents
  #setting!: WindowSetting
  #dropped!: { add(): void }
  // The window of the record before, or the gap: records mostly belong to the same one.
  #from = Number.NaN
  #until = Number.NaN
  /** NaN in a gap. */
  #namespace = Number.NaN
  #clearsAt = Number.NaN

  constructor(grid: WindowGrid, time: WindowTime, latenessMs: number, step: WindowStep) {
    this.#grid = grid
    this.#time = time
    this.#latenessMs = latenessMs
    this.#step = step
    this.#contents = step.contents
  }

  operator(): Operator {
    return {
      open: (host) => {
        this.#setting = new WindowSetting(host, this.#step, this.#time)
        this.#dropped = host.metrics.counter('records-between-windows')
      },
      onRecord: (value, timestamp) => this.#add(value, timestamp),
      ...timerCall(this.#time, (instant, key, start) => this.#onTimer(instant, key, start)),
    }
  }

  #add(value: unknown, timestamp: number): void {
    const setting = this.#setting
    const instant = setting.timeOf(timestamp)
    if (!(instant >= this.#from && instant < this.#until)) this.#seek(instant)
    if (Number.isNaN(this.#namespace)) {
      this.#dropped.add()
      return
    }
    const progress = setting.progress()
    if (progress >= this.#clearsAt) {
      setting.late(value, timestamp)
      return
    }
    setting.host.setNamespace(this.#namespace)
    const firing = this.#contents.add(value)
    const lastMs = this.#until - 1
    if (progress >= lastMs) this.#fireLate(value, firing)
    // A window that begins; or one that fired before a restore at another parallelism took the
    // watermark back.
    else if (firing !== 0) setting.setTimer(lastMs)
  }

  #seek(instant: number): void {
    const grid = this.#grid
    const pane = grid.pane(instant)
    this.#namespace = pane
    if (Number.isNaN(pane)) {
      this.#from = instant
      this.#until = grid.gapEnd(instant)
    } else {
      this.#from = grid.instant(pane)
      this.#until = grid.instant(pane + grid.sizeMs)
      this.#clearsAt = this.#until - 1 + this.#latenessMs
    }
  }

  #fireLate(value: unknown, before: number): void {
    if (before < 0) this.#setting.setTimer(this.#clearsAt)
    const firing = Math.max(before, 0)
    this.#fire(this.#step.keyOf(value), this.#from, this.#until, firing)
    this.#contents.setFirings(firing + 1)
  }

  /** Emits the window in hand. */
  #fire(key: Key, start: number, end: number, firing: number): void {
    const window = { start, end, firing }
    this.#setting.emit(key, window, this.#contents.result({ key, window }), end - 1)
  }

  #onTimer(instant: number, key: Key, start: number): void {
    const firing = this.#contents.firings()
    if (firing < 0) return
    const end = this.#grid.instant(start + this.#grid.sizeMs)
    const clearsAt = end - 1 + this.#latenessMs
    const ends = instant === end - 1
    if (ends) this.#fire(key, this.#grid.instant(start), end, firing)
    if (instant >= clearsAt) {
      this.#contents.clear()
      return
    }
    // Also where a timer was set under a shorter lateness, before the job was changed.
    this.#setting.setTimer(clearsAt)
    if (ends) this.#contents.setFirings(firing + 1)
  }
}
