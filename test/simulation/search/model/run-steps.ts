// All that can happen next: for each run the steps of its stage, its death, the failure of its
// tasks; and what the outside may do. A run that sleeps is simply one whose steps come late.

import { ACTIONS } from './actions.ts'
import { append } from './append-steps.ts'
import {
  AGAIN,
  APPEND,
  APPEND_CREATE,
  APPEND_FLOOR,
  APPEND_ID,
  APPEND_NONE,
  APPEND_OWES,
  BASE_ID,
  BASE_READ,
  COLLECT,
  COLLECT_IDLE,
  COMPLETED,
  ENDED,
  ENDING,
  FENCE_CREATE,
  FENCE_FLOOR,
  FINISHED,
  GENERATION,
  HANDLED,
  IDLE,
  IDS,
  KNOWN,
  LATE_ABORT,
  LATE_AT,
  LATE_COMMIT,
  LATE_CREATE,
  LATE_ENTRY,
  LATE_KIND,
  LATE_NONE,
  LATE_PREPARE,
  NEXT,
  QUIET,
  RECOVER,
  STAGE,
  SUBTASKS,
  TRIGGERED,
  USED_TASK_FAILURES,
  ACK_SENT,
  ACK_TAKEN,
  ACK_KNOWN,
  FAILED,
} from './fields.ts'
import {
  create,
  createFence,
  endRun,
  mayBeLate,
  readFenceFloor,
  sendLate,
  startAgain,
  startRun,
} from './log-steps.ts'
import { abortOwn, collect, endingRun, namesOf, recover } from './recovery-steps.ts'
import { committable } from './search-model.ts'
import type { SearchModel } from './search-model.ts'
import {
  deliverAcknowledgement,
  giveUp,
  handleBarrier,
  hearComplete,
  isDone,
  repeatAcknowledgement,
  triggerAll,
} from './task-steps.ts'

/** Visits every successor of a state. */
export function successors(model: SearchModel, state: Uint8Array): void {
  for (let index = 0; index < model.bounds.runs; index++) {
    const run = model.runAt(index)
    const stage = state[run + STAGE] as number
    if (stage === ENDED) continue
    if (stage === IDLE) {
      startRun(model, state, index)
      break
    }
    step(model, state, index, stage)
    crash(model, state, index)
  }
  landLate(model, state)
}

function step(model: SearchModel, state: Uint8Array, index: number, stage: number): void {
  switch (stage) {
    case FENCE_CREATE:
      return createFence(model, state, index)
    case FENCE_FLOOR:
      return readFenceFloor(model, state, index)
    case RECOVER:
      return recover(model, state, index)
    case ENDING:
      return endNow(model, state, index)
    default:
      return runTasks(model, state, index)
  }
}

function runTasks(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  const idle = state[run + APPEND] === APPEND_NONE && state[run + COLLECT] === COLLECT_IDLE
  collect(model, state, index)
  if (isDone(model, state, run)) {
    if (idle) finish(model, state, index)
    else append(model, state, index)
    return
  }
  append(model, state, index)
  for (let subtask = 0; subtask < SUBTASKS; subtask++) {
    handleBarrier(model, state, index, subtask)
    deliverAcknowledgement(model, state, index, subtask)
    if (!model.rules.acksById) repeatAcknowledgement(model, state, index, subtask)
    hearComplete(model, state, index, subtask)
  }
  giveUp(model, state, index)
  failTasks(model, state, index)
}

function finish(model: SearchModel, state: Uint8Array, index: number): void {
  const next = model.copy(state)
  endRun(next, model.runAt(index))
  next[FINISHED] = 1
  model.visit(next, ACTIONS.finish, index, 0)
}

/** Over: own names that no entry up to the successor's fence names are aborted. */
function endNow(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  const next = model.copy(state)
  abortOwn(model, next, run, endingRun(model, state, index))
  endRun(next, run)
  model.visit(next, ACTIONS.ends, index, 0)
}

/**
 * A run dies; a request to prepare may still be on its way. One run always stays, or is still to
 * come.
 */
function crash(model: SearchModel, state: Uint8Array, index: number): void {
  if (isLast(model, state, index)) return
  const run = model.runAt(index)
  const next = model.copy(state)
  next[QUIET] = 0
  endRun(next, run)
  model.visit(next, ACTIONS.crash, index, 0)
  for (let subtask = 0; subtask < SUBTASKS; subtask++) {
    const late = latePreparation(model, state, run, subtask)
    if (late === undefined) continue
    late[QUIET] = 0
    const id = (state[run + HANDLED + subtask] as number) + 1
    endRun(late, run)
    model.visit(late, ACTIONS.crashLate, index, committable(id, subtask))
  }
}

