// All that can happen next: for each run the steps of its stage and its death, and what the outside
// may do: time-outs, ids that expire, the late request.

import { commitOwed } from './commit-steps.ts'
import { KAFKA_ACTIONS } from './kafka-actions.ts'
import {
  APPEND,
  APPEND_COMMIT,
  APPEND_NONE,
  APPEND_SWEEP,
  BELOW_GENERATION,
  BELOW_ID,
  BELOW_OWES,
  BELOW_READ,
  COMPLETED,
  ENDED,
  FAILED,
  FENCES,
  FINISHED,
  FIRST_SWEEP,
  GENERATION,
  HANDLED,
  IDLE,
  idBit,
  KNOWN,
  LATE_COMMIT,
  LATE_EPOCH,
  LATE_GENERATION,
  LATE_ID,
  LATE_INITIALIZE,
  LATE_KIND,
  LATE_NAME,
  LATE_NONE,
  LATE_PRODUCE,
  NAMES,
  NEWEST_GENERATION,
  NEWEST_ID,
  NEWEST_OWES,
  NEWEST_READ,
  ONGOING,
  PREPARED_RECORDS,
  preparedIndex,
  QUIET,
  RECOVER,
  runAt,
  RUNNING,
  STAGE,
  STATE,
  TODO,
  UNKNOWN,
  USED_FORGOTTEN,
  USED_TIMEOUTS,
} from './kafka-fields.ts'
import { isAlive } from './kafka-model.ts'
import type { KafkaModel } from './kafka-model.ts'
import { endRun } from './run-end.ts'
import { sweep } from './sweep-steps.ts'
import { lateRecords, write } from './writer-steps.ts'

/** Visits every successor of a state. */
export function kafkaSuccessors(model: KafkaModel, state: Uint8Array): void {
  for (let index = 0; index < model.bounds.runs; index++) {
    const stage = state[runAt(index) + STAGE]
    if (stage === ENDED) continue
    if (stage === IDLE) {
      start(model, state, index)
      break
    }
    if (stage === RECOVER) recover(model, state, index)
    else if (stage === FIRST_SWEEP) sweep(model, state, index)
    else runTasks(model, state, index)
    crash(model, state, index)
  }
  outside(model, state)
}

/** A run reads the log and appends its fence: one step, for the log has one winner per position. */
function start(model: KafkaModel, state: Uint8Array, index: number): void {
  const run = runAt(index)
  const next = model.copy(state)
  const generation = (state[FENCES] as number) + 1
  next[FENCES] = generation
  next[QUIET] = 0
  next[run + GENERATION] = generation
  next[run + BELOW_GENERATION] = state[NEWEST_GENERATION] as number
  next[run + BELOW_READ] = state[NEWEST_READ] as number
  next[run + BELOW_OWES] = state[NEWEST_OWES] as number
  const base = state[NEWEST_ID] as number
  for (const field of [BELOW_ID, HANDLED, COMPLETED, KNOWN]) next[run + field] = base
  next[run + TODO] = state[NEWEST_OWES] as number
  const commits = model.rules.commitsFirst && next[run + TODO] !== 0
  next[run + STAGE] = commits ? RECOVER : FIRST_SWEEP
  model.visit(next, KAFKA_ACTIONS.start, index, base)
}

function recover(model: KafkaModel, state: Uint8Array, index: number): void {
  if (state[runAt(index) + TODO] !== 0) return commitOwed(model, state, index)
  if (model.rules.commitsFirst) return sweep(model, inStage(state, index, FIRST_SWEEP), index)
  return runTasks(model, inStage(state, index, RUNNING), index)
}

const aside = new Uint8Array(1024)

/** The same state with the run one stage on: nothing is seen between the two. */
function inStage(state: Uint8Array, index: number, stage: number): Uint8Array {
  const moved = aside.subarray(0, state.length)
  moved.set(state)
  moved[runAt(index) + STAGE] = stage
  return moved
}

function runTasks(model: KafkaModel, state: Uint8Array, index: number): void {
  const run = runAt(index)
  const at = state[run + APPEND] as number
  write(model, state, index)
  if (at === APPEND_COMMIT) commitOrSweep(model, state, index)
  else if (at === APPEND_SWEEP) sweep(model, state, index)
  else append(model, state, index)
}

function commitOrSweep(model: KafkaModel, state: Uint8Array, index: number): void {
  const run = runAt(index)
  if (state[run + TODO] !== 0) return commitOwed(model, state, index)
  const next = model.copy(state)
  next[run + APPEND] = model.rules.sweepsAgain ? APPEND_SWEEP : APPEND_NONE
  if (model.rules.sweepsAgain) {
    const moved = aside.subarray(0, state.length)
    moved.set(next)
    return sweep(model, moved, index)
  }
  next[QUIET] = model.isAlone(state, index) ? 1 : 0
  model.visit(next, KAFKA_ACTIONS.notSwept, index, 0)
}

