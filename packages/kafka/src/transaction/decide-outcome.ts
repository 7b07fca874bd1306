// Whether a promised transaction is committed, from facts gathered in order: the answer of EndTxn,
// then the state that the coordinator describes, then the ledger record that is part of the
// transaction itself. Each fact is asked for only when those before it do not decide.

import { judgeAnswer } from './answers.ts'
import type { EndAnswer, TransactionVersion } from './answers.ts'

//   answer ──▶ done ─────────────────────────────────────────────▶ committed
//     │  └───▶ retry ────────────────────────────────────────────▶ try again
//     ├─ ask ─▶ state ──▶ complete commit of this epoch ─────────▶ committed
//     │           │  └──▶ open or ending ────────────────────────▶ try again
//     └─ not committed ─▶ ledger ──▶ COMMIT, or superseded ──────▶ committed
//                           ├──────▶ no control batch yet ───────▶ try again
//                           └──────▶ ABORT, or no record ────────▶ impossible
//
// Committed and aborted are final, so evidence of either may be as old as one likes. That a
// transaction is open is true only for the moment: it leads to asking again, and to nothing else.

/** What names one transaction to a coordinator. */
export interface TransactionTriple {
  readonly producerId: number
  readonly epoch: number
  readonly transactionVersion: TransactionVersion
}

/** The state of a transactional id, as DescribeTransactions spells it. */
export const transactionStates = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'PrepareEpochFence',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
] as const

/** A state that DescribeTransactions can answer. */
export type TransactionState = (typeof transactionStates)[number]

/** What DescribeTransactions answered for a transactional id. */
export type DescribedTransaction =
  | {
      readonly kind: 'known'
      readonly state: TransactionState
      readonly producerId: number
      readonly epoch: number
    }
  /** 105: the id has expired, or never was. */
  | { readonly kind: 'not-found' }
  /** No answer, no coordinator, or a state of which this version knows nothing. */
  | { readonly kind: 'unavailable' }

/**
 * What the ledger says of a transaction.
 * - `committed`, `aborted`: its record stands, and so does the control batch behind it.
 * - `open`: its record stands, and no control batch of its producer behind it yet.
 * - `superseded`: its record is gone, and a later committed one of the same id stands. An id is
 *   used again only when the commits of the transaction before are proven.
 * - `absent`: neither; the ledger was read whole.
 */
export type LedgerFinding =
  | 'committed'
  | 'aborted'
  | 'open'
  | 'superseded'
  | 'absent'
  | 'unavailable'

/** The facts so far, in the order in which they were gathered. */
export interface OutcomeFacts {
  readonly transaction: TransactionTriple
  readonly answer: EndAnswer
  readonly described?: DescribedTransaction
  readonly ledger?: LedgerFinding
}

/** Why a promise cannot be kept. */
export type ImpossibleReason = 'aborted' | 'never-recorded'

/** What follows from the facts. */
export type OutcomeDecision =
  | { readonly kind: 'committed'; readonly by: 'answer' | 'state' | 'ledger' }
  /** Pause, then EndTxn once more, with nothing remembered. */
  | { readonly kind: 'try-again'; readonly because: string }
  | { readonly kind: 'ask-state' }
  | { readonly kind: 'ask-ledger' }
  | { readonly kind: 'impossible'; readonly reason: ImpossibleReason }
  /** The broker refuses us: nothing is known of the transaction, and a person has to act. */
  | { readonly kind: 'refused'; readonly because: string }

/** Decides; total over all facts. */
export function decideOutcome(facts: OutcomeFacts): OutcomeDecision {
  const { transaction, answer, described, ledger } = facts
  const { meaning, because } = judgeAnswer(transaction.transactionVersion, 'commit', answer)
  switch (meaning) {
    case 'done':
      return { kind: 'committed', by: 'answer' }
    case 'retry':
      return { kind: 'try-again', because }
    case 'fatal':
      return { kind: 'refused', because }
    case 'not-committed':
      // Certain by the broker's word; a promise is given up only on the word of the data, too.
      return ledger === undefined ? { kind: 'ask-ledger' } : judgeLedger(ledger)
    case 'ask': {
      if (ledger !== undefined) return judgeLedger(ledger)
      return described === undefined ? { kind: 'ask-state' } : judgeState(transaction, described)
    }
  }
}

function judgeState(
  { producerId, epoch, transactionVersion }: TransactionTriple,
  described: DescribedTransaction,
): OutcomeDecision {
  if (described.kind === 'unavailable') {
    return { kind: 'try-again', because: 'the coordinator did not say what it knows' }
  }
  if (described.kind === 'not-found' || described.producerId !== producerId) {
    return { kind: 'ask-ledger' }
  }
  const { state } = described
  // With version 2 the end of a transaction makes the next epoch, and its state is told under that.
  const endedEpoch = transactionVersion === 2 ? epoch + 1 : epoch
  if (state === 'CompleteCommit' && described.epoch === endedEpoch) {
    return { kind: 'committed', by: 'state' }
  }
  const isThis = described.epoch === epoch || described.epoch === endedEpoch
  if (isThis && (state === 'PrepareCommit' || state === 'PrepareAbort')) {
    return { kind: 'try-again', because: 'its markers are being written' }
  }
  if (state === 'Ongoing' && described.epoch === epoch) {
    return { kind: 'try-again', because: 'it is still open' }
  }
  return { kind: 'ask-ledger' }
}

function judgeLedger(ledger: LedgerFinding): OutcomeDecision {
  switch (ledger) {
    case 'committed':
    case 'superseded':
      return { kind: 'committed', by: 'ledger' }
    case 'open':
      return { kind: 'try-again', because: 'the ledger has no control batch of it yet' }
    case 'unavailable':
      return { kind: 'try-again', because: 'the ledger could not be read' }
    case 'aborted':
      return { kind: 'impossible', reason: 'aborted' }
    case 'absent':
      return { kind: 'impossible', reason: 'never-recorded' }
  }
}
