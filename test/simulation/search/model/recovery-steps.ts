// Commits, sweeps and collection, wherever they occur: in the recovery of a starting run and after
// each checkpoint. A commit is retried until it is proven; a sweep takes only names of lower
// generations that the newest entry below the fence does not name.

import { slotField } from '../sinks/pooled-sink.ts'
import { ACTIONS } from './actions.ts'
import type { Action } from './actions.ts'
import {
  BASE_ID,
  COLLECT,
  COLLECT_DELETE,
  COLLECT_FLOOR,
  COLLECT_GENERATION,
  COLLECT_ID,
  COLLECT_IDLE,
  COLLECT_RAISE,
  COMPLETED,
  ENDING,
  FAULT,
  FAULT_FALSE_ALARM,
  FLOOR,
  GENERATION,
  GENERATIONS,
  HANDLED,
  IDS,
  KNOWN,
  LATE_ABORT,
  LATE_COMMIT,
  LOG_GENERATION,
  LOG_ID,
  LOG_KIND,
  LOG_OWES,
  LOG_READ,
  LOG_WRITER,
  NAME_PREPARED,
  NEWEST_AT,
  NEWEST_GENERATION,
  NEWEST_ID,
  NEWEST_OWES,
  REUSABLE,
  RUNNING,
  SEGMENT,
  STAGE,
  SUBTASKS,
  TODO,
  TRIGGERED,
} from './fields.ts'
import { isFenced, mayBeLate, newestCheckpoint, sendLate } from './log-steps.ts'
import { committable, firstOwed, owedBit } from './search-model.ts'
import { triggerAll } from './task-steps.ts'
import type { SearchModel } from './search-model.ts'

interface CommitActions {
  readonly done: Action
  readonly late: Action
}

export const recoveryCommits: CommitActions = {
  done: ACTIONS.recoveryCommit,
  late: ACTIONS.recoveryCommitLate,
}

export const checkpointCommits: CommitActions = {
  done: ACTIONS.commit,
  late: ACTIONS.commitLate,
}

/** Commits the first of the list that is not proven. */
export function commitOne(
  model: SearchModel,
  state: Uint8Array,
  index: number,
  generation: number,
  actions: CommitActions,
): void {
  const run = model.runAt(index)
  const todo = state[run + TODO] as number
  const bit = firstOwed(todo)
  const id = (bit >> 1) + 1
  const subtask = bit & 1
  const name = model.nameOf(state, generation, id, subtask)
  const what = committable(id, subtask)
  if (!model.isPrepared(state, name) && isForgettable(model, state, name)) {
    commitRefused(model, model.copy(state), index, what)
  }
  const next = model.copy(state)
  model.sink.commit(next, name)
  next[run + TODO] = todo & ~(1 << bit)
  model.visit(next, actions.done, index, what)
  if (model.sink.lateCommits && model.isPrepared(state, name) && mayBeLate(model, state)) {
    const late = model.copy(state)
    sendLate(late, LATE_COMMIT, name)
    model.visit(late, actions.late, index, what)
  }
}

/** The outside may forget a name once it is committed and the newest entry does not owe it. */
function isForgettable(model: SearchModel, state: Uint8Array, name: number): boolean {
  const newest = newestCheckpoint(state)
  if (newest === 0) return true
  const generation = state[LOG_GENERATION + newest] as number
  const owed = namesOf(model, state, generation, state[LOG_OWES + newest] as number)
  return (owed & (1 << name)) === 0
}

/** The outside knows nothing of a committable: believed only if no newer fence stands. */
function commitRefused(model: SearchModel, next: Uint8Array, index: number, what: number): void {
  const run = model.runAt(index)
  if (model.rules.errorsReadLog && isFenced(next, next[run + GENERATION] as number)) {
    next[run + STAGE] = ENDING
    model.visit(next, ACTIONS.commitErrorQuiet, index, what)
  } else {
    next[FAULT] = FAULT_FALSE_ALARM
    model.visit(next, ACTIONS.commitErrorBelieved, index, what)
  }
}

export function recover(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  if (state[run + TODO] !== 0) {
    const generation = state[run + NEWEST_GENERATION] as number
    commitOne(model, state, index, generation, recoveryCommits)
    return
  }
  startTasks(model, model.copy(state), index)
}

/**
 * The first sweep and the start of the tasks are one step: nothing of a run is seen between them.
 */
function startTasks(model: SearchModel, next: Uint8Array, index: number): void {
  const run = model.runAt(index)
  const base = next[run + BASE_ID] as number
  const orphan = sweep(model, next, run)
  next[run + STAGE] = RUNNING
  next[run + TRIGGERED] = base
  next[run + COMPLETED] = base
  for (let subtask = 0; subtask < SUBTASKS; subtask++) {
    next[run + HANDLED + subtask] = base
    next[run + KNOWN + subtask] = base
    next[run + REUSABLE + subtask] = base
  }
  const newest = next[run + NEWEST_AT] as number
  if (newest !== 0) {
    const generation = next[run + NEWEST_GENERATION] as number
    startCollector(next, run, newest, generation, next[run + NEWEST_ID] as number)
  }
  triggerAll(model, next, run)
  model.visit(next, ACTIONS.swept, index, base)
  if (orphan >= 0 && mayBeLate(model, next)) {
    sendLate(next, LATE_ABORT, orphan)
    model.visit(next, ACTIONS.sweepLate, index, base)
  }
}

