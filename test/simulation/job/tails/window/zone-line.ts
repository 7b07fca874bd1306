// What the clocks of a time zone show, looked up in `Intl` quarter of an hour by quarter of an
// hour: slow, and nothing to get wrong.

const slotMs = 900_000
const dayMs = 86_400_000

export class ZoneLine {
  readonly #format: Intl.DateTimeFormat
  readonly #wholeMs: number
  readonly #shifts = new Map<number, number>()
  readonly #instants = new Map<number, number>()

  /**
   * Borders that are `periodMs` apart. Up to an hour they are so by any clock, and only the rest
   * of the shift counts that is no whole period.
   */
  constructor(timeZone: string, periodMs: number) {
    this.#wholeMs = periodMs > 3_600_000 ? Number.POSITIVE_INFINITY : periodMs
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'iso8601',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
  }

  shown(instant: number): number {
    return instant + this.#shift(Math.floor(instant / slotMs) * slotMs)
  }

  /** The first instant at which the clocks show this or more. */
  instant(border: number): number {
    const known = this.#instants.get(border)
    if (known !== undefined) return known
    let slot = Math.floor((border - dayMs) / slotMs) * slotMs
    while (this.shown(slot) + slotMs <= border) slot += slotMs
    const instant = slot + Math.max(0, border - this.shown(slot))
    this.#instants.set(border, instant)
    return instant
  }

  #shift(slot: number): number {
    let shift = this.#shifts.get(slot)
    if (shift !== undefined) return shift
    const part = Object.fromEntries(
      this.#format.formatToParts(slot).map(({ type, value }) => [type, Number(value)]),
    ) as Record<'year' | 'month' | 'day' | 'hour' | 'minute', number>
    const shown = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute)
    shift = shown - slot
    if (this.#wholeMs !== Number.POSITIVE_INFINITY) {
      shift = ((shift % this.#wholeMs) + this.#wholeMs) % this.#wholeMs
    }
    this.#shifts.set(slot, shift)
    return shift
  }
}
