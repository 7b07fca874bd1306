// The definition of a tumbling window: time cut into stretches of equal length without gaps.

import type { Duration } from '../../time/duration.ts'
import type { WindowTime } from '../window.ts'
import {
  alignedFacts,
  type AlignedWindowFacts,
  type AlignedWindowOptions,
  parseLength,
} from './window-options.ts'

/** Options of `tumbling`. */
export interface TumblingOptions<Time extends WindowTime = WindowTime>
  extends AlignedWindowOptions<Time> {}

/** A tumbling window; plain data. */
export interface TumblingWindow<Time extends WindowTime = WindowTime>
  extends AlignedWindowFacts<Time> {
  readonly kind: 'tumbling'
  readonly sizeMs: number
}

/**
 * Windows of equal length that follow each other.
 *
 * @example
 * const perMinute = tumbling('1m', { allowedLateness: '30s' })
 * const perDay = tumbling('1d', { timeZone: 'Europe/Rome' })
 */
export function tumbling<Time extends WindowTime = 'event'>(
  size: Duration,
  options: TumblingOptions<Time> = {},
): TumblingWindow<Time> {
  const sizeMs = parseLength(size, 'The length of a window')
  return { kind: 'tumbling', sizeMs, ...alignedFacts(options, sizeMs) }
}
