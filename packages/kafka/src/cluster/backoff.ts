// Pauses between attempts: each twice as long as the one before, up to a limit, and each drawn from
// the upper half, so that many clients do not come back at once.

import type { Random } from '@sluice/core/connector'

const firstMs = 50
const longestMs = 1000

/** The pause after the attempt of this number, counted from 1. */
export function pauseAfter(attempt: number, random: Random): number {
  const fullMs = Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 20))
  return fullMs * (0.5 + 0.5 * random.fraction())
}
