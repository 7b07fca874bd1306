// The log: creating an entry, reading upward, and the steps of a run from its start until its fence
// stands. What a create call answers does not matter; what is read back does.

import { ACTIONS } from './actions.ts'
import {
  ABSENT,
  AGAIN,
  BASE_ID,
  BASE_READ,
  CHECKPOINT,
  ENDED,
  FAULT,
  FAULT_STOPPED,
  FENCE,
  FENCE_CREATE,
  FENCE_FLOOR,
  FLOOR,
  GENERATION,
  GENERATIONS,
  IDLE,
  LATE_AT,
  LATE_CREATE,
  LATE_ENTRY,
  LATE_KIND,
  LATE_NONE,
  LOG_GENERATION,
  LOG_ID,
  LOG_KIND,
  LOG_OWES,
  LOG_READ,
  LOG_WRITER,
  NEWEST_AT,
  NEWEST_GENERATION,
  NEWEST_ID,
  NEWEST_OWES,
  NEXT,
  POSITIONS,
  QUIET,
  RECOVER,
  RUN,
  RUN_FIELDS,
  RUNNING,
  RUNS,
  SETTLED,
  STAGE,
  SUBTASKS,
  TODO,
  TORN,
} from './fields.ts'
import type { SearchModel } from './search-model.ts'

/** An entry as it is about to be created. */
export interface Draft {
  kind: number
  writer: number
  generation: number
  id: number
  read0: number
  read1: number
  owes: number
}

/** Create if absent, whole. */
export function create(state: Uint8Array, at: number, draft: Draft): void {
  if (state[LOG_KIND + at] !== ABSENT) return
  state[LOG_KIND + at] = draft.kind
  state[LOG_WRITER + at] = draft.writer
  state[LOG_GENERATION + at] = draft.generation
  state[LOG_ID + at] = draft.id
  state[LOG_READ + at * SUBTASKS] = draft.read0
  state[LOG_READ + at * SUBTASKS + 1] = draft.read1
  state[LOG_OWES + at] = draft.owes
}

/**
 * Whether the entry at a position is the draft; by its nonce, or by its content without the rule.
 */
export function isMine(model: SearchModel, state: Uint8Array, at: number, draft: Draft): boolean {
  return (
    state[LOG_KIND + at] === draft.kind &&
    state[LOG_GENERATION + at] === draft.generation &&
    state[LOG_ID + at] === draft.id &&
    state[LOG_OWES + at] === draft.owes &&
    (!model.rules.nonce || state[LOG_WRITER + at] === draft.writer)
  )
}

/** Whether one more request may be under way. */
export function mayBeLate(model: SearchModel, state: Uint8Array): boolean {
  return model.bounds.lateRequests && state[LATE_KIND] === LATE_NONE
}

export function sendLate(state: Uint8Array, kind: number, at: number): void {
  state[LATE_KIND] = kind
  state[LATE_AT] = at
}

export function sendLateCreate(state: Uint8Array, at: number, draft: Draft): void {
  sendLate(state, LATE_CREATE, at)
  const { kind, writer, generation, id, read0, read1, owes } = draft
  state.set([kind, writer, generation, id, read0, read1, owes], LATE_ENTRY)
}

/** The position of the newest checkpoint entry above the floor; 0 for none. */
export function newestCheckpoint(state: Uint8Array): number {
  const floor = state[FLOOR] as number
  for (let at = POSITIONS; at > floor; at--) {
    if (state[LOG_KIND + at] === CHECKPOINT) return at
  }
  return 0
}

/** Whether a fence above a generation stands in the log. */
export function isFenced(state: Uint8Array, generation: number): boolean {
  for (let at = (state[FLOOR] as number) + 1; at <= POSITIONS; at++) {
    if ((state[LOG_GENERATION + at] as number) > generation) return true
  }
  return false
}

/**
 * Reads the floor and then upward to the first absent position. False: the run would go beyond the
 * bounds of the search, so it is taken to have died.
 */
export function readLog(state: Uint8Array, run: number): boolean {
  let at = (state[FLOOR] as number) + 1
  let newest = 0
  let generation = 0
  for (; at <= POSITIONS && state[LOG_KIND + at] !== ABSENT; at++) {
    if (state[LOG_KIND + at] === TORN) state[FAULT] = FAULT_STOPPED
    if (state[LOG_KIND + at] === CHECKPOINT) newest = at
    generation = Math.max(generation, state[LOG_GENERATION + at] as number)
  }
  if (at > POSITIONS || generation >= GENERATIONS) {
    endRun(state, run)
    state[QUIET] = 0
    return false
  }
  state[run + STAGE] = FENCE_CREATE
  state[run + NEXT] = at
  state[run + GENERATION] = generation + 1
  state[run + NEWEST_AT] = newest
  state[run + NEWEST_GENERATION] = newest === 0 ? 0 : (state[LOG_GENERATION + newest] as number)
  state[run + NEWEST_ID] = newest === 0 ? 0 : (state[LOG_ID + newest] as number)
  state[run + NEWEST_OWES] = newest === 0 ? 0 : (state[LOG_OWES + newest] as number)
  state[run + BASE_ID] = state[run + NEWEST_ID] as number
  for (let subtask = 0; subtask < SUBTASKS; subtask++) {
    state[run + BASE_READ + subtask] =
      newest === 0 ? 0 : (state[LOG_READ + newest * SUBTASKS + subtask] as number)
  }
  return true
}

