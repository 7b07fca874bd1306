// The decisions of packages/kafka/src/transaction as the search asks them: not copies, the
// production functions themselves. Only what they are asked is made from the fields of a state.

import { decideOutcome } from '../../../../../packages/kafka/src/transaction/decide-outcome.ts'
import type {
  DescribedTransaction,
  LedgerFinding,
  OutcomeDecision,
  TransactionState,
} from '../../../../../packages/kafka/src/transaction/decide-outcome.ts'
import { decideSweep } from '../../../../../packages/kafka/src/transaction/decide-sweep.ts'
import { SlotPool } from '../../../../../packages/kafka/src/transaction/slot-pool.ts'
import type { Slot } from '../../../../../packages/kafka/src/transaction/slot-pool.ts'
import * as ids from '../../../../../packages/kafka/src/transaction/transactional-id.ts'
import {
  ABORTED,
  COMMITTED,
  EMPTY,
  FENCED,
  ONGOING,
  SLOT_BOUND,
  SLOT_CHECKPOINT,
  SLOT_EPOCH,
  SLOT_FREE,
  SLOT_NEW,
  SLOT_OPEN,
  SLOT_RETIRED,
  SLOT_STATE,
  SLOTS,
} from './kafka-fields.ts'

export { decideOutcome } from '../../../../../packages/kafka/src/transaction/decide-outcome.ts'
export { nextStagedStep } from '../../../../../packages/kafka/src/transaction/staged-commit.ts'
export type {
  EndAnswer,
  TransactionVersion,
} from '../../../../../packages/kafka/src/transaction/answers.ts'
export type { DescribedTransaction, LedgerFinding, OutcomeDecision }

const job = 'shop'
const logId = '0123456789abcdef'

const slotStates: Readonly<Record<number, Slot['state']>> = {
  [SLOT_OPEN]: 'open',
  [SLOT_BOUND]: 'bound',
  [SLOT_FREE]: 'free',
  [SLOT_RETIRED]: 'retired',
}
const slotCodes: Readonly<Record<Slot['state'], number>> = {
  opening: SLOT_NEW,
  open: SLOT_OPEN,
  bound: SLOT_BOUND,
  free: SLOT_FREE,
  retired: SLOT_RETIRED,
}

/** The pool of a writer, as the state of its run has it. */
export function poolOf(
  state: Uint8Array,
  run: number,
  version: 1 | 2,
  completed: number,
): SlotPool {
  const slots: Slot[] = []
  for (let slot = 0; slot < SLOTS && state[run + SLOT_STATE + slot] !== SLOT_NEW; slot++) {
    slots.push({
      state: slotStates[state[run + SLOT_STATE + slot] as number] as Slot['state'],
      producerId: 0,
      epoch: state[run + SLOT_EPOCH + slot] as number,
      checkpoint: state[run + SLOT_CHECKPOINT + slot] as number,
    })
  }
  return new SlotPool(version, slots, completed)
}

/** Writes a pool back. A slot that is being opened stays as it was: its request is one step. */
export function storePool(state: Uint8Array, run: number, pool: SlotPool): void {
  pool.slots.forEach((slot, index) => {
    state[run + SLOT_STATE + index] = slotCodes[slot.state]
    state[run + SLOT_EPOCH + index] = slot.state === 'retired' ? 0 : Math.max(0, slot.epoch)
    state[run + SLOT_CHECKPOINT + index] = slot.checkpoint
  })
}

const stateNames: Readonly<Record<number, TransactionState>> = {
  [EMPTY]: 'Empty',
  [FENCED]: 'Empty',
  [ONGOING]: 'Ongoing',
  [COMMITTED]: 'CompleteCommit',
  [ABORTED]: 'CompleteAbort',
}

const texts = new Map<number, string>()

function slotText(name: number): string {
  let text = texts.get(name)
  if (text === undefined) {
    const generation = Math.floor(name / SLOTS) + 1
    const slot = name % SLOTS
    const of = { kind: 'slot', job, logId, generation, sink: 'out', subtask: 0, slot } as const
    text = ids.formatTransactionalId(of)
    texts.set(name, text)
  }
  return text
}

const stagedText = ids.formatTransactionalId({
  kind: 'staged',
  job,
  logId,
  sink: 'out',
  subtask: 0,
})

interface SweepQuestion {
  readonly name: number
  readonly staged: boolean
  readonly at: number
  /** Of the run that sweeps. */
  readonly generation: number
  /** Names that the newest entry below its fence names. */
  readonly promised: ReadonlySet<number>
}

/** Whether a run ends what the broker lists, and why. */
export function sweepVerdict({ name, staged, at, generation, promised }: SweepQuestion) {
  const listed = stateNames[at]
  if (listed === undefined) return 'foreign'
  const transactionalId = staged ? stagedText : slotText(name)
  const named = new Set([...promised].map(slotText))
  return decideSweep(
    { transactionalId, state: listed },
    { job, logId, generation, promised: named },
  )
}

/** A decision of which the facts are few, remembered. */
const outcomes = new Map<string, OutcomeDecision>()

export function outcomeOf(facts: Parameters<typeof decideOutcome>[0]): OutcomeDecision {
  const { transaction, answer, described, ledger } = facts
  const told =
    described === undefined
      ? ''
      : described.kind === 'known'
        ? `${described.state} ${described.epoch}`
        : described.kind
  const { transactionVersion, epoch } = transaction
  const key = `${transactionVersion} ${epoch} ${answer} ${told} ${ledger ?? ''}`
  let outcome = outcomes.get(key)
  if (outcome === undefined) {
    outcome = decideOutcome(facts)
    outcomes.set(key, outcome)
  }
  return outcome
}
