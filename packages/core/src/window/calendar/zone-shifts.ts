// How far the clocks of a time zone are ahead of UTC, found through Intl and remembered by day,
// since asking Intl takes microseconds. The rules of zones come with the language and its data.

import { SluiceError } from '../../errors.ts'
import { LATEST_TIME_MS } from '../window.ts'

const DAY_MS = 86_400_000
/** Before the second year and after the last day rules are what they are then. */
const FIRST_ASKED_MS = -62_104_060_800_000
const LAST_ASKED_MS = LATEST_TIME_MS - 2 * DAY_MS
const REMEMBERED_DAYS = 4096

/** A day of UTC: the clocks are `before` ahead up to the instant `changesAt`, then `after`. */
export interface ZoneDay {
  readonly before: number
  readonly after: number
  readonly changesAt: number
}

/** Throws SETTING_INVALID for what is no time zone. */
export function checkTimeZone(timeZone: string): void {
  try {
    formatOf(timeZone)
  } catch (cause) {
    throw new SluiceError('SETTING_INVALID', `'${String(timeZone)}' is no time zone.`, {
      hint: "Give an IANA name such as 'Europe/Rome' or 'UTC'.",
      cause,
    })
  }
}

export class ZoneShifts {
  readonly #format: Intl.DateTimeFormat
  readonly #days = new Map<number, ZoneDay>()

  constructor(timeZone: string) {
    this.#format = formatOf(timeZone)
  }

  /** The day of UTC that an instant falls into. */
  day(instant: number): ZoneDay {
    const number = Math.floor(instant / DAY_MS)
    let day = this.#days.get(number)
    if (day === undefined) {
      day = this.#find(number * DAY_MS)
      if (this.#days.size >= REMEMBERED_DAYS) this.#days.clear()
      this.#days.set(number, day)
    }
    return day
  }

  /** How far the clocks are ahead of UTC at an instant, in milliseconds. */
  at(instant: number): number {
    const { before, after, changesAt } = this.day(instant)
    return instant < changesAt ? before : after
  }

  #find(start: number): ZoneDay {
    const before = this.#ask(start)
    const after = this.#ask(start + DAY_MS)
    if (before === after) return { before, after, changesAt: Number.POSITIVE_INFINITY }
    // Clocks change at full seconds.
    let [low, high] = [start, start + DAY_MS]
    while (high - low > 1000) {
      const middle = low + Math.floor((high - low) / 2000) * 1000
      if (this.#ask(middle) === before) low = middle
      else high = middle
    }
    return { before, after, changesAt: high }
  }

  #ask(instant: number): number {
    const time = Math.min(Math.max(instant, FIRST_ASKED_MS), LAST_ASKED_MS)
    const fields = new Map<string, number>()
    for (const { type, value } of this.#format.formatToParts(time)) fields.set(type, Number(value))
    const field = (name: string) => fields.get(name) ?? 0
    const wall = new Date(0)
    wall.setUTCFullYear(field('year'), field('month') - 1, field('day'))
    wall.setUTCHours(field('hour'), field('minute'), field('second'))
    return wall.getTime() - Math.floor(time / 1000) * 1000
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
}
