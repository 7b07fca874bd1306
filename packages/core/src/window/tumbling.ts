// The definition of a tumbling window: event time cut into stretches of equal length without gaps.

import { SluiceError } from '../errors.ts'
import { type Duration, parseDuration } from '../time/duration.ts'

/**
 * A window as a result carries it: from `start` up to and without `end`, milliseconds since 1970.
 */
export interface Window {
  readonly start: number
  readonly end: number
  /** How often this window fired before: 0, then 1, 2, … for records that came late but in time. */
  readonly firing: number
}

/** Options of `tumbling`. */
export interface TumblingOptions {
  /** How long after its end a window still takes records, each of which makes it fire again. */
  readonly allowedLateness?: Duration
  /** Moves the borders, for days that do not begin at midnight UTC; shorter than the window. */
  readonly offset?: Duration
}

/** A tumbling window; plain data. */
export interface TumblingWindow {
  readonly kind: 'tumbling'
  readonly sizeMs: number
  readonly offsetMs: number
  readonly allowedLatenessMs: number
}

/**
 * Windows of equal length that follow each other in event time.
 *
 * @example
 * const perMinute = tumbling('1m', { allowedLateness: '30s' })
 */
export function tumbling(size: Duration, options: TumblingOptions = {}): TumblingWindow {
  const sizeMs = parseDuration(size, 'The length of a window')
  const offsetMs = parseDuration(options.offset ?? '0ms', 'The offset of a window')
  const allowedLateness = options.allowedLateness ?? '0ms'
  const allowedLatenessMs = parseDuration(allowedLateness, 'The allowed lateness of a window')
  if (sizeMs === 0) {
    throw new SluiceError('SETTING_INVALID', 'A window must be longer than nothing.')
  }
  if (offsetMs >= sizeMs) {
    throw new SluiceError('SETTING_INVALID', 'The offset of a window must be shorter than it.')
  }
  return { kind: 'tumbling', sizeMs, offsetMs, allowedLatenessMs }
}
