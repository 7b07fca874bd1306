// The line on which the borders of windows are equally far apart. In UTC it is time itself; in a
// time zone it is what the clocks on the walls show, in milliseconds as if they showed UTC, except
// that it never goes back: while clocks that were set back show an hour again, it stands still at
// the end of that hour. So a day in which clocks are set back has 25 hours, and no border twice.
//
// Windows that begin every hour, or more often, are as long as they are named: for them only the
// part of the zone's distance from UTC counts that is no whole period (half an hour in India), or,
// where no number of periods makes an hour, that is no whole hour.

import { ZoneShifts } from './zone-shifts.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

export interface WallClock {
  /** What the clock shows at an instant; never less than at an earlier one. */
  local(instant: number): number
  /** The first instant at which the clock shows this or more. */
  instant(local: number): number
}

const utc: WallClock = {
  local: (instant) => instant,
  instant: (local) => local,
}

/** The clock for windows that begin every `periodMs`. */
export function wallClock(timeZone: string | undefined, periodMs: number): WallClock {
  return timeZone === undefined ? utc : new ZoneClock(new ZoneShifts(timeZone), periodMs)
}

class ZoneClock implements WallClock {
  readonly #zone: ZoneShifts
  /** Shifts count modulo this; infinite for long periods. */
  readonly #wholeMs: number

  constructor(zone: ZoneShifts, periodMs: number) {
    this.#zone = zone
    const wholeMs = HOUR_MS % periodMs === 0 ? periodMs : HOUR_MS
    this.#wholeMs = periodMs > HOUR_MS ? Number.POSITIVE_INFINITY : wholeMs
  }

  local(instant: number): number {
    const shown = instant + this.#shift(this.#zone.at(instant))
    return Math.max(shown, this.#before(instant, instant), this.#before(instant - DAY_MS, instant))
  }

  /** The last that the clock showed before a change in the day of `about`, if that is over. */
  #before(about: number, instant: number): number {
    const { before, changesAt } = this.#zone.day(about)
    if (changesAt > instant) return Number.NEGATIVE_INFINITY
    return changesAt + this.#shift(before) - 1
  }

  instant(local: number): number {
    // Clocks are less than a day from UTC, so it lies in one of three days, and not before them.
    const first = Math.floor(local / DAY_MS) * DAY_MS - DAY_MS
    for (let start = first; start <= first + 2 * DAY_MS; start += DAY_MS) {
      const { before, after, changesAt } = this.#zone.day(start)
      const end = start + DAY_MS
      const early = Math.max(start, local - this.#shift(before))
      if (early < Math.min(changesAt, end)) return early
      const late = Math.max(changesAt, local - this.#shift(after))
      if (late < end) return late
    }
    return local - this.#shift(this.#zone.at(local))
  }

  #shift(shiftMs: number): number {
    if (this.#wholeMs === Number.POSITIVE_INFINITY) return shiftMs
    const rest = shiftMs % this.#wholeMs
    return rest < 0 ? rest + this.#wholeMs : rest
  }
}
