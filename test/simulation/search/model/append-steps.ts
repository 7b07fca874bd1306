// The append of a checkpoint's entry: create, read back, read the floor, commit, sweep again. An
// entry is made only when the commits of the one before it are proven.

import { ACTIONS } from './actions.ts'
import {
  ABSENT,
  ACK_KNOWN,
  ACK_SENT,
  ACK_TAKEN,
  APPEND,
  APPEND_COMMIT,
  APPEND_CREATE,
  APPEND_EARLY,
  APPEND_FLOOR,
  APPEND_ID,
  APPEND_NONE,
  APPEND_OWES,
  CHECKPOINT,
  COMPLETED,
  ENDING,
  FAILED,
  FLOOR,
  GENERATION,
  IDS,
  LOG_KIND,
  LOG_WRITER,
  NEXT,
  POSITIONS,
  QUIET,
  SETTLED,
  STAGE,
  SUBTASKS,
  TODO,
  TRIGGERED,
} from './fields.ts'
import {
  beginTorn,
  create,
  endRun,
  isAlone,
  isMine,
  mayBeLate,
  sendLateCreate,
} from './log-steps.ts'
import type { Draft } from './log-steps.ts'
import {
  abortOwn,
  checkpointCommits,
  commitOne,
  namesOf,
  startCollector,
  sweep,
} from './recovery-steps.ts'
import { owedBit } from './search-model.ts'
import type { SearchModel } from './search-model.ts'
import { completeCheckpoint, failedBit, owedBy, triggerAll } from './task-steps.ts'

function checkpointDraft(model: SearchModel, state: Uint8Array, index: number): Draft {
  const run = model.runAt(index)
  const id = state[run + APPEND_ID] as number
  return {
    kind: CHECKPOINT,
    writer: model.writerOf(state, index),
    generation: state[run + GENERATION] as number,
    id,
    read0: model.readAt(state, run, 0, id),
    read1: model.readAt(state, run, 1, id),
    owes: state[run + APPEND_OWES] as number,
  }
}

/** One step of the append, whatever it is at. */
export function append(model: SearchModel, state: Uint8Array, index: number): void {
  switch (state[model.runAt(index) + APPEND]) {
    case APPEND_NONE:
      return beginAppend(model, state, index)
    case APPEND_EARLY:
      return commitEarly(model, state, index)
    case APPEND_CREATE:
      return createEntry(model, state, index)
    case APPEND_FLOOR:
      return readEntryFloor(model, state, index)
    default:
      if (!model.rules.provenFirst) beginAppend(model, state, index)
      return commitEntry(model, state, index)
  }
}

/**
 * All acknowledgements are in: the entry is made and created in one step, for making it is local.
 */
function beginAppend(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  const id = completeCheckpoint(state, run)
  if (id === 0 || (state[run + NEXT] as number) > POSITIONS) return
  const made = model.copyAside(state)
  made[run + APPEND_ID] = id
  made[run + APPEND_OWES] = owedBy(model, state, run, id)
  for (let earlier = (state[run + COMPLETED] as number) + 1; earlier < id; earlier++) {
    made[run + FAILED] = (made[run + FAILED] as number) | failedBit(earlier)
  }
  made[run + APPEND] = APPEND_CREATE
  if (!model.rules.appendFirst) {
    made[run + APPEND] = APPEND_EARLY
    made[run + TODO] = made[run + APPEND_OWES] as number
  }
  if (!model.rules.collectAfterWin) {
    const generation = state[run + GENERATION] as number
    startCollector(made, run, state[run + NEXT] as number, generation, id)
  }
  if (model.rules.appendFirst && model.rules.collectAfterWin) createEntry(model, made, index)
  else model.visit(made, ACTIONS.allAcknowledged, index, id)
}

function commitEarly(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  if (state[run + TODO] !== 0) {
    commitOne(model, state, index, state[run + GENERATION] as number, checkpointCommits)
    return
  }
  const next = model.copy(state)
  next[run + APPEND] = APPEND_CREATE
  model.visit(next, ACTIONS.allAcknowledged, index, state[run + APPEND_ID] as number)
}

