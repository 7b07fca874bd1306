// What happens to a simulated job from outside, beside disasters: where its state is kept, what an
// operator orders, under which names its steps go on, and what becomes of its savepoints. As data
// that a seed draws.

import type { SeededRandom } from '@sluice/testing/simulator'
import { type Disaster, drawDisasters } from '../faults/disaster.ts'
import { savepointLines } from '../faults/moment.ts'
import { drawOrders, makesSavepoint, type Order } from './order.ts'

/** Where one start of the job keeps its state. */
export interface StateShape {
  readonly backend: 'heap' | 'rocksdb'
  readonly incremental: boolean
  /** Stores are copied on the machine, to go on from there. */
  readonly localRecovery: boolean
  /** Of a worker. */
  readonly memoryBytes: number
}

/** A second job that begins with a savepoint of the first, in folders of its own. */
export interface ForkShape {
  /** Which of the savepoints that were made: a fraction of their number. */
  readonly which: number
  /** The savepoint is copied to another place first. */
  readonly moves: boolean
  /** The job takes its files over. */
  readonly claims: boolean
  readonly renames: boolean
  /** How far on in the list of parallelisms it begins. */
  readonly laterBy: number
  readonly disasters: readonly Disaster[]
}

export interface Scenario {
  /** Of the first start, the second, and so on, over and over. */
  readonly states: readonly StateShape[]
  readonly disasters: readonly Disaster[]
  readonly orders: readonly Order[]
  /** Steps have other names from this start on; `at-savepoint`: once it starts from one. */
  readonly renames: number | 'at-savepoint' | 'never'
  /** Which steps are renamed, by a hash of their names. */
  readonly renamedShare: number
  readonly fork: ForkShape | undefined
}

export function drawScenario(random: SeededRandom): Scenario {
  const states = drawStates(random.fork('states'))
  const orders = drawOrders(random.fork('orders'))
  const usesStores = states.some(({ backend }) => backend === 'rocksdb')
  const renames = random.pick(['never', 'never', 'at-savepoint', 'at-savepoint', 'start'] as const)
  return {
    states,
    disasters: amidSavepoints(
      random.fork('amid'),
      drawDisasters(random.fork('disasters'), usesStores),
      orders,
    ),
    orders,
    renames: renames === 'start' ? 1 + random.below(3) : renames,
    renamedShare: random.pick([0.3, 1]),
    fork: random.chance(0.6) ? drawFork(random.fork('fork'), usesStores) : undefined,
  }
}

/** Where a savepoint is ordered, disasters also strike while it is made. */
function amidSavepoints(
  random: SeededRandom,
  disasters: readonly Disaster[],
  orders: readonly Order[],
): readonly Disaster[] {
  if (!orders.some(makesSavepoint)) return disasters
  return disasters.map((disaster): Disaster => {
    if (!random.chance(0.35)) return disaster
    const moment = { kind: 'line', line: random.pick(savepointLines), nth: 1 } as const
    return { ...disaster, moment, delayMs: random.pick([0, 0, random.between(0, 1)]) }
  })
}

function drawStates(random: SeededRandom): StateShape[] {
  const backends = random.pick([
    ['heap'],
    ['heap'],
    ['rocksdb'],
    ['heap', 'rocksdb'],
    ['rocksdb', 'heap', 'heap'],
  ] as const)
  const incremental = random.pick([[true], [true], [true], [false], [true, false]] as const)
  const memoryBytes = random.pick([2048, 16_384, 131_072, 64 * 2 ** 20])
  const localRecovery = random.chance(0.5)
  return Array.from({ length: backends.length * incremental.length }, (_, index) => ({
    backend: backends[index % backends.length] as StateShape['backend'],
    incremental: incremental[Math.floor(index / backends.length)] as boolean,
    localRecovery,
    memoryBytes,
  }))
}

function drawFork(random: SeededRandom, usesStores: boolean): ForkShape {
  return {
    which: random.fraction(),
    moves: random.chance(0.5),
    claims: random.chance(0.3),
    renames: random.chance(0.4),
    laterBy: random.below(5),
    disasters: drawDisasters(random.fork('disasters'), usesStores).slice(0, random.below(3)),
  }
}
