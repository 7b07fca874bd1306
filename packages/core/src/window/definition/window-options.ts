// Options that several kinds of windows share, checked and turned into plain data.

import { SluiceError } from '../../errors.ts'
import { type Duration, parseDuration } from '../../time/duration.ts'
import { checkTimeZone } from '../calendar/zone-shifts.ts'
import { checkTrigger, leavesOf, type Trigger } from '../trigger/trigger.ts'
import type { Firings, WindowTime } from '../window.ts'

/** When a window fires, and what it then gives. */
export interface FiringOptions {
  /** When a result is given: at the window's end unless set. */
  readonly trigger?: Trigger
  /**
   * What a window gives that fires again: all of its records (`accumulating`, unless set) or those
   * since it last fired (`discarding`).
   */
  readonly firings?: Firings
}

/** Options of windows that are bounded by time. */
export interface TimeWindowOptions<Time extends WindowTime = WindowTime> extends FiringOptions {
  /** The clock that decides: that of the records (`event`, unless set) or the machine's. */
  readonly time?: Time
  /** How long after its end a window still takes records, each of which makes it fire again. */
  readonly allowedLateness?: Duration
}

/** Options of windows whose borders are the same for all keys. */
export interface AlignedWindowOptions<Time extends WindowTime = WindowTime>
  extends TimeWindowOptions<Time> {
  /** Moves the borders, for days that do not begin at midnight. */
  readonly offset?: Duration
  /**
   * An IANA name such as `Europe/Rome`: borders follow the clocks on its walls, so a day has 23 or
   * 25 hours when they change. UTC unless set.
   */
  readonly timeZone?: string
}

/** What a window that is bounded by time knows of time and firing. */
export interface TimeWindowFacts<Time extends WindowTime = WindowTime> {
  readonly time: Time
  readonly allowedLatenessMs: number
  readonly trigger: Trigger
  readonly firings: Firings
}

/** What a window knows whose borders are the same for all keys. */
export interface AlignedWindowFacts<Time extends WindowTime = WindowTime>
  extends TimeWindowFacts<Time> {
  readonly offsetMs: number
  readonly timeZone?: string
}

const times: readonly unknown[] = ['event', 'processing'] satisfies WindowTime[]
const firingModes: readonly unknown[] = ['accumulating', 'discarding'] satisfies Firings[]

/** A length of time that is not zero. */
export function parseLength(duration: Duration, what: string): number {
  const lengthMs = parseDuration(duration, what)
  if (lengthMs > 0) return lengthMs
  throw invalid('A window must be longer than nothing.', `${what} must be at least '1ms'.`)
}

export function timeFacts<Time extends WindowTime>(
  options: TimeWindowOptions<Time>,
): TimeWindowFacts<Time> {
  const { trigger = { kind: 'at-end' }, firings = 'accumulating' } = options
  const time = (options.time ?? 'event') as Time
  if (!times.includes(time)) {
    throw invalid(`Windows cannot go by '${String(time)}' time.`, "Write 'event' or 'processing'.")
  }
  if (time === 'processing' && options.allowedLateness !== undefined) {
    throw invalid(
      'A window in processing time has no allowed lateness.',
      'By the clock of the machine no record is late: leave allowedLateness out.',
    )
  }
  checkFirings(trigger, firings)
  if (time === 'processing' && leavesOf(trigger).some(waitsForEventTime)) {
    throw invalid(
      'A window in processing time cannot wait for event time.',
      "Leave out { time: 'event' } in its trigger, or { time: 'processing' } in the window.",
    )
  }
  const lateness = options.allowedLateness ?? '0ms'
  const allowedLatenessMs = parseDuration(lateness, 'The allowed lateness of a window')
  return { time, allowedLatenessMs, trigger, firings }
}

/** Throws SETTING_INVALID unless these say when a window fires and what it gives. */
export function checkFirings(trigger: unknown, firings: unknown): void {
  checkTrigger(trigger)
  if (firingModes.includes(firings)) return
  throw invalid(
    `Firings of a window cannot be '${String(firings)}'.`,
    "Write 'accumulating' or 'discarding'.",
  )
}

/** @param periodMs The time from one border to the next of its kind: offsets are shorter. */
export function alignedFacts<Time extends WindowTime>(
  options: AlignedWindowOptions<Time>,
  periodMs: number,
): AlignedWindowFacts<Time> {
  const offsetMs = parseDuration(options.offset ?? '0ms', 'The offset of a window')
  if (offsetMs >= periodMs) {
    throw invalid(
      'The offset of a window must be shorter than it.',
      'Borders come again after the length of a window: leave out the whole lengths.',
    )
  }
  const facts = { ...timeFacts(options), offsetMs }
  if (options.timeZone === undefined) return facts
  checkTimeZone(options.timeZone)
  return { ...facts, timeZone: options.timeZone }
}

/** Whether a trigger reacts to event time on its own account. */
export function waitsForEventTime(trigger: Trigger): boolean {
  return trigger.kind === 'every' && trigger.time === 'event'
}

function invalid(message: string, hint: string): SluiceError {
  return new SluiceError('SETTING_INVALID', message, { hint })
}