/** Forgets everything that a run knew. */
export function clearRun(state: Uint8Array, run: number): void {
  state.fill(0, run, run + RUN_FIELDS)
}

function fenceDraft(model: SearchModel, state: Uint8Array, index: number): Draft {
  const run = model.runAt(index)
  const generation = state[run + GENERATION] as number
  const writer = model.writerOf(state, index)
  return { kind: FENCE, writer, generation, id: 0, read0: 0, read1: 0, owes: 0 }
}

export function startRun(model: SearchModel, state: Uint8Array, index: number): void {
  const next = model.copy(state)
  next[QUIET] = 0
  const run = model.runAt(index)
  const within = readLog(next, run)
  model.visit(
    next,
    within ? ACTIONS.start : ACTIONS.beyondBounds,
    index,
    next[run + NEXT] as number,
  )
}

/**
 * Creates the fence and reads the position back; whatever the call answered, what stands there
 * decides. An answer that is lost changes nothing but that the run does this step again.
 */
export function createFence(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  const at = state[run + NEXT] as number
  const draft = fenceDraft(model, state, index)
  const next = model.copy(state)
  if (!model.rules.wholeEntries && beginTorn(next, at, draft)) {
    model.visit(next, ACTIONS.entryTorn, index, at)
    return
  }
  create(next, at, draft)
  if (isMine(model, next, at, draft)) {
    next[run + STAGE] = FENCE_FLOOR
    model.visit(next, ACTIONS.fenceCreated, index, at)
  } else {
    const lost = readLog(next, run) ? ACTIONS.fenceLost : ACTIONS.beyondBounds
    model.visit(next, lost, index, next[run + NEXT] as number)
  }
  if (state[LOG_KIND + at] === ABSENT && mayBeLate(model, state)) {
    const late = model.copy(state)
    sendLateCreate(late, at, draft)
    model.visit(late, ACTIONS.fenceLate, index, at)
  }
}

/** Without the rule an entry is visible first and whole later; true for the first half. */
export function beginTorn(next: Uint8Array, at: number, draft: Draft): boolean {
  if (next[LOG_KIND + at] === ABSENT) {
    create(next, at, { ...draft, kind: TORN })
    return true
  }
  if (next[LOG_KIND + at] === TORN && next[LOG_WRITER + at] === draft.writer) {
    next[LOG_KIND + at] = draft.kind
  }
  return false
}

export function readFenceFloor(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  const at = state[run + NEXT] as number
  const next = model.copy(state)
  if (model.rules.floor && at <= (state[FLOOR] as number)) {
    model.visit(next, readLog(next, run) ? ACTIONS.fenceVoid : ACTIONS.beyondBounds, index, at)
    if (state[LOG_KIND + at] !== ABSENT) return
    // The entry was deleted before it was read back, so the same bytes are tried again.
    const again = model.copy(state)
    create(again, at, fenceDraft(model, state, index))
    model.visit(again, ACTIONS.fenceCreated, index, at)
    return
  }
  next[LOG_WRITER + at] = SETTLED
  next[run + NEXT] = at + 1
  next[run + TODO] = model.rules.commitsFirst ? (state[run + NEWEST_OWES] as number) : 0
  next[run + STAGE] = RECOVER
  next[QUIET] = isAlone(model, state, index) ? 1 : 0
  model.visit(next, ACTIONS.fenceStands, index, state[run + GENERATION] as number)
}

/** Nobody else is alive and no request is under way: what is swept and collected now stays so. */
export function isAlone(model: SearchModel, state: Uint8Array, index: number): boolean {
  if (state[LATE_KIND] !== LATE_NONE) return false
  for (let other = 0; other < model.bounds.runs; other++) {
    const stage = state[model.runAt(other) + STAGE]
    if (other !== index && stage !== IDLE && stage !== ENDED) return false
  }
  return true
}

/** An attempt that is over compares no nonce any more. */
function settleWriter(state: Uint8Array, run: number): void {
  const index = (run - RUN) / RUN_FIELDS
  const writer = index + RUNS * (state[run + AGAIN] as number)
  for (let at = 1; at <= POSITIONS; at++) {
    if (state[LOG_KIND + at] !== ABSENT && state[LOG_WRITER + at] === writer) {
      state[LOG_WRITER + at] = SETTLED
    }
  }
  if (state[LATE_KIND] === LATE_CREATE && state[LATE_ENTRY + 1] === writer) {
    state[LATE_ENTRY + 1] = SETTLED
  }
}

/** A run that is over keeps nothing but that. */
export function endRun(state: Uint8Array, run: number): void {
  settleWriter(state, run)
  clearRun(state, run)
  state[run + STAGE] = ENDED
}

/** The tasks of a living process start again under a new fence. */
export function startAgain(state: Uint8Array, run: number): boolean {
  settleWriter(state, run)
  clearRun(state, run)
  state[run + AGAIN] = 1
  state[QUIET] = 0
  return readLog(state, run)
}

/** The stage in which tasks run. */
export function isRunning(state: Uint8Array, run: number): boolean {
  return state[run + STAGE] === RUNNING
}
