// Which windows a record belongs to, for windows that are kept one by one. A window is named by a
// number, its namespace: the end on the line of its grid, and 0 for the global window.

import type { WindowGrid } from './grid.ts'
import { LATEST_TIME_MS } from './window.ts'

export interface WindowAssigner {
  /** The windows of an instant, by their names, in order. */
  windowsOf(instant: number): readonly number[]
  /** The last millisecond of a window. */
  lastMs(name: number): number
  /** The window as a result carries it. */
  window(name: number, firing: number): object
  /** True where a window lasts for ever: nothing is late for it, and it is never cleared. */
  readonly isEndless: boolean
}

/** The windows of a grid. */
export class GridAssigner implements WindowAssigner {
  readonly isEndless = false
  readonly #grid: WindowGrid
  #pane = Number.NaN
  #ends: readonly number[] = []

  constructor(grid: WindowGrid) {
    this.#grid = grid
  }

  windowsOf(instant: number): readonly number[] {
    const grid = this.#grid
    const pane = grid.pane(instant)
    if (pane !== this.#pane) {
      this.#pane = pane
      const ends: number[] = []
      const lastEnd = grid.lastEnd(pane)
      for (let end = grid.firstEnd(pane); end <= lastEnd; end += grid.everyMs) {
        if (!grid.repeats(end)) ends.push(end)
      }
      this.#ends = ends
    }
    return this.#ends
  }

  lastMs(end: number): number {
    return this.#grid.instant(end) - 1
  }

  window(end: number, firing: number): object {
    const grid = this.#grid
    return { start: grid.instant(grid.startOf(end)), end: grid.instant(end), firing }
  }
}

const theWindow = [0] as const

/** The one window that lasts for ever. */
export const globalAssigner: WindowAssigner = {
  isEndless: true,
  windowsOf: () => theWindow,
  lastMs: () => LATEST_TIME_MS,
  window: (_name, firing) => ({ firing }),
}