function isLast(model: SearchModel, state: Uint8Array, index: number): boolean {
  for (let other = 0; other < model.bounds.runs; other++) {
    if (other !== index && state[model.runAt(other) + STAGE] !== ENDED) return false
  }
  return true
}

/** A copy in which the preparation of a barrier that a subtask was handling is still under way. */
function latePreparation(
  model: SearchModel,
  state: Uint8Array,
  run: number,
  subtask: number,
): Uint8Array | undefined {
  const id = (state[run + HANDLED + subtask] as number) + 1
  if (id > (state[run + TRIGGERED] as number) || !mayBeLate(model, state)) return undefined
  const records = model.epochOf(state, run, subtask, id)
  if (records === 0) return undefined
  const generation = state[run + GENERATION] as number
  const slot = model.sink.slotFor(state, run, generation, subtask, id)
  const next = model.copy(state)
  sendLate(next, LATE_PREPARE, model.nameAt(generation, slot, subtask))
  next[LATE_ENTRY] = records
  return next
}

function failTasks(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  const used = state[USED_TASK_FAILURES] as number
  if (used >= model.bounds.taskFailures || state[run + AGAIN] === 1) return
  if (!model.rules.restartFences && isAppendOpen(state, run)) restartInPlace(model, state, index)
  const next = model.copy(state)
  next[USED_TASK_FAILURES] = used + 1
  const again = startAgain(next, run) ? ACTIONS.taskFails : ACTIONS.beyondBounds
  model.visit(next, again, index, next[run + NEXT] as number)
  for (let subtask = 0; subtask < SUBTASKS; subtask++) {
    const late = latePreparation(model, state, run, subtask)
    if (late === undefined) continue
    const id = (state[run + HANDLED + subtask] as number) + 1
    late[USED_TASK_FAILURES] = used + 1
    const again = startAgain(late, run) ? ACTIONS.taskFailsLate : ACTIONS.beyondBounds
    model.visit(late, again, index, committable(id, subtask))
  }
}

function isAppendOpen(state: Uint8Array, run: number): boolean {
  const stage = state[run + APPEND]
  return stage === APPEND_CREATE || stage === APPEND_FLOOR
}

/** Without the rule: the tasks restart from the last known checkpoint, in the same generation. */
function restartInPlace(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  const next = model.copy(state)
  const completed = state[run + COMPLETED] as number
  const triggered = state[run + TRIGGERED] as number
  next[USED_TASK_FAILURES] = (state[USED_TASK_FAILURES] as number) + 1
  abortOwn(model, next, run, namesOf(model, state, state[run + GENERATION] as number, 0))
  for (let subtask = 0; subtask < SUBTASKS; subtask++) {
    next[run + BASE_READ + subtask] = model.readAt(state, run, subtask, completed)
    next[run + HANDLED + subtask] = triggered
    next[run + KNOWN + subtask] = triggered
  }
  next[run + BASE_ID] = triggered
  next[run + COMPLETED] = triggered
  next.fill(0, run + ACK_SENT, run + ACK_KNOWN + IDS * SUBTASKS)
  for (const field of [FAILED, ACK_TAKEN, APPEND, APPEND_ID, APPEND_OWES]) next[run + field] = 0
  triggerAll(model, next, run)
  model.visit(next, ACTIONS.taskRestarts, index, completed)
}

function landLate(model: SearchModel, state: Uint8Array): void {
  const kind = state[LATE_KIND]
  if (kind === LATE_NONE) return
  const at = state[LATE_AT] as number
  const next = model.copy(state)
  const [first, writer, generation, id, read0, read1, owes] = state.subarray(LATE_ENTRY)
  if (kind === LATE_CREATE) {
    create(next, at, { kind: first, writer, generation, id, read0, read1, owes } as never)
  } else if (kind === LATE_PREPARE) {
    model.sink.prepare(next, at, first as number)
  } else if (kind === LATE_COMMIT) {
    model.sink.commit(next, at)
  } else if (kind === LATE_ABORT) {
    model.sink.abort(next, at)
  }
  next[LATE_KIND] = LATE_NONE
  next[LATE_AT] = 0
  next.fill(0, LATE_ENTRY, LATE_ENTRY + 7)
  if (kind !== LATE_COMMIT) next[QUIET] = 0
  model.visit(next, ACTIONS.lateLands, 0, 0)
}
