// A commit of `commit: 'staged'`, step by step, by production's `nextStagedStep`. Of what is owed
// the run takes one at a time, in any order: several calls are under way in the engine, and the
// committer serves an id one by one.

import { committingGeneration, forgetFacts, prove } from './commit-steps.ts'
import { KAFKA_ACTIONS } from './kafka-actions.ts'
import { nextStagedStep } from './kafka-decisions.ts'
import type { EndAnswer } from './kafka-decisions.ts'
import {
  CURRENT,
  HIGHEST,
  idBit,
  IDS,
  LAST,
  LATE_COMMIT,
  LATE_EPOCH,
  LATE_INITIALIZE,
  LATE_KIND,
  LATE_NAME,
  OWN_EPOCH,
  OWN_HIGHEST,
  PHASE,
  PREPARED_RECORDS,
  preparedIndex,
  runAt,
  STAGED_BEGIN,
  STAGED_INITIALIZED,
  STAGED_NAME,
  STAGED_READ,
  STAGED_READ_EARLY,
  STAGED_SENT,
  TODO,
  USED_LOST,
} from './kafka-fields.ts'
import type { KafkaModel } from './kafka-model.ts'
import { mayLose } from './writer-steps.ts'

export function commitStaged(model: KafkaModel, state: Uint8Array, index: number): void {
  const run = runAt(index)
  const current = state[run + CURRENT] as number
  const todo = state[run + TODO] as number
  for (let id = 1; id <= IDS; id++) {
    if (current === 0 ? (todo & idBit(id)) !== 0 : id === current) advance(model, state, index, id)
  }
}

/** The committable staged before this one, in its generation; 0 for none. */
function previousOf(state: Uint8Array, generation: number, id: number): number {
  for (let earlier = id - 1; earlier > 0; earlier--) {
    if (state[PREPARED_RECORDS + preparedIndex(generation, earlier)] !== 0) return earlier
  }
  return 0
}

function stepOf(model: KafkaModel, state: Uint8Array, run: number, id: number, ended?: EndAnswer) {
  const { stagedInOrder, stagedFloor } = model.rules
  const ordered = stagedInOrder && stagedFloor
  const previous = ordered ? previousOf(state, committingGeneration(state, run), id) : 0
  const phase = state[run + PHASE] as number
  const read = state[run + OWN_HIGHEST] as number
  return nextStagedStep({
    promise: { checkpoint: id, previous },
    transactionVersion: model.broker.version,
    initialized: phase !== STAGED_BEGIN && phase !== STAGED_READ_EARLY,
    ...(phase >= STAGED_READ && phase !== STAGED_READ_EARLY ? { highest: read } : {}),
    sent: phase === STAGED_SENT,
    ...(ended === undefined ? {} : { ended }),
  })
}

/** What the ledger says of the id; without the floor, of this checkpoint alone. */
function readLedger(model: KafkaModel, state: Uint8Array, id: number): number {
  if (model.rules.stagedFloor) return state[HIGHEST] as number
  return state[LAST] === id ? id : 0
}

function advance(model: KafkaModel, state: Uint8Array, index: number, id: number): void {
  const run = runAt(index)
  const step = stepOf(model, state, run, id)
  const next = model.copy(state)
  next[run + CURRENT] = id
  switch (step.kind) {
    case 'initialize':
      return initialize(model, state, index, id)
    case 'read-ledger':
      next[run + OWN_HIGHEST] = readLedger(model, state, id)
      next[run + PHASE] = STAGED_READ
      return model.visit(next, KAFKA_ACTIONS.stagedReads, index, id)
    case 'send':
      return sendRecords(model, next, index, id)
    case 'end':
      return end(model, state, index, id)
    case 'done':
      prove(next, run, id)
      return model.visit(next, KAFKA_ACTIONS.stagedThere, index, id)
    default:
      forgetFacts(next, run)
      return model.visit(next, KAFKA_ACTIONS.stagedWaits, index, id)
  }
}

function initialize(model: KafkaModel, state: Uint8Array, index: number, id: number): void {
  const run = runAt(index)
  const next = model.copy(state)
  next[run + CURRENT] = id
  const early = state[run + PHASE] === STAGED_READ_EARLY
  if (!model.rules.stagedFenceFirst && !early) {
    next[run + OWN_HIGHEST] = readLedger(model, state, id)
    next[run + PHASE] = STAGED_READ_EARLY
    return model.visit(next, KAFKA_ACTIONS.stagedReads, index, id)
  }
  next[run + OWN_EPOCH] = model.broker.initialize(next, STAGED_NAME)
  next[run + PHASE] = early ? STAGED_READ : STAGED_INITIALIZED
  model.visit(next, KAFKA_ACTIONS.stagedInitialize, index, id)
  // An answer that is lost is the same as a run that asks a little later.
  if (!model.mayBeLate(state)) return
  const late = model.copy(state)
  late[LATE_KIND] = LATE_INITIALIZE
  late[LATE_NAME] = STAGED_NAME
  model.visit(late, KAFKA_ACTIONS.stagedInitializeLate, index, id)
}

function sendRecords(model: KafkaModel, next: Uint8Array, index: number, id: number): void {
  const run = runAt(index)
  const epoch = next[run + OWN_EPOCH] as number
  const generation = committingGeneration(next, run)
  if (model.broker.produce(next, STAGED_NAME, epoch, generation, id)) {
    next[run + PHASE] = STAGED_SENT
    return model.visit(next, KAFKA_ACTIONS.stagedSends, index, id)
  }
  forgetFacts(next, run)
  model.visit(next, KAFKA_ACTIONS.stagedRefused, index, id)
}

function end(model: KafkaModel, state: Uint8Array, index: number, id: number): void {
  const run = runAt(index)
  const epoch = state[run + OWN_EPOCH] as number
  const next = model.copy(state)
  const answer = model.broker.commit(next, STAGED_NAME, epoch)
  afterEnd(model, next, index, id, answer)
  if (mayLose(model, state)) {
    const lost = model.copy(state)
    lost[USED_LOST] = (state[USED_LOST] as number) + 1
    model.broker.commit(lost, STAGED_NAME, epoch)
    afterEnd(model, lost, index, id, 'lost')
  }
  if (model.mayBeLate(state)) {
    const late = model.copy(state)
    late[LATE_KIND] = LATE_COMMIT
    late[LATE_NAME] = STAGED_NAME
    late[LATE_EPOCH] = epoch
    afterEnd(model, late, index, id, 'lost')
  }
}

function afterEnd(
  model: KafkaModel,
  next: Uint8Array,
  index: number,
  id: number,
  answer: EndAnswer,
): void {
  const run = runAt(index)
  const step = stepOf(model, next, run, id, answer)
  if (step.kind === 'done') {
    if (!model.rules.stagedLedgerWithin) model.broker.recordStaged(next, id)
    prove(next, run, id)
    return model.visit(next, KAFKA_ACTIONS.commit, index, id)
  }
  forgetFacts(next, run)
  const lost = answer === 'lost'
  model.visit(next, lost ? KAFKA_ACTIONS.commitLost : KAFKA_ACTIONS.triesAgain, index, id)
}
