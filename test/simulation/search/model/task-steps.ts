// The tasks of a running run and its coordinator up to a complete checkpoint: triggers, barriers,
// preparation, acknowledgements (in order per subtask, delayed at will), notices of completion,
// failures.

import { slotField } from '../sinks/pooled-sink.ts'
import { ACTIONS } from './actions.ts'
import {
  ACK_KNOWN,
  ACK_SENT,
  ACK_TAKEN,
  APPEND,
  APPEND_COMMIT,
  APPEND_ID,
  APPEND_NONE,
  BASE_ID,
  COMPLETED,
  FAILED,
  GENERATION,
  HANDLED,
  KNOWN,
  NAME_PREPARED,
  REUSABLE,
  SEGMENT,
  SLOT,
  SUBTASKS,
  TODO,
  TRIGGERED,
  USED_FAILED,
} from './fields.ts'
import { committable, owedBit } from './search-model.ts'
import type { SearchModel } from './search-model.ts'

export function failedBit(id: number): number {
  return 1 << (id - 1)
}

function isFailed(state: Uint8Array, run: number, id: number): boolean {
  return ((state[run + FAILED] as number) & failedBit(id)) !== 0
}

/** A checkpoint that is triggered and neither completed nor failed. */
function isInFlight(state: Uint8Array, run: number, id: number): boolean {
  return (
    id > (state[run + COMPLETED] as number) &&
    id <= (state[run + TRIGGERED] as number) &&
    !isFailed(state, run, id)
  )
}

function allRead(model: SearchModel, state: Uint8Array, run: number, id: number): boolean {
  return (
    model.readAt(state, run, 0, id) === model.bounds.records &&
    model.readAt(state, run, 1, id) === model.bounds.records
  )
}

/** Everything is read and stands in a completed checkpoint. */
export function isDone(model: SearchModel, state: Uint8Array, run: number): boolean {
  return allRead(model, state, run, state[run + COMPLETED] as number)
}

/**
 * Triggers as many checkpoints as may be in flight. At once, for the barriers of a checkpoint may
 * be handled as late as one likes.
 */
export function triggerAll(model: SearchModel, next: Uint8Array, run: number): void {
  for (let newest = next[run + TRIGGERED] as number; newest < model.bounds.checkpoints; newest++) {
    if (isDone(model, next, run)) return
    if (isInFlight(next, run, newest) && allRead(model, next, run, newest)) return
    let inFlight = 0
    for (let id = 1; id <= newest; id++) if (isInFlight(next, run, id)) inFlight += 1
    if (inFlight >= model.bounds.concurrent) return
    next[run + TRIGGERED] = newest + 1
  }
}

export function handleBarrier(
  model: SearchModel,
  state: Uint8Array,
  index: number,
  subtask: number,
): void {
  const run = model.runAt(index)
  const id = (state[run + HANDLED + subtask] as number) + 1
  if (id > (state[run + TRIGGERED] as number)) return
  const what = committable(id, subtask)
  const next = model.copy(state)
  prepare(model, next, run, subtask, id)
  const known = ACK_KNOWN + (id - 1) * SUBTASKS + subtask
  next[run + known] = state[run + KNOWN + subtask] as number
  if (model.bounds.fine) {
    next[run + ACK_SENT] = (state[run + ACK_SENT] as number) | owedBit(id, subtask)
  } else {
    take(model, next, run, id, subtask)
  }
  model.visit(next, ACTIONS.acknowledge, index, what)
  if (mayFail(model, state, run, id)) {
    const declined = model.copy(state)
    prepare(model, declined, run, subtask, id)
    failCheckpoint(model, declined, run, id)
    model.visit(declined, ACTIONS.decline, index, what)
  }
}

function prepare(
  model: SearchModel,
  next: Uint8Array,
  run: number,
  subtask: number,
  id: number,
): void {
  const generation = next[run + GENERATION] as number
  const records = model.epochOf(next, run, subtask, id)
  const field = slotField(generation, id, subtask)
  next[run + HANDLED + subtask] = id
  next[SEGMENT + field] = 1
  if (records === 0) return
  const slot = model.sink.slotFor(next, run, generation, subtask, id)
  if (model.sink.pools) next[SLOT + field] = slot
  model.sink.prepare(next, model.nameAt(generation, slot, subtask), records)
}

/** One that is in flight, not being appended, and not the last that the bounds allow. */
function mayFail(model: SearchModel, state: Uint8Array, run: number, id: number): boolean {
  const appending = state[run + APPEND] !== APPEND_NONE && state[run + APPEND_ID] === id
  return (
    id < model.bounds.checkpoints &&
    !appending &&
    isInFlight(state, run, id) &&
    (state[USED_FAILED] as number) < model.bounds.failedCheckpoints
  )
}

function failCheckpoint(model: SearchModel, next: Uint8Array, run: number, id: number): void {
  next[USED_FAILED] = (next[USED_FAILED] as number) + 1
  next[run + FAILED] = (next[run + FAILED] as number) | failedBit(id)
  forgetTaken(next, run, id)
  triggerAll(model, next, run)
  if (model.rules.declinedStays) return
  for (let subtask = 0; subtask < SUBTASKS; subtask++) {
    if ((next[run + HANDLED + subtask] as number) < id) continue
    const name = model.nameOf(next, next[run + GENERATION] as number, id, subtask)
    if (next[NAME_PREPARED + name] !== 0) model.sink.abort(next, name)
  }
}

