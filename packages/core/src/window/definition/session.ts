// The definition of a session: records of one key that follow each other closely enough.

import { SluiceError } from '../../errors.ts'
import { type Duration, parseDuration } from '../../time/duration.ts'
import type { WindowTime } from '../window.ts'
import {
  parseLength,
  timeFacts,
  type TimeWindowFacts,
  type TimeWindowOptions,
} from './window-options.ts'

/** Options of `session`. */
export interface SessionOptions<Time extends WindowTime = WindowTime>
  extends TimeWindowOptions<Time> {}

/** A session window; plain data but for a gap that depends on the record. */
export interface SessionWindow<in In = never, Time extends WindowTime = WindowTime>
  extends TimeWindowFacts<Time> {
  readonly kind: 'session'
  /** Undefined where the gap depends on the record. */
  readonly gapMs: number | undefined
  readonly gapOf: ((record: In) => number) | undefined
}

/** So many texts of durations are remembered. */
const REMEMBERED_GAPS = 1000

/**
 * Windows that end when nothing has come for the length of the gap, fixed or given by each record.
 * A record that lies between two sessions, closer than the gap to both, makes one of them. Two
 * records that are exactly the gap apart belong to two sessions.
 *
 * @example
 * const visits = session('30m')
 * const perDevice = session((click: { mobile: boolean }) => (click.mobile ? '5m' : '30m'))
 */
export function session<In = unknown, Time extends WindowTime = 'event'>(
  gap: Duration | ((record: In) => Duration),
  options: SessionOptions<Time> = {},
): SessionWindow<In, Time> {
  const facts = timeFacts(options)
  if (typeof gap === 'function') {
    return { kind: 'session', gapMs: undefined, gapOf: parsedGap(gap), ...facts }
  }
  const gapMs = parseLength(gap, 'The gap of a session')
  return { kind: 'session', gapMs, gapOf: undefined, ...facts }
}

/** Most records have one of few gaps, so their texts are parsed once. */
function parsedGap<In>(gap: (record: In) => Duration): (record: In) => number {
  const known = new Map<Duration, number>()
  return (record) => {
    const text = gap(record)
    let gapMs = known.get(text)
    if (gapMs !== undefined) return gapMs
    gapMs = parseDuration(text, 'What the gap function of a session returned')
    if (gapMs === 0) {
      throw new SluiceError('DURATION_INVALID', 'The gap function of a session returned nothing.', {
        hint: "Return a duration of at least '1ms'.",
      })
    }
    if (known.size < REMEMBERED_GAPS) known.set(text, gapMs)
    return gapMs
  }
}
