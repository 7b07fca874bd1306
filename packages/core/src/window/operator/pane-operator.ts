// Windows that overlap and fire at their end. A record is added to one pane, whose start is the
// namespace of its content; a firing puts the panes of its window together. A key has one timer for
// its first window to come; each firing sets the next, as long as there are panes for it.
//
// `fired` holds, while a key has panes, the end of the last window that fired at its end: a restore
// at another parallelism may take the watermark back, and what was closed stays closed. Timers, and
// how often a window fired, have the window's end as their namespace.

import type { Key } from '../../key/key.ts'
import type { Operator } from '../../operator/host.ts'
import type { StateDescriptor } from '../../state/descriptor.ts'
import type { ValueState } from '../../state/handle.ts'
import type { ResultPlace } from '../contents/window-contents.ts'
import type { WindowGrid } from '../grid.ts'
import type { WindowTime } from '../window.ts'
import { MergedPanes } from './merged-panes.ts'
import { timerCall, WindowSetting, type WindowStep } from './window-setting.ts'

const firedState = { name: 'fired', kind: 'value', namespace: 'none' } as const
const windowFiringsState = { name: 'window-firings', kind: 'value', namespace: 'window' } as const

/** The states beside the contents of panes. */
export const paneStates: readonly StateDescriptor[] = [firedState, windowFiringsState]

interface PaneFacts {
  readonly time: WindowTime
  readonly allowedLatenessMs: number
}

/** An operator for one subtask. */
export function createPaneOperator(
  grid: WindowGrid,
  { time, allowedLatenessMs }: PaneFacts,
  step: WindowStep,
): Operator {
  return new PaneOperator(grid, time, allowedLatenessMs, step).operator()
}

class PaneOperator {
  readonly #grid: WindowGrid
  readonly #time: WindowTime
  readonly #latenessMs: number
  readonly #step: WindowStep
  #setting!: WindowSetting
  #fired!: ValueState<number>
  #firings!: ValueState<number>
  // The pane of the record before: records mostly belong to the same one.
  #from = Number.NaN
  #until = Number.NaN
  #pane = Number.NaN
  #firstEnd = Number.NaN
  #lastEnd = Number.NaN
  #clearsAt = Number.NaN
  /** The last millisecond of the first window that holds the pane. */
  #firstLastMs = Number.NaN
  /** The furthest that time had come; a clock may go back. */
  #furthest = Number.NEGATIVE_INFINITY
  readonly #merged: MergedPanes | undefined

