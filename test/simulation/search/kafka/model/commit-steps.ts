// A commit of `commit: 'transaction'`, step by step: EndTxn, and where its answer does not decide,
// DescribeTransactions, then the ledger. A run may sleep between any two; what it believes is
// checked against what is true.

import { answerCodes } from './broker-model.ts'
import { KAFKA_ACTIONS } from './kafka-actions.ts'
import { outcomeOf } from './kafka-decisions.ts'
import type { OutcomeDecision } from './kafka-decisions.ts'
import {
  ANSWER,
  BELOW_GENERATION,
  COMMIT_ASK_LEDGER,
  COMMIT_ASK_STATE,
  COMMIT_SEND,
  CURRENT,
  FAULT,
  FAULT_FALSE_ALARM,
  FAULT_FALSE_PROOF,
  firstId,
  GENERATION,
  idBit,
  LATE_COMMIT,
  LATE_EPOCH,
  LATE_KIND,
  LATE_NAME,
  ONGOING,
  OUTCOME,
  OUTCOME_COMMITTED,
  OUTCOME_TIMED_OUT,
  OWN_EPOCH,
  OWN_HIGHEST,
  PHASE,
  PREPARED_EPOCH,
  preparedIndex,
  RECOVER,
  runAt,
  STAGE,
  STATE,
  STOPPED,
  TODO,
  USED_LOST,
} from './kafka-fields.ts'
import type { KafkaModel } from './kafka-model.ts'
import { endRun } from './run-end.ts'
import { commitStaged } from './staged-steps.ts'
import { mayLose } from './writer-steps.ts'

/** One step of what is still to be committed. */
export function commitOwed(model: KafkaModel, state: Uint8Array, index: number): void {
  if (model.staged) {
    commitStaged(model, state, index)
    return
  }
  switch (state[runAt(index) + PHASE]) {
    case COMMIT_SEND:
      return send(model, state, index)
    case COMMIT_ASK_STATE:
      return askState(model, state, index)
    default:
      return askLedger(model, state, index)
  }
}

/** The generation whose committables a run commits: its own, or those that it found. */
export function committingGeneration(state: Uint8Array, run: number): number {
  const recovers = state[run + STAGE] === RECOVER
  return state[run + (recovers ? BELOW_GENERATION : GENERATION)] as number
}

/** The numbers of the committable that is being committed. */
function committable(model: KafkaModel, state: Uint8Array, run: number) {
  const generation = committingGeneration(state, run)
  const id = firstId(state[run + TODO] as number)
  const epoch = state[PREPARED_EPOCH + preparedIndex(generation, id)] as number
  const transactionVersion = model.broker.version
  const transaction = { producerId: 7, epoch, transactionVersion }
  return { generation, id, transaction, name: model.nameOf(state, generation, id) }
}

function send(model: KafkaModel, state: Uint8Array, index: number): void {
  const run = runAt(index)
  const { id, transaction, name } = committable(model, state, run)
  const { epoch } = transaction
  const next = model.copy(state)
  const answer = model.broker.commit(next, name, epoch)
  next[run + ANSWER] = answerCodes.indexOf(answer as number)
  act(model, next, index, outcomeOf({ transaction, answer }))
  if (state[STATE + name] !== ONGOING) return
  if (mayLose(model, state)) {
    const lost = model.copy(state)
    lost[USED_LOST] = (state[USED_LOST] as number) + 1
    model.broker.commit(lost, name, epoch)
    model.visit(lost, KAFKA_ACTIONS.commitLost, index, id)
  }
  if (model.mayBeLate(state)) {
    const late = model.copy(state)
    late[LATE_KIND] = LATE_COMMIT
    late[LATE_NAME] = name
    late[LATE_EPOCH] = epoch
    model.visit(late, KAFKA_ACTIONS.commitLate, index, id)
  }
}

function askState(model: KafkaModel, state: Uint8Array, index: number): void {
  const run = runAt(index)
  const { transaction, name } = committable(model, state, run)
  const answer = answerCodes[state[run + ANSWER] as number] as number
  const described = model.broker.describe(state, name)
  act(model, model.copy(state), index, outcomeOf({ transaction, answer, described }))
}

function askLedger(model: KafkaModel, state: Uint8Array, index: number): void {
  const run = runAt(index)
  const { generation, id, transaction } = committable(model, state, run)
  const answer = answerCodes[state[run + ANSWER] as number] as number
  for (const ledger of model.broker.findings(state, generation, id)) {
    act(model, model.copy(state), index, outcomeOf({ transaction, answer, ledger }))
  }
}

/** Does what was decided. */
function act(model: KafkaModel, next: Uint8Array, index: number, decision: OutcomeDecision): void {
  const run = runAt(index)
  const { id } = committable(model, next, run)
  switch (decision.kind) {
    case 'committed': {
      const { by } = decision
      const { commit, stateProves, ledgerProves } = KAFKA_ACTIONS
      prove(next, run, id)
      const proof = by === 'answer' ? commit : by === 'state' ? stateProves : ledgerProves
      model.visit(next, proof, index, id)
      return
    }
    case 'ask-state':
      if (!model.rules.errorsAreAsked) return believe(model, next, index)
      next[run + PHASE] = COMMIT_ASK_STATE
      return model.visit(next, KAFKA_ACTIONS.commitAsks, index, id)
    case 'ask-ledger': {
      if (!model.rules.errorsAreAsked) return believe(model, next, index)
      const asked = next[run + PHASE] === COMMIT_ASK_STATE
      next[run + PHASE] = COMMIT_ASK_LEDGER
      const { stateAsked, commitAsks } = KAFKA_ACTIONS
      return model.visit(next, asked ? stateAsked : commitAsks, index, id)
    }
    case 'try-again':
      forgetFacts(next, run)
      return model.visit(next, KAFKA_ACTIONS.triesAgain, index, id)
    default:
      return believe(model, next, index)
  }
}

/** The run stops loudly. It must be true that the promise cannot be kept, and none of our doing. */
function believe(model: KafkaModel, next: Uint8Array, index: number): void {
  const run = runAt(index)
  const { generation, id } = committable(model, next, run)
  if (next[OUTCOME + preparedIndex(generation, id)] !== OUTCOME_TIMED_OUT) {
    next[FAULT] = FAULT_FALSE_ALARM
  }
  next[STOPPED] = 1
  endRun(next, run)
  model.visit(next, KAFKA_ACTIONS.impossible, index, id)
}

/** A committable counts as committed; that must be true. */
export function prove(next: Uint8Array, run: number, id: number): void {
  const index = preparedIndex(committingGeneration(next, run), id)
  if (next[OUTCOME + index] !== OUTCOME_COMMITTED) next[FAULT] = FAULT_FALSE_PROOF
  next[run + TODO] = (next[run + TODO] as number) & ~idBit(id)
  forgetFacts(next, run)
}

export function forgetFacts(next: Uint8Array, run: number): void {
  for (const field of [PHASE, ANSWER, CURRENT, OWN_EPOCH, OWN_HIGHEST]) next[run + field] = 0
}
