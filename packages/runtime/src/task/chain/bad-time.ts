// The error for what a function returned as a time and is none. Whoever reads it wants to know what
// came instead, and which unit was probably meant.

import { describedRecord, SluiceError } from '@sluice/core/internal'
import { EARLIEST_TIME_MS, LATEST_TIME_MS } from './chain-functions.ts'

/** Microseconds and nanoseconds of a time from here on do not look like milliseconds. */
const recentMs = Date.UTC(1980, 0, 1)

/** TIMESTAMP_INVALID; the step and the record are added by whoever knows them. */
export function badTime(of: 'event time' | 'watermark', time: unknown): SluiceError {
  const whose = of === 'event time' ? 'An event time' : 'A watermark'
  if (time === Number.NEGATIVE_INFINITY && of === 'event time') {
    return new SluiceError('TIMESTAMP_INVALID', 'The source knows no time of the record.', {
      hint: 'Say `eventTime`, which takes the time from the record.',
    })
  }
  const hint = hintFor(time)
  return new SluiceError('TIMESTAMP_INVALID', `${whose} cannot be ${described(time)}.`, { hint })
}

function described(time: unknown): string {
  // NaN is no JSON, and a text should be seen to be one.
  if (typeof time === 'string') return `the text ${describedRecord(time)}`
  if (typeof time !== 'number' || !Number.isFinite(time)) return String(time)
  const date = new Date(time)
  const year = Number.isNaN(date.getTime()) ? undefined : date.getUTCFullYear()
  return year === undefined ? String(time) : `${time}, which is in the year ${year}`
}

function hintFor(time: unknown): string {
  if (typeof time === 'number') {
    for (const [unit, perMs] of [
      ['micro', 1e3],
      ['nano', 1e6],
    ] as const) {
      const ms = time / perMs
      if (ms >= recentMs && ms <= LATEST_TIME_MS) {
        return `It looks like ${unit}seconds: divide by ${perMs} to get milliseconds since 1970.`
      }
    }
    if (time < EARLIEST_TIME_MS || time > LATEST_TIME_MS) {
      return 'Return milliseconds since 1970, within the years 0 to 9999.'
    }
  }
  return 'Return milliseconds since 1970 as a number: Number(text), date.getTime().'
}
