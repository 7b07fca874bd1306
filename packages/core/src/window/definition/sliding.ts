// Windows that overlap: sliding ones of equal length, and cumulative ones that grow step by step.
// Both are cut into panes, so that a record is counted once and a firing puts panes together.

import { SluiceError } from '../../errors.ts'
import type { Duration } from '../../time/duration.ts'
import { durationText } from '../duration-text.ts'
import type { WindowTime } from '../window.ts'
import {
  alignedFacts,
  type AlignedWindowFacts,
  type AlignedWindowOptions,
  parseLength,
} from './window-options.ts'

/** Options of `sliding` and `cumulative`. */
export interface SlidingOptions<Time extends WindowTime = WindowTime>
  extends AlignedWindowOptions<Time> {
  /** The time from the start of one window to that of the next. */
  readonly every: Duration
}

/** Options of `cumulative`. */
export interface CumulativeOptions<Time extends WindowTime = WindowTime>
  extends AlignedWindowOptions<Time> {
  /** The step by which windows grow. */
  readonly every: Duration
}

/** A sliding window; plain data. */
export interface SlidingWindow<Time extends WindowTime = WindowTime>
  extends AlignedWindowFacts<Time> {
  readonly kind: 'sliding'
  readonly sizeMs: number
  readonly everyMs: number
}

/** A cumulative window; plain data. */
export interface CumulativeWindow<Time extends WindowTime = WindowTime>
  extends AlignedWindowFacts<Time> {
  readonly kind: 'cumulative'
  readonly sizeMs: number
  readonly everyMs: number
}

/** A firing looks at each pane of its window. */
const MOST_PANES = 10_000

/**
 * Windows of equal length, one beginning every so often. Where `every` is longer than the window,
 * the records between two windows are dropped and counted (`records-between-windows`).
 *
 * @example
 * const lastHour = sliding('1h', { every: '5m' })
 */
export function sliding<Time extends WindowTime = 'event'>(
  size: Duration,
  options: SlidingOptions<Time>,
): SlidingWindow<Time> {
  const sizeMs = parseLength(size, 'The length of a window')
  const everyMs = parseLength(options?.every, 'The time between two windows')
  if (everyMs < sizeMs) checkPanes(sizeMs, everyMs, greatestDivisor(sizeMs, everyMs))
  return { kind: 'sliding', sizeMs, everyMs, ...alignedFacts(options, everyMs) }
}

/**
 * Windows that begin together and end one step after the other, up to the whole length: the count
 * of the day so far, every hour.
 *
 * @example
 * const daySoFar = cumulative('1d', { every: '1h', timeZone: 'Europe/Rome' })
 */
export function cumulative<Time extends WindowTime = 'event'>(
  size: Duration,
  options: CumulativeOptions<Time>,
): CumulativeWindow<Time> {
  const sizeMs = parseLength(size, 'The length of a window')
  const everyMs = parseLength(options?.every, 'The step of a window')
  if (sizeMs % everyMs !== 0) {
    throw new SluiceError(
      'SETTING_INVALID',
      `A window of ${durationText(sizeMs)} cannot grow by ${durationText(everyMs)}.`,
      { hint: 'The length of a cumulative window is a whole number of its steps.' },
    )
  }
  checkPanes(sizeMs, everyMs, everyMs)
  return { kind: 'cumulative', sizeMs, everyMs, ...alignedFacts(options, sizeMs) }
}

function checkPanes(sizeMs: number, everyMs: number, paneMs: number): void {
  const panes = sizeMs / paneMs
  if (panes <= MOST_PANES) return
  throw new SluiceError(
    'SETTING_INVALID',
    `A window of ${durationText(sizeMs)} every ${durationText(everyMs)} has ${panes} panes of ` +
      `${durationText(paneMs)}, more than ${MOST_PANES}.`,
    { hint: 'Let windows follow each other less often, or choose lengths with a common divisor.' },
  )
}

/** The longest length of which both are whole multiples. */
export function greatestDivisor(left: number, right: number): number {
  let [divisor, rest] = [left, right]
  while (rest !== 0) [divisor, rest] = [rest, divisor % rest]
  return divisor
}
