// The model of the Kafka sink as exploration takes it. Two reductions lose nothing. Runs differ
// only in their number. And of an epoch of the shared id only its distance below the present one
// matters: the same, one less (EndTxn v5 knows it again), or less; so epochs do not grow for ever
// while two runs fence each other.

import { describeAction } from '../model/actions.ts'
import type { StateModel } from '../space/state-model.ts'
import {
  EPOCH,
  kafkaLayout,
  LATE_COMMIT,
  LATE_EPOCH,
  LATE_KIND,
  OWN_EPOCH,
  RUN_FIELDS,
  runAt,
  RUNS,
  STAGED_NAME,
} from './model/kafka-fields.ts'
import { KAFKA_INVARIANTS, kafkaViolation } from './model/kafka-invariants.ts'
import type { KafkaModel } from './model/kafka-model.ts'
import { hasLivingKafkaRun, kafkaSuccessors } from './model/kafka-steps.ts'

export function kafkaSpace(model: KafkaModel): StateModel {
  return {
    layout: kafkaLayout,
    successors(state, visit) {
      model.visit = model.staged
        ? (next, action, run, argument) => {
            lowerEpochs(next)
            visit(next, action, run, argument)
          }
        : visit
      kafkaSuccessors(model, state)
    },
    violation: (state) => kafkaViolation(model, state),
    hasLivingRun: (state) => hasLivingKafkaRun(model, state),
    stuck: KAFKA_INVARIANTS[8],
    isCut: () => false,
    unify: sortRuns,
    describe: describeAction,
  }
}

/** The present epoch becomes 3, the one before 2, all others 1. */
function lowerEpochs(state: Uint8Array): void {
  const present = state[EPOCH + STAGED_NAME] as number
  if (present < 3) return
  const lower = (epoch: number) => (epoch === 0 ? 0 : Math.max(1, 3 - (present - epoch)))
  for (let index = 0; index < RUNS; index++) {
    const own = runAt(index) + OWN_EPOCH
    state[own] = lower(state[own] as number)
  }
  if (state[LATE_KIND] === LATE_COMMIT) state[LATE_EPOCH] = lower(state[LATE_EPOCH] as number)
  state[EPOCH + STAGED_NAME] = 3
}

const block = new Uint8Array(RUN_FIELDS)

/** Descending by their fields; runs that have not started stay last. */
function sortRuns(state: Uint8Array): void {
  if (compare(state, 0, 1) < 0) exchange(state, 0, 1)
  if (compare(state, 1, 2) < 0) {
    exchange(state, 1, 2)
    if (compare(state, 0, 1) < 0) exchange(state, 0, 1)
  }
}

function compare(state: Uint8Array, first: number, second: number): number {
  const a = runAt(first)
  const b = runAt(second)
  for (let field = 0; field < RUN_FIELDS; field++) {
    const difference = (state[a + field] as number) - (state[b + field] as number)
    if (difference !== 0) return difference
  }
  return 0
}

function exchange(state: Uint8Array, first: number, second: number): void {
  const a = runAt(first)
  const b = runAt(second)
  block.set(state.subarray(a, a + RUN_FIELDS))
  state.copyWithin(a, b, b + RUN_FIELDS)
  state.set(block, b)
}
