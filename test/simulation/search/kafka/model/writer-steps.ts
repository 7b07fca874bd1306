// The writer of a run: it opens a slot with InitProducerId, prepares at barriers, and hears which
// checkpoints are complete. The pool is production's; what happens to its requests is decided here.

import { KAFKA_ACTIONS } from './kafka-actions.ts'
import { poolOf, storePool } from './kafka-decisions.ts'
import {
  APPEND,
  APPEND_NONE,
  COMPLETED,
  FAILED,
  FAULT,
  FAULT_REFUSED,
  FENCES,
  GENERATION,
  HANDLED,
  idBit,
  KNOWN,
  LATE_EPOCH,
  LATE_GENERATION,
  LATE_ID,
  LATE_INITIALIZE,
  LATE_KIND,
  LATE_NAME,
  LATE_PRODUCE,
  ONGOING,
  OUTCOME,
  OUTCOME_OPEN,
  PREPARED_EPOCH,
  PREPARED_RECORDS,
  PREPARED_SLOT,
  preparedIndex,
  runAt,
  SLOT_BOUND,
  SLOT_CHECKPOINT,
  SLOT_EPOCH,
  SLOT_FREE,
  SLOT_NEW,
  SLOT_OPEN,
  SLOT_RETIRED,
  SLOT_STATE,
  SLOTS,
  STATE,
  TODO,
  USED_FAILED,
  USED_FORGOTTEN,
  USED_LOST,
  USED_TIMEOUTS,
} from './kafka-fields.ts'
import type { KafkaModel } from './kafka-model.ts'
import { endRun } from './run-end.ts'

/** The slot of the next transaction, and how it begins. */
interface Beginning {
  readonly slot: number
  readonly begin: 'initialize' | 'write'
  readonly epoch: number
}

/** What the writer does next: the barrier of a checkpoint, as soon as it may be triggered. */
export function write(model: KafkaModel, state: Uint8Array, index: number): void {
  const run = runAt(index)
  hear(model, state, index)
  const id = nextBarrier(model, state, run)
  if (id === 0) return
  if (model.epochOf(state, run, id) === 0) {
    prepareEmpty(model, state, index, id)
    return
  }
  if (model.staged) {
    prepareStaged(model, state, index, id)
    return
  }
  const beginning = beginningOf(model, state, run)
  if (beginning.begin === 'initialize') initialize(model, state, index, beginning.slot)
  else prepare(model, state, index, id, beginning)
}

function isFailed(state: Uint8Array, run: number, id: number): boolean {
  return ((state[run + FAILED] as number) & idBit(id)) !== 0
}

/** The checkpoint whose barrier the writer may handle; 0 for none. */
function nextBarrier(model: KafkaModel, state: Uint8Array, run: number): number {
  const id = (state[run + HANDLED] as number) + 1
  if (id > model.bounds.checkpoints) return 0
  const completed = state[run + COMPLETED] as number
  if (model.readAt(state, run, completed) === model.bounds.records) return 0
  let inFlight = 0
  for (let earlier = completed + 1; earlier < id; earlier++) {
    if (isFailed(state, run, earlier)) continue
    inFlight += 1
    if (model.readAt(state, run, earlier) === model.bounds.records) return 0
  }
  return inFlight < model.bounds.concurrent ? id : 0
}

/** What production's pool says; the rules that are switched off change it here. */
function beginningOf(model: KafkaModel, state: Uint8Array, run: number): Beginning {
  const { version } = model.broker
  if (!model.rules.boundUntilEnded) {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (state[run + SLOT_STATE + slot] !== SLOT_BOUND) continue
      return { slot, begin: 'write', epoch: state[run + SLOT_EPOCH + slot] as number }
    }
  }
  const taken = poolOf(state, run, version, state[run + KNOWN] as number).take()
  if (taken.begin === 'continue') {
    return { slot: taken.slot, begin: 'write', epoch: taken.epoch }
  }
  const wasFree = state[run + SLOT_STATE + taken.slot] === SLOT_FREE
  if (wasFree && !model.rules.epochEach) {
    return {
      slot: taken.slot,
      begin: 'write',
      epoch: state[run + SLOT_EPOCH + taken.slot] as number,
    }
  }
  return { slot: taken.slot, begin: 'initialize', epoch: 0 }
}

function initialize(model: KafkaModel, state: Uint8Array, index: number, slot: number): void {
  const run = runAt(index)
  if (slot >= SLOTS) throw new RangeError('The search has no more slots for a writer.')
  const name = model.nameAt(state[run + GENERATION] as number, slot)
  const next = model.copy(state)
  const epoch = model.broker.initialize(next, name)
  next[run + SLOT_STATE + slot] = SLOT_OPEN
  next[run + SLOT_EPOCH + slot] = epoch
  next[run + SLOT_CHECKPOINT + slot] = 0
  model.visit(next, KAFKA_ACTIONS.initialize, index, slot)
  if (!mayLose(model, state)) return
  const lost = model.copy(state)
  lost[USED_LOST] = (state[USED_LOST] as number) + 1
  model.broker.initialize(lost, name)
  retire(model, lost, run, slot)
  model.visit(lost, KAFKA_ACTIONS.initializeLost, index, slot)
  if (!model.mayBeLate(state)) return
  const late = model.copy(state)
  late[USED_LOST] = (state[USED_LOST] as number) + 1
  late[LATE_KIND] = LATE_INITIALIZE
  late[LATE_NAME] = name
  retire(model, late, run, slot)
  model.visit(late, KAFKA_ACTIONS.initializeLate, index, slot)
}

/** Whether one more answer may be lost. */
export function mayLose(model: KafkaModel, state: Uint8Array): boolean {
  return (state[USED_LOST] as number) < model.bounds.lostAnswers
}