/** Creates the entry and reads the position back; see `createFence`. */
function createEntry(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  const at = state[run + NEXT] as number
  if (at > POSITIONS) return
  const draft = checkpointDraft(model, state, index)
  const next = model.copy(state)
  if (!model.rules.wholeEntries && beginTorn(next, at, draft)) {
    model.visit(next, ACTIONS.entryTorn, index, at)
    return
  }
  create(next, at, draft)
  const mine = isMine(model, next, at, draft)
  if (mine) next[run + APPEND] = APPEND_FLOOR
  else next[run + STAGE] = ENDING
  if (mine) model.visit(next, ACTIONS.entryCreated, index, draft.id)
  else model.visit(next, ACTIONS.entryLost, index, at)
  if (state[LOG_KIND + at] === ABSENT && mayBeLate(model, state)) {
    const late = model.copy(state)
    sendLateCreate(late, at, draft)
    model.visit(late, ACTIONS.entryLate, index, draft.id)
  }
  if (!model.rules.unknownIsOpen) takeForFailed(model, state, index, draft)
  if (!model.rules.readBackFirst && state[LOG_KIND + at] !== ABSENT && at < POSITIONS) {
    const skipped = model.copy(state)
    skipped[run + NEXT] = at + 1
    model.visit(skipped, ACTIONS.positionSkipped, index, at + 1)
  }
}

/**
 * Without the rule: an error is seen, the attempt ends and aborts what it believes to be unnamed.
 */
function takeForFailed(model: SearchModel, state: Uint8Array, index: number, draft: Draft): void {
  const run = model.runAt(index)
  const failed = model.copy(state)
  create(failed, state[run + NEXT] as number, draft)
  const generation = state[run + GENERATION] as number
  abortOwn(model, failed, run, namesOf(model, state, generation, state[run + TODO] as number))
  endRun(failed, run)
  model.visit(failed, ACTIONS.entryTakenForFailed, index, draft.id)
}

function readEntryFloor(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  const at = state[run + NEXT] as number
  const id = state[run + APPEND_ID] as number
  const next = model.copy(state)
  if (model.rules.floor && at <= (state[FLOOR] as number)) {
    next[run + STAGE] = ENDING
    model.visit(next, ACTIONS.entryVoid, index, id)
    if (state[LOG_KIND + at] !== ABSENT) return
    const again = model.copy(state)
    create(again, at, checkpointDraft(model, state, index))
    model.visit(again, ACTIONS.entryCreated, index, id)
    return
  }
  next[LOG_WRITER + at] = SETTLED
  next[run + NEXT] = at + 1
  next[run + COMPLETED] = id
  next[run + TODO] = model.rules.appendFirst
    ? (state[run + TODO] as number) | (state[run + APPEND_OWES] as number)
    : 0
  next[run + APPEND] = APPEND_COMMIT
  next[run + APPEND_OWES] = 0
  forgetAcknowledgements(next, run, id)
  startCollector(next, run, at, state[run + GENERATION] as number, id)
  next[QUIET] = isAlone(model, state, index) ? 1 : 0
  triggerAll(model, next, run)
  model.visit(next, ACTIONS.entryStands, index, id)
}

/** What was said about completed checkpoints is not needed any more. */
function forgetAcknowledgements(next: Uint8Array, run: number, upTo: number): void {
  for (let id = 1; id <= Math.min(upTo, IDS); id++) {
    for (let subtask = 0; subtask < SUBTASKS; subtask++) {
      const bit = owedBit(id, subtask)
      next[run + ACK_TAKEN] = (next[run + ACK_TAKEN] as number) & ~bit
      if (((next[run + ACK_SENT] as number) & bit) === 0) {
        next[run + ACK_KNOWN + (id - 1) * SUBTASKS + subtask] = 0
      }
    }
    next[run + FAILED] = (next[run + FAILED] as number) & ~failedBit(id)
  }
}

function commitEntry(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  if (state[run + TODO] !== 0) {
    commitOne(model, state, index, state[run + GENERATION] as number, checkpointCommits)
    return
  }
  sweepAgain(model, state, index)
}

/**
 * The commits are proven: what older generations prepared meanwhile goes, and the next entry may
 * come.
 */
function sweepAgain(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  const next = model.copy(state)
  if (model.rules.sweepsAgain && model.rules.generationInNames) sweep(model, next, run)
  next[run + APPEND] = APPEND_NONE
  next[run + APPEND_ID] = 0
  model.visit(next, ACTIONS.sweptAgain, index, state[run + TRIGGERED] as number)
}
