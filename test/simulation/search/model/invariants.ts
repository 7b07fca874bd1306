// What must hold in every state, and at the end of a fair execution: design section 8 on this
// model. The first that does not hold is said in words.

import {
  CHECKPOINT,
  ENDED,
  FAULT,
  FAULT_FALSE_ALARM,
  FAULT_STOPPED,
  FINISHED,
  FLOOR,
  GENERATION,
  GENERATIONS,
  IDLE,
  IDS,
  LATE_KIND,
  LATE_NONE,
  LOG_GENERATION,
  LOG_ID,
  LOG_KIND,
  LOG_OWES,
  LOG_READ,
  NAME_PREPARED,
  NEWEST_GENERATION,
  POSITIONS,
  QUIET,
  RECORDS,
  RECOVER,
  SEGMENT,
  STAGE,
  SUBTASKS,
  TODO,
  VISIBLE,
} from './fields.ts'
import { newestCheckpoint } from './log-steps.ts'
import { namesOf } from './recovery-steps.ts'
import type { SearchModel } from './search-model.ts'
import { slotField } from '../sinks/pooled-sink.ts'

/** The invariants, in the order in which they are checked; the search prints them. */
export const INVARIANTS = [
  'no record is visible twice',
  'nothing is visible that no complete checkpoint holds',
  'what an entry promised is visible, or prepared and owed by the newest entry or by a living run',
  'generations in the log never fall, checkpoint ids rise',
  'a complete checkpoint has all its segments, and the newest one is never collected',
  'no run believes that a kept promise is broken',
  'no run has to stop because of what another one is writing',
  'at the end every record is visible exactly once',
  'at the end nothing of ours is left: no prepared name, no segment, no collected entry',
  'a living run always has a step of its own',
] as const

/** The violated invariant, in words, or undefined. */
export function violation(model: SearchModel, state: Uint8Array): string | undefined {
  for (let at = VISIBLE; at < VISIBLE + SUBTASKS * RECORDS; at++) {
    if ((state[at] as number) > 1) return INVARIANTS[0]
  }
  if (state[FAULT] === FAULT_FALSE_ALARM) return INVARIANTS[5]
  if (state[FAULT] === FAULT_STOPPED) return INVARIANTS[6]
  if (!logRises(state)) return INVARIANTS[3]
  const newest = newestCheckpoint(state)
  if (newest === 0 && state[FLOOR] !== 0) return INVARIANTS[4]
  const records = recordsViolation(model, state, newest)
  if (records !== undefined) return records
  if (newest !== 0 && !hasSegments(state, newest)) return INVARIANTS[4]
  return isEnd(model, state) ? endViolation(model, state, newest) : undefined
}

function logRises(state: Uint8Array): boolean {
  let generation = 0
  let id = 0
  for (let at = (state[FLOOR] as number) + 1; at <= POSITIONS; at++) {
    const kind = state[LOG_KIND + at]
    if (kind === 0) continue
    const entryGeneration = state[LOG_GENERATION + at] as number
    if (entryGeneration < generation) return false
    generation = entryGeneration
    if (kind !== CHECKPOINT) continue
    if ((state[LOG_ID + at] as number) <= id) return false
    id = state[LOG_ID + at] as number
  }
  return true
}

function recordsViolation(
  model: SearchModel,
  state: Uint8Array,
  newest: number,
): string | undefined {
  const owed = newest === 0 ? 0 : owedNames(model, state, newest)
  for (let subtask = 0; subtask < SUBTASKS; subtask++) {
    const read = newest === 0 ? 0 : (state[LOG_READ + newest * SUBTASKS + subtask] as number)
    let promised = -1
    for (let record = 0; record < model.bounds.records; record++) {
      const visible = state[VISIBLE + subtask * RECORDS + record] !== 0
      if (visible && record >= read) return INVARIANTS[1]
      if (visible || record >= read) continue
      if (promised < 0) promised = preparedRecords(state, owed, subtask)
      if ((promised & (1 << record)) === 0) return INVARIANTS[2]
    }
  }
  return undefined
}

/** Names that the newest entry owes, and those that a living run is committing. */
function owedNames(model: SearchModel, state: Uint8Array, newest: number): number {
  const generation = state[LOG_GENERATION + newest] as number
  let names = namesOf(model, state, generation, state[LOG_OWES + newest] as number)
  for (let index = 0; index < model.bounds.runs; index++) {
    const run = model.runAt(index)
    const todo = state[run + TODO] as number
    if (todo === 0) continue
    const recovering = state[run + STAGE] === RECOVER
    const of = state[run + (recovering ? NEWEST_GENERATION : GENERATION)] as number
    names |= namesOf(model, state, of, todo)
  }
  return names
}

function preparedRecords(state: Uint8Array, names: number, subtask: number): number {
  let records = 0
  for (let name = subtask; name < GENERATIONS * IDS * SUBTASKS; name += SUBTASKS) {
    if ((names & (1 << name)) !== 0) records |= state[NAME_PREPARED + name] as number
  }
  return records
}

function hasSegments(state: Uint8Array, at: number): boolean {
  const field = slotField(state[LOG_GENERATION + at] as number, state[LOG_ID + at] as number, 0)
  return state[SEGMENT + field] === 1 && state[SEGMENT + field + 1] === 1
}

/**
 * All runs that started are over, one of them with everything processed, and no request is under
 * way.
 */
export function isEnd(model: SearchModel, state: Uint8Array): boolean {
  if (state[FINISHED] === 0 || state[LATE_KIND] !== LATE_NONE) return false
  for (let index = 0; index < model.bounds.runs; index++) {
    const stage = state[model.runAt(index) + STAGE]
    if (stage !== IDLE && stage !== ENDED) return false
  }
  return true
}

function endViolation(model: SearchModel, state: Uint8Array, newest: number): string | undefined {
  for (let subtask = 0; subtask < SUBTASKS; subtask++) {
    for (let record = 0; record < model.bounds.records; record++) {
      if (state[VISIBLE + subtask * RECORDS + record] !== 1) return INVARIANTS[7]
    }
  }
  if (state[QUIET] === 0) return undefined
  const kept = slotField(
    state[LOG_GENERATION + newest] as number,
    state[LOG_ID + newest] as number,
    0,
  )
  for (let name = 0; name < GENERATIONS * IDS * SUBTASKS; name++) {
    if (state[NAME_PREPARED + name] !== 0) return INVARIANTS[8]
    if (state[SEGMENT + name] !== 0 && name !== kept && name !== kept + 1) return INVARIANTS[8]
  }
  for (let at = 1; at <= (state[FLOOR] as number); at++) {
    if (state[LOG_KIND + at] !== 0) return INVARIANTS[8]
  }
  return undefined
}

/** Whether a run that started is not over: such a state needs a step of work. */
export function hasLivingRun(model: SearchModel, state: Uint8Array): boolean {
  for (let index = 0; index < model.bounds.runs; index++) {
    const stage = state[model.runAt(index) + STAGE]
    if (stage !== IDLE && stage !== ENDED) return true
  }
  return false
}
