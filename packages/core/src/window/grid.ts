// The borders of aligned windows, as numbers on the line of a wall clock (calendar/wall-clock.ts).
// Time is cut into panes such that every window is a row of them. A window is named by its end: the
// ends of windows that hold a pane follow each other at equal steps from `firstEnd` to `lastEnd`.

import { type WallClock, wallClock } from './calendar/wall-clock.ts'
import { greatestDivisor } from './definition/sliding.ts'
import type { AlignedWindow } from './definition/window-definition.ts'
import { SluiceError } from '../errors.ts'
import { LATEST_TIME_MS } from './window.ts'

export class WindowGrid {
  readonly sizeMs: number
  readonly everyMs: number
  readonly paneMs: number
  /** True for windows that begin together and end one after the other. */
  readonly grows: boolean
  readonly #offsetMs: number
  readonly #clock: WallClock

  constructor(window: AlignedWindow) {
    const { sizeMs, offsetMs } = window
    this.sizeMs = sizeMs
    this.everyMs = window.kind === 'tumbling' ? sizeMs : window.everyMs
    this.grows = window.kind === 'cumulative'
    this.#offsetMs = offsetMs
    this.paneMs = this.everyMs >= sizeMs ? sizeMs : greatestDivisor(sizeMs, this.everyMs)
    // How far apart windows begin.
    const periodMs = window.kind === 'sliding' ? this.everyMs : sizeMs
    this.#clock = wallClock(window.timeZone, periodMs)
  }

  /** True where each window is one pane. */
  get isSimple(): boolean {
    return this.paneMs === this.sizeMs
  }

  /** The pane that holds an instant: its start; NaN between two windows. */
  pane(instant: number): number {
    if (!(instant >= -LATEST_TIME_MS && instant <= LATEST_TIME_MS)) throw noWindow(instant)
    // Borders are whole numbers, and arithmetic with those is exact.
    const local = this.#clock.local(Math.floor(instant))
    if (!this.isSimple) return floorTo(local, this.paneMs, this.#offsetMs)
    const start = floorTo(local, this.everyMs, this.#offsetMs)
    return local < start + this.sizeMs ? start : Number.NaN
  }

  /** Panes are numbered; a border counts as the pane that begins there. */
  paneNumber(pane: number): number {
    return (pane - this.#offsetMs) / this.paneMs
  }

  /** The pane with a number. */
  paneAt(number: number): number {
    return number * this.paneMs + this.#offsetMs
  }

  /** The first instant after the gap between two windows that an instant lies in. */
  gapEnd(instant: number): number {
    const local = this.#clock.local(Math.floor(instant))
    return this.#clock.instant(floorTo(local, this.everyMs, this.#offsetMs) + this.everyMs)
  }

  /** The end of the first window that holds a pane. */
  firstEnd(pane: number): number {
    if (this.isSimple) return pane + this.sizeMs
    return floorTo(pane, this.everyMs, this.#offsetMs + this.sizeMs) + this.everyMs
  }

  /** The end of the last window that holds a pane. */
  lastEnd(pane: number): number {
    if (this.isSimple) return pane + this.sizeMs
    const step = this.grows ? this.sizeMs : this.everyMs
    return floorTo(pane, step, this.#offsetMs) + this.sizeMs
  }

  /** The start of the window with this end. */
  startOf(end: number): number {
    return this.grows ? floorTo(end - 1, this.sizeMs, this.#offsetMs) : end - this.sizeMs
  }

  /**
   * The first pane of the window with this end that later windows hold too; its end where none do.
   */
  staysFrom(end: number): number {
    const start = this.startOf(end)
    if (this.grows) return this.lastEnd(start) === end ? end : start
    return Math.min(start + this.everyMs, end)
  }

  /**
   * Whether the window with this end is the one a step before it: all that it is longer by is time
   * that clocks left out.
   */
  repeats(end: number): boolean {
    return this.grows && this.instant(end - this.everyMs) === this.instant(end)
  }

  /** When the wall clock first shows a border. */
  instant(border: number): number {
    return this.#clock.instant(border)
  }
}

/** The largest number at or below `value` that is `phase` and a whole number of steps. */
function floorTo(value: number, step: number, phase: number): number {
  const into = (value - phase) % step
  return into < 0 ? value - into - step : value - into
}

/** The error for a record whose time is none. */
export function noWindow(timestamp: number): SluiceError {
  return new SluiceError(
    'TIMESTAMP_INVALID',
    `A record with the event time ${timestamp} has no window.`,
    {
      hint: 'Give every source before a window an eventTime that returns finite milliseconds.',
    },
  )
}
