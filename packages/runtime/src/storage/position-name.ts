// Positions of the log as file names: twelve digits, so that a listing is in order.

import { assert } from '@sluice/core/internal'

const digits = 12
const pattern = /^\d{12}$/

export function positionName(position: number): string {
  const fits = Number.isSafeInteger(position) && position > 0 && position < 10 ** digits
  assert(fits, `a position of the log is a positive integer: ${position}`)
  return String(position).padStart(digits, '0')
}

/** The positions among the names of a folder, in order; other names are none of ours. */
export function positionsIn(names: readonly string[]): number[] {
  return names
    .filter((name) => pattern.test(name))
    .map(Number)
    .sort((left, right) => left - right)
}