/** Appends the entry of the lowest checkpoint that is acknowledged, or ends when all is done. */
function append(model: KafkaModel, state: Uint8Array, index: number): void {
  const run = runAt(index)
  const completed = state[run + COMPLETED] as number
  if (model.readAt(state, run, completed) === model.bounds.records) {
    const done = model.copy(state)
    endRun(done, run)
    done[FINISHED] = 1
    return model.visit(done, KAFKA_ACTIONS.finish, index, 0)
  }
  let id = completed + 1
  const failed = state[run + FAILED] as number
  while (id <= (state[run + HANDLED] as number) && (failed & idBit(id)) !== 0) id += 1
  if (id > (state[run + HANDLED] as number)) return
  const next = model.copy(state)
  const generation = state[run + GENERATION] as number
  if (state[FENCES] !== generation) {
    endRun(next, run)
    return model.visit(next, KAFKA_ACTIONS.appendLost, index, id)
  }
  let owes = 0
  for (let earlier = completed + 1; earlier <= id; earlier++) {
    if (state[PREPARED_RECORDS + preparedIndex(generation, earlier)] !== 0) owes |= idBit(earlier)
  }
  next[NEWEST_GENERATION] = generation
  next[NEWEST_ID] = id
  next[NEWEST_READ] = model.readAt(state, run, id)
  next[NEWEST_OWES] = owes
  next[run + COMPLETED] = id
  next[run + TODO] = owes
  next[run + APPEND] = APPEND_COMMIT
  model.visit(next, KAFKA_ACTIONS.append, index, id)
}

function isLast(model: KafkaModel, state: Uint8Array, index: number): boolean {
  for (let other = 0; other < model.bounds.runs; other++) {
    if (other !== index && state[runAt(other) + STAGE] !== ENDED) return false
  }
  return true
}

/** A run dies; records may still be on their way. One run always stays, or is still to come. */
function crash(model: KafkaModel, state: Uint8Array, index: number): void {
  if (isLast(model, state, index)) return
  const run = runAt(index)
  const running = state[run + STAGE] === RUNNING
  const late = running ? lateRecords(model, state, run) : undefined
  if (late !== undefined) {
    const id = late[LATE_ID] as number
    late[QUIET] = 0
    endRun(late, run)
    model.visit(late, KAFKA_ACTIONS.crashLate, index, id)
  }
  const next = model.copy(state)
  next[QUIET] = 0
  endRun(next, run)
  model.visit(next, KAFKA_ACTIONS.crash, index, 0)
}

function outside(model: KafkaModel, state: Uint8Array): void {
  for (let name = 0; name < NAMES; name++) {
    const at = state[STATE + name] as number
    if (at === ONGOING && (state[USED_TIMEOUTS] as number) < model.bounds.timeouts) {
      const next = model.copy(state)
      next[USED_TIMEOUTS] = (state[USED_TIMEOUTS] as number) + 1
      const aborted = next.slice()
      model.broker.timeOut(next, name)
      model.visit(next, KAFKA_ACTIONS.timesOut, 0, name)
      model.broker.abortFromOutside(aborted, name)
      model.visit(aborted, KAFKA_ACTIONS.abortedFromOutside, 0, name)
    }
    const mayForget = (state[USED_FORGOTTEN] as number) < model.bounds.forgotten
    if (mayForget && at !== UNKNOWN && at !== ONGOING) {
      const next = model.copy(state)
      next[USED_FORGOTTEN] = (state[USED_FORGOTTEN] as number) + 1
      model.broker.forget(next, name)
      model.visit(next, KAFKA_ACTIONS.forgets, 0, name)
    }
  }
  landLate(model, state)
}

function landLate(model: KafkaModel, state: Uint8Array): void {
  const kind = state[LATE_KIND]
  if (kind === LATE_NONE) return
  const next = model.copy(state)
  const name = state[LATE_NAME] as number
  const epoch = state[LATE_EPOCH] as number
  if (kind === LATE_INITIALIZE) model.broker.initialize(next, name)
  if (kind === LATE_COMMIT) model.broker.commit(next, name, epoch)
  if (kind === LATE_PRODUCE) {
    const generation = state[LATE_GENERATION] as number
    model.broker.produce(next, name, epoch, generation, state[LATE_ID] as number)
  }
  for (const field of [LATE_KIND, LATE_NAME, LATE_EPOCH, LATE_GENERATION, LATE_ID]) next[field] = 0
  if (kind !== LATE_COMMIT) next[QUIET] = 0
  model.visit(next, KAFKA_ACTIONS.lateLands, 0, 0)
}

/** Whether a run that started is not over: such a state needs a step of work. */
export function hasLivingKafkaRun(model: KafkaModel, state: Uint8Array): boolean {
  for (let index = 0; index < model.bounds.runs; index++) if (isAlive(state, index)) return true
  return false
}