/** Aborts what may be aborted; returns the first such name, or -1. */
export function sweep(model: SearchModel, next: Uint8Array, run: number): number {
  const mine = model.rules.generationInNames ? (next[run + GENERATION] as number) : GENERATIONS + 1
  const promised = promisedNames(model, next, run)
  let first = -1
  for (let name = 0; name < GENERATIONS * IDS * SUBTASKS; name++) {
    const generation = Math.floor(name / (IDS * SUBTASKS)) + 1
    if (generation >= mine || !model.isPrepared(next, name)) continue
    if ((promised & (1 << name)) !== 0) continue
    model.sink.abort(next, name)
    if (first < 0) first = name
  }
  return first
}

/** What the newest entry below the fence of a run names. */
function promisedNames(model: SearchModel, state: Uint8Array, run: number): number {
  const generation = state[run + NEWEST_GENERATION] as number
  const owes = state[run + NEWEST_OWES] as number
  return namesOf(model, state, generation, owes)
}

/** A list of committables as a set of names. */
export function namesOf(
  model: SearchModel,
  state: Uint8Array,
  generation: number,
  owes: number,
): number {
  let names = 0
  for (let id = 1; id <= IDS && owes !== 0; id++) {
    for (let subtask = 0; subtask < SUBTASKS; subtask++) {
      if ((owes & owedBit(id, subtask)) === 0) continue
      names |= 1 << model.nameOf(state, generation, id, subtask)
    }
  }
  return names
}

/** Everything below an entry that has won may go: floor first, then entries and segments. */
export function startCollector(
  next: Uint8Array,
  run: number,
  at: number,
  generation: number,
  id: number,
): void {
  next[run + COLLECT] = COLLECT_RAISE
  next[run + COLLECT_FLOOR] = at - 1
  next[run + COLLECT_GENERATION] = generation
  next[run + COLLECT_ID] = id
}

export function collect(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  const stage = state[run + COLLECT]
  if (stage === COLLECT_IDLE) return
  const next = model.copy(state)
  const floor = state[run + COLLECT_FLOOR] as number
  if (stage === COLLECT_RAISE) {
    next[FLOOR] = model.rules.floorRises ? Math.max(floor, state[FLOOR] as number) : floor
    if (model.bounds.fine) {
      next[run + COLLECT] = COLLECT_DELETE
      model.visit(next, ACTIONS.floorRaised, index, floor)
      return
    }
  }
  for (let at = 1; at <= floor; at++) deleteEntry(next, at)
  deleteSegments(model, next, run)
  next[run + COLLECT] = COLLECT_IDLE
  next[run + COLLECT_FLOOR] = 0
  next[run + COLLECT_GENERATION] = 0
  next[run + COLLECT_ID] = 0
  model.visit(next, ACTIONS.collected, index, floor)
}

function deleteEntry(next: Uint8Array, at: number): void {
  for (const field of [LOG_KIND, LOG_WRITER, LOG_GENERATION, LOG_ID, LOG_OWES]) {
    next[field + at] = 0
  }
  next[LOG_READ + at * SUBTASKS] = 0
  next[LOG_READ + at * SUBTASKS + 1] = 0
}

/**
 * Segments that the retained entry does not name: of lower generations, or own ones up to its id.
 */
function deleteSegments(model: SearchModel, next: Uint8Array, run: number): void {
  const keptGeneration = next[run + COLLECT_GENERATION] as number
  const keptId = next[run + COLLECT_ID] as number
  const mine = next[run + GENERATION] as number
  for (let generation = 1; generation <= GENERATIONS; generation++) {
    for (let id = 1; id <= IDS; id++) {
      const kept = generation === keptGeneration && id === keptId
      const upTo = generation === keptGeneration ? keptId : 0
      const ours = generation < mine || (generation === mine && id <= upTo)
      if (kept || (model.rules.ownSegmentsOnly && !ours)) continue
      next[SEGMENT + slotField(generation, id, 0)] = 0
      next[SEGMENT + slotField(generation, id, 1)] = 0
    }
  }
}

/** Aborts own names that no entry names: what a run does that knows its successor's fence. */
export function endingRun(model: SearchModel, state: Uint8Array, index: number): number {
  const run = model.runAt(index)
  const mine = state[run + GENERATION] as number
  let named = 0
  for (let at = (state[FLOOR] as number) + 1; state[LOG_KIND + at] !== 0; at++) {
    if (state[LOG_GENERATION + at] !== mine) continue
    named |= namesOf(model, state, mine, state[LOG_OWES + at] as number)
  }
  return named
}

/** Throws away the names of a run's own generation, but for those given. */
export function abortOwn(model: SearchModel, next: Uint8Array, run: number, kept: number): void {
  const mine = next[run + GENERATION] as number
  for (let id = 1; id <= IDS; id++) {
    for (let subtask = 0; subtask < SUBTASKS; subtask++) {
      if ((next[run + HANDLED + subtask] as number) < id) continue
      if (id <= (next[run + BASE_ID] as number)) continue
      const name = model.nameOf(next, mine, id, subtask)
      if ((kept & (1 << name)) === 0 && next[NAME_PREPARED + name] !== 0) {
        model.sink.abort(next, name)
      }
    }
  }
}
