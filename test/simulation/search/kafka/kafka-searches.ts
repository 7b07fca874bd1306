// Which searches of the Kafka sink are run: the reduced ones of every test run, the full ones by
// hand, and for each rule the mode and bounds in which its counterexample is looked for.

import type { KafkaBounds, KafkaMode } from './model/kafka-model.ts'
import type { KafkaRuleName } from './kafka-rules.ts'

export interface KafkaSearch {
  readonly name: string
  readonly mode: KafkaMode
  readonly bounds: KafkaBounds
}

const small: KafkaBounds = {
  runs: 2,
  records: 2,
  checkpoints: 2,
  concurrent: 1,
  failedCheckpoints: 1,
  timeouts: 1,
  lostAnswers: 1,
  forgotten: 1,
  lateRequests: true,
}

const deep: KafkaBounds = { ...small, records: 3, checkpoints: 3, concurrent: 2 }
const single: KafkaBounds = { ...deep, runs: 1, timeouts: 2 }
const reuse: KafkaBounds = { ...deep, lostAnswers: 0, forgotten: 0 }
const three: KafkaBounds = { ...small, runs: 3, failedCheckpoints: 0, timeouts: 0 }
const short: KafkaBounds = { ...three, records: 1, checkpoints: 1, lostAnswers: 0 }

/** All of these together take less than half a minute on one core. */
export const reducedKafkaSearches: readonly KafkaSearch[] = [
  { name: 'one run, ids used again', mode: 'v4', bounds: single },
  { name: 'one run, ids used again', mode: 'v5', bounds: single },
  { name: 'two runs, every fault', mode: 'v4', bounds: { ...small, failedCheckpoints: 0 } },
  { name: 'two runs, every fault', mode: 'v5', bounds: small },
  { name: 'two runs, ids used again', mode: 'v5', bounds: reuse },
  { name: 'three runs, one checkpoint', mode: 'v4', bounds: short },
  { name: 'three runs, one checkpoint', mode: 'v5', bounds: short },
  { name: 'two runs, every fault', mode: 'staged v4', bounds: small },
  { name: 'two runs, three checkpoints', mode: 'staged v5', bounds: deep },
  { name: 'three runs, one checkpoint', mode: 'staged v5', bounds: { ...short, lostAnswers: 1 } },
]

const unhurried: KafkaBounds = { ...deep, concurrent: 1 }

export const fullKafkaSearches: readonly KafkaSearch[] = [
  ...reducedKafkaSearches,
  { name: 'two runs, failed checkpoints', mode: 'v4', bounds: small },
  { name: 'two runs, ids used again', mode: 'v4', bounds: reuse },
  { name: 'three runs, two checkpoints', mode: 'v4', bounds: three },
  { name: 'three runs, two checkpoints', mode: 'v5', bounds: three },
  { name: 'three runs, two checkpoints', mode: 'staged v4', bounds: three },
  { name: 'three runs, two checkpoints', mode: 'staged v5', bounds: three },
  { name: 'two runs, ids used again, every fault', mode: 'v4', bounds: unhurried },
  { name: 'two runs, ids used again, every fault', mode: 'v5', bounds: unhurried },
]

/** Rules whose counterexample needs other bounds than the small ones, or is clearer in them. */
const WITHOUT: Partial<Record<KafkaRuleName, Partial<KafkaSearch>>> = {
  epochEach: { mode: 'v4', bounds: { ...unhurried, runs: 1, failedCheckpoints: 0 } },
}

/** Where the counterexample of a rule is looked for. */
export function kafkaSearchWithout(rule: KafkaRuleName): KafkaSearch {
  const mode: KafkaMode = rule.startsWith('staged') ? 'staged v5' : 'v5'
  return { name: rule, mode, bounds: small, ...WITHOUT[rule] }
}
