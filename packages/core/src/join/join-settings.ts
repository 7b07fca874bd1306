// What the operators of joins have in common: whose records come out without partner, and what is
// made of a pair.

import { SluiceError } from '../errors.ts'
import type { JoinType } from './join-options.ts'

/** Makes the record that goes on; `undefined` stands where there is no partner. */
export type Select = (left: unknown, right: unknown) => unknown

export interface JoinSettings {
  readonly type: JoinType
  readonly select: Select
}

export const joinTypes: readonly JoinType[] = ['inner', 'left', 'right', 'full']

/** Whether records of the left side come out without partner. */
export function keepsLeft(type: JoinType): boolean {
  return type === 'left' || type === 'full'
}

/** Whether records of the right side come out without partner. */
export function keepsRight(type: JoinType): boolean {
  return type === 'right' || type === 'full'
}

/** Throws TIMESTAMP_INVALID for a record that no join can place. */
export function checkTime(timestamp: number): void {
  if (Number.isFinite(timestamp)) return
  throw new SluiceError(
    'TIMESTAMP_INVALID',
    `A record with the event time ${timestamp} cannot be joined.`,
    { hint: 'Give every source before a join an eventTime that returns finite milliseconds.' },
  )
}
