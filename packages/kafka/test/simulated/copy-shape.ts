// What a seed draws for a copy from topic to topic: brokers, partitions, times, faults.

import type { FaultRates, SeededRandom } from '@sluice/testing/simulator'

export type Blow =
  | 'worker-dies'
  | 'process-dies'
  | 'process-sleeps'
  | 'process-sleeps-alone'
  | 'broker-stops'
  | 'broker-sleeps'
  | 'broker-is-cut'
  | 'leaders-move'

/** Something that happens to the job or the cluster at a time. */
export interface Strike {
  /** As the fault plan knows it. */
  readonly id: string
  readonly kind: Blow
  readonly atMs: number
  readonly lengthMs: number
  /** Between 0 and 1: which one. */
  readonly which: number
}

export interface CopyShape {
  readonly commit: 'transaction' | 'staged'
  readonly transactionVersion: 1 | 2
  readonly nodes: readonly number[]
  readonly inputPartitions: number
  readonly outputPartitions: number
  /** Of one start after the other. */
  readonly parallelisms: readonly number[]
  readonly records: number
  readonly keys: number
  readonly everyMs: number
  /** Of transactions. */
  readonly timeoutMs: number
  /** The input comes in so much time. */
  readonly feedMs: number
  readonly fetchBytes: number
  readonly strikes: readonly Strike[]
  readonly rates: FaultRates
}

const longTimeoutMs = 900_000
const mostStrikes = 7

const blows: readonly Blow[] = [
  'worker-dies',
  'process-dies',
  'process-dies',
  'process-sleeps',
  'process-sleeps',
  'process-sleeps-alone',
  'broker-stops',
  'broker-stops',
  'broker-sleeps',
  'broker-is-cut',
  'leaders-move',
]

export function drawCopyShape(random: SeededRandom, commit: CopyShape['commit']): CopyShape {
  const between = (low: number, high: number) => low + random.below(high - low + 1)
  const feedMs = between(2_000, 5_000)
  return {
    commit,
    transactionVersion: random.chance(0.5) ? 1 : 2,
    nodes: Array.from({ length: between(1, 3) }, (_, index) => index + 1),
    inputPartitions: between(1, 4),
    outputPartitions: between(1, 4),
    parallelisms: Array.from({ length: 4 }, () => between(1, 3)),
    records: between(200, 600),
    keys: between(1, 20),
    everyMs: between(60, 400),
    timeoutMs: random.chance(0.5) ? longTimeoutMs : between(2_000, 6_000),
    feedMs,
    fetchBytes: between(200, 3_000),
    strikes: drawStrikes(random.fork('strikes'), feedMs),
    rates: drawRates(random.fork('rates')),
  }
}

function drawStrikes(random: SeededRandom, feedMs: number): Strike[] {
  const count = 1 + random.below(mostStrikes)
  return Array.from({ length: count }, (_, index) => {
    const kind = blows[random.below(blows.length)] as Blow
    const isLong = random.chance(0.3)
    return {
      id: `${kind}#${index + 1}`,
      kind,
      atMs: random.between(100, feedMs + 1_000),
      lengthMs: random.between(50, isLong ? 12_000 : 1_500),
      which: random.fraction(),
    }
  })
}

/** Most runs have few kinds of faults, so that each is seen without the others. */
function drawRates(random: SeededRandom): FaultRates {
  const highest: FaultRates = {
    'connection-cut': 0.02,
    'connect-refused': 0.1,
    'connect-lost': 0.03,
    'message-delayed': 0.02,
    'request-lost': 0.01,
    'request-late': 0.004,
    'answer-lost': 0.01,
    'answer-lost-InitProducerId': 0.3,
    'answer-lost-EndTxn': 0.3,
    'answer-lost-Produce': 0.1,
  }
  const drawn = Object.entries(highest).map(([kind, rate]): [string, number] => [
    kind,
    random.chance(0.4) ? rate * random.fraction() : 0,
  ])
  return Object.fromEntries(drawn)
}
