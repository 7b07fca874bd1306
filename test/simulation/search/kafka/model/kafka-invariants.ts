// What must hold in every state of the Kafka search, and at the end: design section 8 on it.

import {
  FAULT,
  FAULT_FALSE_ALARM,
  FAULT_FALSE_PROOF,
  FAULT_REFUSED,
  FINISHED,
  IDS,
  idBit,
  LATE_KIND,
  LATE_NONE,
  NAMES,
  NEWEST_GENERATION,
  NEWEST_OWES,
  NEWEST_READ,
  ONGOING,
  OUTCOME,
  OUTCOME_OPEN,
  OUTCOME_TIMED_OUT,
  PREPARED_RECORDS,
  preparedIndex,
  QUIET,
  STATE,
  VISIBLE,
} from './kafka-fields.ts'
import { hasLivingKafkaRun } from './kafka-steps.ts'
import type { KafkaModel } from './kafka-model.ts'

export const KAFKA_INVARIANTS = [
  'no record is visible twice',
  'nothing is visible that no complete checkpoint holds',
  'what an entry promised is visible, or owed by the newest entry and not aborted by us',
  'no commit counts as proven that never happened',
  'no run gives a promise up that is kept or can be kept',
  'records are refused only to a run that is over, or when time or the operator have interfered',
  'at the end every record is visible exactly once',
  'at the end no transaction of ours is open',
  'a living run always has a step of its own',
] as const

/** The violated invariant, in words, or undefined. */
export function kafkaViolation(model: KafkaModel, state: Uint8Array): string | undefined {
  for (let record = 0; record < model.bounds.records; record++) {
    if ((state[VISIBLE + record] as number) > 1) return KAFKA_INVARIANTS[0]
  }
  if (state[FAULT] === FAULT_FALSE_PROOF) return KAFKA_INVARIANTS[3]
  if (state[FAULT] === FAULT_FALSE_ALARM) return KAFKA_INVARIANTS[4]
  if (state[FAULT] === FAULT_REFUSED) return KAFKA_INVARIANTS[5]
  const read = state[NEWEST_READ] as number
  for (let record = 0; record < model.bounds.records; record++) {
    const visible = state[VISIBLE + record] !== 0
    if (visible && record >= read) return KAFKA_INVARIANTS[1]
    if (!visible && record < read && !isOwed(state, record)) return KAFKA_INVARIANTS[2]
  }
  return isEnd(model, state) ? endViolation(model, state) : undefined
}

/** Owed by the newest entry, and open or aborted by the broker alone: then the job will stop. */
function isOwed(state: Uint8Array, record: number): boolean {
  const owes = state[NEWEST_OWES] as number
  for (let id = 1; id <= IDS; id++) {
    if ((owes & idBit(id)) === 0) continue
    const index = preparedIndex(state[NEWEST_GENERATION] as number, id)
    if (((state[PREPARED_RECORDS + index] as number) & (1 << record)) === 0) continue
    const outcome = state[OUTCOME + index]
    if (outcome === OUTCOME_OPEN || outcome === OUTCOME_TIMED_OUT) return true
  }
  return false
}

/** All runs that started are over, one has processed everything, no request is under way. */
function isEnd(model: KafkaModel, state: Uint8Array): boolean {
  if (state[FINISHED] === 0 || state[LATE_KIND] !== LATE_NONE) return false
  return !hasLivingKafkaRun(model, state)
}

function endViolation(model: KafkaModel, state: Uint8Array): string | undefined {
  for (let record = 0; record < model.bounds.records; record++) {
    if (state[VISIBLE + record] !== 1) return KAFKA_INVARIANTS[6]
  }
  if (state[QUIET] === 0) return undefined
  for (let name = 0; name < NAMES; name++) {
    if (state[STATE + name] === ONGOING) return KAFKA_INVARIANTS[7]
  }
  return undefined
}