/** The acknowledgements that were taken for a checkpoint are not needed any more. */
function forgetTaken(next: Uint8Array, run: number, id: number): void {
  for (let subtask = 0; subtask < SUBTASKS; subtask++) {
    const bit = owedBit(id, subtask)
    if (((next[run + ACK_TAKEN] as number) & bit) === 0) continue
    next[run + ACK_TAKEN] = (next[run + ACK_TAKEN] as number) & ~bit
    next[run + ACK_KNOWN + (id - 1) * SUBTASKS + subtask] = 0
  }
}

export function giveUp(model: SearchModel, state: Uint8Array, index: number): void {
  const run = model.runAt(index)
  for (let id = 1; id <= (state[run + TRIGGERED] as number); id++) {
    if (!mayFail(model, state, run, id)) continue
    const next = model.copy(state)
    failCheckpoint(model, next, run, id)
    model.visit(next, ACTIONS.giveUp, index, id)
  }
}

/** Delivers the earliest acknowledgement of a subtask; a late one changes nothing. */
export function deliverAcknowledgement(
  model: SearchModel,
  state: Uint8Array,
  index: number,
  subtask: number,
): void {
  const run = model.runAt(index)
  const sent = state[run + ACK_SENT] as number
  const id = earliest(sent, subtask)
  if (id === 0) return
  const next = model.copy(state)
  next[run + ACK_SENT] = sent & ~owedBit(id, subtask)
  take(model, next, run, id, subtask)
  model.visit(next, ACTIONS.ackArrives, index, committable(id, subtask))
}

function earliest(list: number, subtask: number): number {
  for (let id = 1; id <= 3; id++) if ((list & owedBit(id, subtask)) !== 0) return id
  return 0
}

function take(model: SearchModel, next: Uint8Array, run: number, id: number, subtask: number) {
  if (!isInFlight(next, run, id)) {
    next[run + ACK_KNOWN + (id - 1) * SUBTASKS + subtask] = 0
    return
  }
  const taken = next[run + ACK_TAKEN] as number
  const other = owedBit(id, 1 - subtask)
  const doubled = (taken & owedBit(id, subtask)) !== 0
  next[run + ACK_TAKEN] =
    taken | owedBit(id, subtask) | (doubled && !model.rules.acksById ? other : 0)
}

/** The same acknowledgement once more: identified by subtask and checkpoint, it changes nothing. */
export function repeatAcknowledgement(
  model: SearchModel,
  state: Uint8Array,
  index: number,
  subtask: number,
): void {
  const run = model.runAt(index)
  for (let id = 1; id <= (state[run + HANDLED + subtask] as number); id++) {
    if (((state[run + ACK_TAKEN] as number) & owedBit(id, subtask)) === 0) continue
    const next = model.copy(state)
    take(model, next, run, id, subtask)
    model.visit(next, ACTIONS.ackAgain, index, committable(id, subtask))
  }
}

export function hearComplete(
  model: SearchModel,
  state: Uint8Array,
  index: number,
  subtask: number,
): void {
  const run = model.runAt(index)
  const completed = state[run + COMPLETED] as number
  const known = state[run + KNOWN + subtask] as number
  if (known < completed && (model.bounds.fine || model.sink.pools)) {
    const next = model.copy(state)
    next[run + KNOWN + subtask] = completed
    next[run + REUSABLE + subtask] = Math.max(known, state[run + REUSABLE + subtask] as number)
    model.visit(next, ACTIONS.hearsComplete, index, subtask)
  }
  if (model.rules.reuseByEntry) return
  const proven = state[run + TODO] === 0 && state[run + APPEND] !== APPEND_COMMIT
  if (proven && (state[run + REUSABLE + subtask] as number) < completed) {
    const next = model.copy(state)
    next[run + REUSABLE + subtask] = completed
    model.visit(next, ACTIONS.hearsNote, index, subtask)
  }
}

/** The lowest checkpoint whose acknowledgements are all in; 0 for none. */
export function completeCheckpoint(state: Uint8Array, run: number): number {
  const taken = state[run + ACK_TAKEN] as number
  for (
    let id = (state[run + COMPLETED] as number) + 1;
    id <= (state[run + TRIGGERED] as number);
    id++
  ) {
    const both = owedBit(id, 0) | owedBit(id, 1)
    if (isInFlight(state, run, id) && (taken & both) === both) return id
  }
  return 0
}

/**
 * What the entry of a checkpoint owes: each acknowledgement names all since what its subtask knew
 * to be complete; what earlier entries named is left out.
 */
export function owedBy(model: SearchModel, state: Uint8Array, run: number, id: number): number {
  let owes = 0
  for (let subtask = 0; subtask < SUBTASKS; subtask++) {
    const known = state[run + ACK_KNOWN + (id - 1) * SUBTASKS + subtask] as number
    const from = model.rules.repeats ? Math.max(known, state[run + BASE_ID] as number) : id - 1
    for (let earlier = from + 1; earlier <= id; earlier++) {
      if (earlier <= (state[run + COMPLETED] as number)) continue
      if (model.epochOf(state, run, subtask, earlier) !== 0) owes |= owedBit(earlier, subtask)
    }
  }
  return owes
}
