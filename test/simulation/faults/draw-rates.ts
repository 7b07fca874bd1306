// Rates of the faults that strike by chance: in each seed some kinds never, others now and then.

import type { FaultRates, SeededRandom } from '@sluice/testing/simulator'

/** The highest rate of each kind, per opportunity. */
const highest = {
  'message-delayed': 0.02,
  'file-slow': 0.015,
  'open-failed': 0.01,
  'append-failed': 0.02,
  'append-full': 0.01,
  'sync-failed': 0.02,
  'read-failed': 0.01,
  'stat-failed': 0.01,
  'list-failed': 0.02,
  'list-stale': 0.5,
  'makeDirectory-failed': 0.03,
  'makeDirectory-unsure': 0.03,
  'link-failed': 0.05,
  'link-unsure': 0.15,
  'rename-failed': 0.02,
  'rename-unsure': 0.02,
  'remove-failed': 0.03,
  'remove-unsure': 0.03,
  'syncDirectory-failed': 0.02,
  'commit-failed-before': 0.15,
  'commit-failed-after': 0.15,
  'commit-slow': 0.05,
  'async-failed': 0.002,
  'async-hangs': 0.0005,
  'user-function-throws': 0.0003,
  'store-open-failed': 0.03,
  'store-read-failed': 0.0005,
  'store-write-failed': 0.002,
  'store-copy-failed': 0.05,
} as const satisfies FaultRates

export type ChanceKind = keyof typeof highest

export const chanceKinds = Object.keys(highest) as readonly ChanceKind[]

export function drawRates(random: SeededRandom): FaultRates {
  const share = random.pick([0.2, 0.5, 0.8])
  return Object.fromEntries(
    chanceKinds.map((kind) => {
      const rate = highest[kind] * random.pick([0.1, 0.4, 1])
      return [kind, random.chance(share) ? rate : 0]
    }),
  )
}