  constructor(grid: WindowGrid, time: WindowTime, latenessMs: number, step: WindowStep) {
    this.#grid = grid
    this.#time = time
    this.#latenessMs = latenessMs
    this.#step = step
    const { values } = step.contents
    if (values === undefined) return
    this.#merged = new MergedPanes(grid.sizeMs / grid.paneMs, grid.grows, {
      pane: (number) => {
        this.#setting.host.setNamespace(grid.paneAt(number))
        return values.get()
      },
      merge: (left, right) => values.merge(left, right),
    })
  }

  operator(): Operator {
    return {
      open: (host) => {
        this.#setting = new WindowSetting(host, this.#step, this.#time)
        this.#fired = host.state(firedState) as unknown as ValueState<number>
        this.#firings = host.state(windowFiringsState) as unknown as ValueState<number>
      },
      onRecord: (value, timestamp) => this.#add(value, timestamp),
      ...timerCall(this.#time, (instant, key, end) => this.#onTimer(instant, key, end)),
    }
  }

  #add(value: unknown, timestamp: number): void {
    const setting = this.#setting
    const instant = setting.timeOf(timestamp)
    if (!(instant >= this.#from && instant < this.#until)) this.#seek(instant)
    const progress = setting.progress()
    if (progress >= this.#clearsAt) {
      setting.late(value, timestamp)
      return
    }
    setting.host.setNamespace(this.#pane)
    const isNew = this.#step.contents.add(value) < 0
    if (progress > this.#furthest) this.#furthest = progress
    if (this.#furthest >= this.#firstLastMs) this.#merged?.forget(this.#step.keyOf(value))
    if (this.#latenessMs > 0) {
      this.#awaitFirst(progress, undefined)
      if (progress >= this.#firstLastMs) this.#fireAgain(this.#step.keyOf(value), progress)
    } else if (isNew && !this.#awaitFirst(progress, this.#fired.get())) {
      setting.host.setNamespace(this.#pane)
      this.#step.contents.clear()
      setting.late(value, timestamp)
    }
  }

  #seek(instant: number): void {
    const grid = this.#grid
    const pane = grid.pane(instant)
    this.#pane = pane
    this.#from = grid.instant(pane)
    this.#until = grid.instant(pane + grid.paneMs)
    this.#firstEnd = grid.firstEnd(pane)
    this.#lastEnd = grid.lastEnd(pane)
    this.#clearsAt = grid.instant(this.#lastEnd) - 1 + this.#latenessMs
    this.#firstLastMs = grid.instant(this.#firstEnd) - 1
  }

  /**
   * Makes sure that the first window with the pane in hand that is to come and did not fire yet has
   * a timer; false where there is none. `fired` is the end of the last window that fired at its end
   * while panes were left: it has set the timer of the next.
   */
  #awaitFirst(progress: number, fired: number | undefined): boolean {
    const grid = this.#grid
    let end = this.#firstEnd
    if (fired !== undefined) {
      if (this.#lastEnd <= fired) return false
      if (end <= fired + grid.everyMs) return true
    }
    for (; end <= this.#lastEnd; end += grid.everyMs) {
      const lastMs = grid.instant(end) - 1
      if (lastMs <= progress) continue
      this.#setting.host.setNamespace(end)
      this.#setting.setTimer(lastMs)
      return true
    }
    return false
  }

  /** The windows with the pane in hand that are over and take late records fire anew. */
  #fireAgain(key: Key, progress: number): void {
    const grid = this.#grid
    for (let end = this.#firstEnd; end <= this.#lastEnd; end += grid.everyMs) {
      const lastMs = grid.instant(end) - 1
      if (lastMs > progress) return
      if (lastMs + this.#latenessMs <= progress) continue
      this.#fire(key, end)
      this.#setting.host.setNamespace(end)
      this.#setting.setTimer(lastMs + this.#latenessMs)
    }
  }

  #onTimer(instant: number, key: Key, end: number): void {
    const lastMs = this.#grid.instant(end) - 1
    if (instant > this.#furthest) this.#furthest = instant
    if (instant === lastMs) this.#fireAtEnd(key, end)
    const host = this.#setting.host
    if (instant < lastMs + this.#latenessMs) {
      host.setNamespace(end)
      this.#setting.setTimer(lastMs + this.#latenessMs)
      return
    }
    // Firings are counted where the lateness is, or once was, more than nothing.
    if (this.#latenessMs > 0 || instant > lastMs) {
      host.setNamespace(end)
      this.#firings.clear()
    }
    this.#clear(end)
  }

  #fireAtEnd(key: Key, end: number): void {
    const grid = this.#grid
    const newest = this.#merged === undefined ? this.#fire(key, end) : this.#fireMerged(key, end)
    const next = end + grid.everyMs
    // Panes of the next window that are not of this one have set its timer themselves.
    if (newest >= grid.startOf(next)) {
      this.#fired.set(end)
      this.#setting.host.setNamespace(next)
      this.#setting.setTimer(grid.instant(next) - 1)
    } else {
      this.#fired.clear()
      this.#merged?.forget(key)
    }
  }

  /** The same as `#fire`, with what is remembered of the panes. */
  #fireMerged(key: Key, end: number): number {
    const grid = this.#grid
    const window = this.#merged?.window(key, grid.paneNumber(end))
    if (window === undefined) return Number.NaN
    this.#emit(key, end, () => this.#step.contents.values?.result(window.merged))
    return grid.paneAt(window.newest)
  }

  /** Emits the window with this end; returns its newest pane, NaN where there is none. */
  #fire(key: Key, end: number): number {
    const grid = this.#grid
    const { contents } = this.#step
    const { host } = this.#setting
    const start = grid.startOf(end)
    let newest = Number.NaN
    contents.beginMerge()
    for (let pane = start; pane < end; pane += grid.paneMs) {
      host.setNamespace(pane)
      if (contents.mergeIn()) newest = pane
    }
    if (Number.isNaN(newest)) return newest
    this.#emit(key, end, (place) => contents.mergedResult(place))
    return newest
  }

  #emit(key: Key, end: number, result: (place: ResultPlace) => unknown): void {
    const grid = this.#grid
    if (grid.repeats(end)) return
    const until = grid.instant(end)
    const start = grid.instant(grid.startOf(end))
    const window = { start, end: until, firing: this.#countFiring(end) }
    this.#setting.emit(key, window, result({ key, window }), until - 1)
  }

  /** How often the window fired before; counted only where it may fire again. */
  #countFiring(end: number): number {
    if (this.#latenessMs === 0) return 0
    this.#setting.host.setNamespace(end)
    const firing = this.#firings.get() ?? 0
    this.#firings.set(firing + 1)
    return firing
  }

  /** The window with this end takes no more records, nor do panes that it is the last to hold. */
  #clear(end: number): void {
    const grid = this.#grid
    const until = grid.staysFrom(end)
    for (let pane = grid.startOf(end); pane < until; pane += grid.paneMs) {
      this.#setting.host.setNamespace(pane)
      this.#step.contents.clear()
    }
  }
}
