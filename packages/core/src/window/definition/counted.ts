// Windows that no border in time closes: the global one, which fires when its trigger says so, and
// those of so many records.

import { SluiceError } from '../../errors.ts'
import type { Trigger } from '../trigger/trigger.ts'
import type { Firings } from '../window.ts'
import { greatestDivisor } from './sliding.ts'
import { checkFirings, type FiringOptions } from './window-options.ts'

/** Options of `globalWindow`. */
export interface GlobalWindowOptions extends FiringOptions {
  /** When a result is given. `atEnd()` is when the input ends. */
  readonly trigger: Trigger
}

/** The global window; plain data. */
export interface GlobalWindow {
  readonly kind: 'global'
  readonly trigger: Trigger
  readonly firings: Firings
}

/** Options of `countWindow`. */
export interface CountWindowOptions {
  /** After how many records the next result comes; as many as the window holds unless set. */
  readonly every?: number
}

/** A window of so many records; plain data. */
export interface CountWindow {
  readonly kind: 'count'
  readonly records: number
  readonly every: number
}

const MOST_PANES = 10_000

/**
 * One window per key for all time. It is never cleared: with `firings: 'discarding'` its content is
 * dropped whenever it fires.
 *
 * @example
 * const soFar = globalWindow({ trigger: every('10s') })
 */
export function globalWindow(options: GlobalWindowOptions): GlobalWindow {
  const { trigger, firings = 'accumulating' } = options ?? {}
  checkFirings(trigger, firings)
  return { kind: 'global', trigger, firings }
}

/**
 * Windows of so many records of a key. With `every`, a result comes after each so many records,
 * over the last `records` of them, or as many as there were.
 *
 * @example
 * const hundreds = countWindow(100)
 * const lastHundred = countWindow(100, { every: 10 })
 */
export function countWindow(records: number, options: CountWindowOptions = {}): CountWindow {
  const { every = records } = options
  for (const count of [records, every]) {
    if (Number.isSafeInteger(count) && count >= 1) continue
    throw new SluiceError('SETTING_INVALID', `A window cannot count to ${String(count)} records.`, {
      hint: 'Give a whole number of records, 1 or more.',
    })
  }
  const panes = every === records ? 1 : records / greatestDivisor(records, every)
  if (panes > MOST_PANES) {
    throw new SluiceError(
      'SETTING_INVALID',
      `A window of ${records} records every ${every} has ${panes} panes, more than ${MOST_PANES}.`,
      { hint: 'Choose numbers of records with a larger common divisor.' },
    )
  }
  return { kind: 'count', records, every }
}
