// What is done to the processes of a run, drawn from the seed: each disaster waits for its moment.

import type { SeededRandom } from '@sluice/testing/simulator'
import { lineNames, type Moment, phases } from './moment.ts'

export const disasterKinds = [
  'worker-dies',
  'process-dies',
  'worker-then-process-dies',
  'machine-crashes',
  'process-sleeps',
  'worker-stalls',
  'clock-jumps',
  'disk-full',
  'state-folder-lost',
  'stop-requested',
  'cancelled',
] as const

export type DisasterKind = (typeof disasterKinds)[number]

export interface Disaster {
  /** As the fault plan knows it, so that it can be dropped. */
  readonly id: string
  readonly kind: DisasterKind
  readonly moment: Moment
  /** From the moment until it strikes; 0 strikes within it. */
  readonly delayMs: number
  /** Of a sleep, a stall, a full disk. */
  readonly lengthMs: number
  /** A sleeper wakes at this moment of its successor, if that comes before its time is over. */
  readonly wakesAt: Moment
  /** Until the next process starts. */
  readonly restartAfterMs: number
  readonly clockJumpMs: number
  /** How a worker dies. */
  readonly outOfMemory: boolean
}

const weights: Readonly<Record<DisasterKind, number>> = {
  'worker-dies': 3,
  'process-dies': 4,
  'worker-then-process-dies': 1,
  'machine-crashes': 4,
  'process-sleeps': 6,
  'worker-stalls': 2,
  'clock-jumps': 1,
  'disk-full': 1,
  'state-folder-lost': 1,
  'stop-requested': 1,
  cancelled: 1,
}

/** Right before an entry is written. */
const appending: readonly Moment[] = [1, 2, 3].map((nth) => {
  return { kind: 'phase', phase: 'before-manifest', nth }
})

/** When the successor has already collected what a sleeper knew. */
const overtaken: readonly Moment[] = [
  { kind: 'line', line: 'entry deleted', nth: 1 },
  { kind: 'line', line: 'entry deleted', nth: 3 },
  { kind: 'line', line: 'floor raised', nth: 1 },
  { kind: 'phase', phase: 'in-commit', nth: 2 },
]

/** `usesStores`: state is kept in folders that can be lost. */
export function drawDisasters(random: SeededRandom, usesStores: boolean): Disaster[] {
  const bag = disasterKinds
    .filter((kind) => usesStores || kind !== 'state-folder-lost')
    .flatMap((kind) => Array.from({ length: weights[kind] }, () => kind))
  return Array.from({ length: 3 + random.below(3) }, (_, index) => {
    const kind = random.pick(bag)
    const inAppend = kind === 'process-sleeps' && random.chance(0.4)
    return {
      id: `${kind}#${index + 1}`,
      kind,
      moment: inAppend ? random.pick(appending) : drawMoment(random),
      delayMs: random.pick([0, 0, 0, random.between(0, 1), random.between(0, 20)]),
      lengthMs: random.pick([5, 100, 700, 3000]) * random.between(0.5, 1.5),
      wakesAt: inAppend ? random.pick(overtaken) : drawMoment(random),
      restartAfterMs: random.pick([0, 5, 200]) * random.between(0.5, 1.5),
      clockJumpMs:
        random.pick([-1, 1]) * random.pick([10, 5000, 3_600_000]) * random.between(0.5, 1.5),
      outOfMemory: random.chance(0.2),
    }
  })
}

/** A moment of any kind. */
export function drawMoment(random: SeededRandom): Moment {
  const nth = random.pick([1, 1, 1, 2, 2, 3, 5])
  switch (random.pick(['phase', 'phase', 'line', 'line', 'time'] as const)) {
    case 'phase': {
      const phase = random.pick(phases)
      return phase === 'starting'
        ? { kind: 'time', afterMs: random.between(0, 15) }
        : { kind: 'phase', phase, nth }
    }
    case 'line':
      return { kind: 'line', line: random.pick(lineNames), nth }
    case 'time':
      return { kind: 'time', afterMs: random.between(0, 700) }
  }
}