/** Without the rule the writer asks once more, on the same id. */
function retire(model: KafkaModel, next: Uint8Array, run: number, slot: number): void {
  next[run + SLOT_STATE + slot] = model.rules.initializedOnce ? SLOT_RETIRED : SLOT_NEW
  next[run + SLOT_EPOCH + slot] = 0
  next[run + SLOT_CHECKPOINT + slot] = 0
}

function prepare(
  model: KafkaModel,
  state: Uint8Array,
  index: number,
  id: number,
  { slot, epoch }: Beginning,
): void {
  const run = runAt(index)
  const generation = state[run + GENERATION] as number
  const name = model.nameAt(generation, slot)
  const next = model.copy(state)
  if (!model.broker.produce(next, name, epoch, generation, id)) {
    const isOver = state[FENCES] !== generation
    const interfered = state[USED_TIMEOUTS] !== 0 || state[USED_FORGOTTEN] !== 0
    // A rule that is switched off shall show what is lost without it, not that an attempt ends.
    if (model.whole && !isOver && !interfered) next[FAULT] = FAULT_REFUSED
    endRun(next, run)
    model.visit(next, KAFKA_ACTIONS.produceRefused, index, id)
    return
  }
  const prepared = preparedIndex(generation, id)
  next[PREPARED_SLOT + prepared] = slot
  next[PREPARED_EPOCH + prepared] = epoch
  next[PREPARED_RECORDS + prepared] = model.epochOf(state, run, id)
  next[run + SLOT_STATE + slot] = SLOT_BOUND
  next[run + SLOT_EPOCH + slot] = epoch
  next[run + SLOT_CHECKPOINT + slot] = id
  acknowledge(model, next, state, index, id)
}

function prepareStaged(model: KafkaModel, state: Uint8Array, index: number, id: number): void {
  const run = runAt(index)
  const next = model.copy(state)
  const prepared = preparedIndex(state[run + GENERATION] as number, id)
  next[PREPARED_RECORDS + prepared] = model.epochOf(state, run, id)
  next[OUTCOME + prepared] = OUTCOME_OPEN
  acknowledge(model, next, state, index, id)
}

function prepareEmpty(model: KafkaModel, state: Uint8Array, index: number, id: number): void {
  const next = model.copy(state)
  next[runAt(index) + HANDLED] = id
  model.visit(next, KAFKA_ACTIONS.prepareEmpty, index, id)
}

/** The acknowledgement arrives when it is sent; the coordinator acts on it as late as it likes. */
function acknowledge(
  model: KafkaModel,
  next: Uint8Array,
  state: Uint8Array,
  index: number,
  id: number,
): void {
  const run = runAt(index)
  next[run + HANDLED] = id
  model.visit(next, KAFKA_ACTIONS.prepare, index, id)
  const used = state[USED_FAILED] as number
  if (used >= model.bounds.failedCheckpoints || id >= model.bounds.checkpoints) return
  next[USED_FAILED] = used + 1
  next[run + FAILED] = (next[run + FAILED] as number) | idBit(id)
  model.visit(next, KAFKA_ACTIONS.declined, index, id)
}

/** Completions are heard in order, as late as one likes, and not every one. */
function hear(model: KafkaModel, state: Uint8Array, index: number): void {
  const run = runAt(index)
  if (model.staged) return
  const completed = state[run + COMPLETED] as number
  const known = state[run + KNOWN] as number
  for (let heard = known + 1; heard <= completed; heard++) {
    if (isFailed(state, run, heard)) continue
    const next = model.copy(state)
    const pool = poolOf(state, run, model.broker.version, known)
    pool.completed(heard)
    storePool(next, run, pool)
    next[run + KNOWN] = heard
    model.visit(next, KAFKA_ACTIONS.hearsComplete, index, heard)
  }
  if (model.rules.reuseByEntry || state[run + TODO] !== 0 || state[run + APPEND] !== APPEND_NONE) {
    return
  }
  const next = model.copy(state)
  let freed = false
  for (let slot = 0; slot < SLOTS; slot++) {
    if (state[run + SLOT_STATE + slot] !== SLOT_BOUND) continue
    if ((state[run + SLOT_CHECKPOINT + slot] as number) > completed) continue
    next[run + SLOT_STATE + slot] = SLOT_FREE
    next[run + SLOT_CHECKPOINT + slot] = 0
    freed = true
  }
  if (freed) model.visit(next, KAFKA_ACTIONS.hearsNote, index, completed)
}

/**
 * A copy in which the records that the writer was about to send are still under way; the attempt
 * that sent them is over. Undefined where there are none.
 */
export function lateRecords(
  model: KafkaModel,
  state: Uint8Array,
  run: number,
): Uint8Array | undefined {
  if (model.staged || !model.mayBeLate(state)) return undefined
  const id = nextBarrier(model, state, run)
  if (id === 0 || model.epochOf(state, run, id) === 0) return undefined
  const { slot, begin, epoch } = beginningOf(model, state, run)
  if (begin === 'initialize') return undefined
  const generation = state[run + GENERATION] as number
  const name = model.nameAt(generation, slot)
  if (state[STATE + name] === ONGOING) return undefined
  const next = model.copy(state)
  const prepared = preparedIndex(generation, id)
  next[LATE_KIND] = LATE_PRODUCE
  next[LATE_NAME] = name
  next[LATE_EPOCH] = epoch
  next[LATE_GENERATION] = generation
  next[LATE_ID] = id
  next[PREPARED_SLOT + prepared] = slot
  next[PREPARED_EPOCH + prepared] = epoch
  next[PREPARED_RECORDS + prepared] = model.epochOf(state, run, id)
  return next
}
