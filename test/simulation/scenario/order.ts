// What an operator does to the job while it runs, drawn from the seed: each order waits for its
// moment, and disasters strike meanwhile.

import type { SeededRandom } from '@sluice/testing/simulator'
import { drawMoment } from '../faults/disaster.ts'
import type { Moment } from '../faults/moment.ts'

export const orderKinds = [
  'checkpoint-ordered',
  'savepoint-ordered',
  'stop-with-savepoint',
  'drain-ordered',
  'garbage-collected',
] as const

export type OrderKind = (typeof orderKinds)[number]

export interface Order {
  /** As the fault plan knows it, so that it can be dropped. */
  readonly id: string
  readonly kind: OrderKind
  readonly moment: Moment
  readonly delayMs: number
  /** Of a savepoint: the name that it gets, and whether it lies apart from the checkpoints. */
  readonly name: string
  readonly apart: boolean
  /** Of a stop: the newest checkpoint is damaged before the job is started from its savepoint. */
  readonly rots: boolean
  /** Of a drain: its last checkpoint becomes a savepoint, too. */
  readonly keepsEnd: boolean
}

const bag: readonly OrderKind[] = [
  'checkpoint-ordered',
  'savepoint-ordered',
  'savepoint-ordered',
  'savepoint-ordered',
  'stop-with-savepoint',
  'stop-with-savepoint',
  'garbage-collected',
  'garbage-collected',
]

/** Whether a savepoint comes of it. */
export function makesSavepoint({ kind, keepsEnd }: Order): boolean {
  if (kind === 'drain-ordered') return keepsEnd
  return kind === 'savepoint-ordered' || kind === 'stop-with-savepoint'
}

export function drawOrders(random: SeededRandom): Order[] {
  const kinds = Array.from({ length: random.pick([0, 0, 1, 1, 2, 3]) }, () => random.pick(bag))
  // After a drain there is nothing more to order.
  if (random.chance(0.06)) kinds.push('drain-ordered')
  return kinds.map((kind, index) => ({
    id: `${kind}#${index + 1}`,
    kind,
    moment: drawMoment(random),
    delayMs: random.pick([0, 0, random.between(0, 1), random.between(0, 200)]),
    name: `order-${index + 1}`,
    apart: random.chance(0.3),
    rots: random.chance(0.3),
    keepsEnd: random.chance(0.5),
  }))
}
