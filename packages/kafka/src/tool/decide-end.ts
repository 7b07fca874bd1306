// Whether an operator may commit or abort a transaction by hand, from what is known. Pure:
// - What the newest entry promised is never aborted, and committed without a doubt.
// - What no entry names and none will (a run that is over) is aborted, and not committed: the job
//   writes those records again.
// - Where nobody can tell, both need the operator's own words, because one of them is wrong.
// - Staged records are in their checkpoint: what is open of them may be aborted, for they are sent
//   again; committed by hand it would lack the ledger record, and they would be sent twice.

import type { LedgerFinding, TransactionTriple } from '../transaction/decide-outcome.ts'
import type { EndOperation } from '../transaction/answers.ts'
import type { TransactionalId } from '../transaction/transactional-id.ts'
import type { PromiseState } from './job-checkpoints.ts'
import { type DescribedTransaction, isOpenState } from './listed-transactions.ts'

/** What is known before anything is done. */
export interface EndFacts {
  readonly operation: EndOperation
  /** Undefined: the coordinator knows no such id. */
  readonly described: DescribedTransaction | undefined
  readonly origin: TransactionalId | undefined
  readonly promise: PromiseState
  /** Of what is open or promised; undefined where there is nothing to look for. */
  readonly ledger: LedgerFinding | undefined
}

/** What an operator has to write to go on where nobody can tell. */
const forceWords = {
  abort: 'this may lose records',
  commit: 'this may double records',
} as const satisfies Record<EndOperation, string>

/**
 * What may be done.
 * - `allowed`: it breaks no promise, for the reason given.
 * - `needs-force`: it may break one; the operator must say so in these words.
 * - `refused`: it would break one, or there is a better way; no words help.
 * - `nothing-to-do`: no transaction of this id is open.
 */
export type EndVerdict =
  | { readonly kind: 'allowed'; readonly because: string }
  | { readonly kind: 'needs-force'; readonly because: string; readonly words: string }
  | { readonly kind: 'refused'; readonly because: string; readonly instead: string }
  | { readonly kind: 'nothing-to-do'; readonly because: string }

/** Decides; total over all facts. */
export function decideEnd(facts: EndFacts): EndVerdict {
  const { operation, promise } = facts
  // A promised one is committed, whatever the coordinator says: the proof is in the doing.
  if (operation === 'commit' && promise.kind === 'promised') {
    return { kind: 'allowed', because: `checkpoint ${promise.checkpoint} promised it` }
  }
  return whyClosed(facts) ?? (operation === 'abort' ? ofAbort(facts) : ofCommit(facts))
}

/** Nothing is open, or its end has been decided. */
function whyClosed({ operation, described }: EndFacts): EndVerdict | undefined {
  if (described === undefined) {
    return { kind: 'nothing-to-do', because: 'no coordinator knows such an id (any more)' }
  }
  const { state } = described
  if (!isOpenState(state)) {
    return { kind: 'nothing-to-do', because: `no transaction of it is open (${state})` }
  }
  if (state !== 'PrepareCommit' && state !== 'PrepareAbort') return undefined
  const decided = state === 'PrepareCommit' ? 'commit' : 'abort'
  if (decided === operation) {
    return { kind: 'nothing-to-do', because: `the broker is ending it by ${decided} already` }
  }
  return {
    kind: 'refused',
    because: `its ${decided} is decided, and its markers are being written`,
    instead: 'Nothing can change that any more.',
  }
}

function ofAbort({ origin, promise, ledger }: EndFacts): EndVerdict {
  if (promise.kind === 'promised') {
    return {
      kind: 'refused',
      because: `checkpoint ${promise.checkpoint} promised it: its records would be lost`,
      instead: 'Commit it, or start the job, which commits it first.',
    }
  }
  if (origin === undefined) {
    return {
      kind: 'allowed',
      because: 'it is none of Sluice: whoever writes it is shut out and gets an error',
    }
  }
  if (origin.kind === 'staged') {
    return {
      kind: 'allowed',
      because: 'its records are kept in the checkpoint, and the job sends them again',
    }
  }
  const words = forceWords.abort
  switch (promise.kind) {
    case 'orphan':
      return {
        kind: 'allowed',
        because: 'its run is over and no checkpoint names it: the records are written again',
      }
    case 'may-be-promised': {
      const because = 'it is of the newest run of the job, which may promise it at any moment'
      return { kind: 'needs-force', because, words }
    }
    case 'unknown': {
      const because =
        ledger === 'open'
          ? 'its ledger record stands: it is prepared, and a checkpoint may have promised it'
          : 'without the checkpoints of its job nobody can tell whether it is promised'
      return { kind: 'needs-force', because, words }
    }
  }
}

function ofCommit({ origin, promise }: EndFacts): EndVerdict {
  const words = forceWords.commit
  if (origin?.kind === 'staged') {
    return {
      kind: 'refused',
      because: 'staged records that are published without their ledger record are sent once more',
      instead: 'Start the job: it sends what its newest checkpoint promised.',
    }
  }
  if (origin === undefined) {
    const because = 'it is none of Sluice, and whoever writes it may not be done'
    return { kind: 'needs-force', because, words }
  }
  if (promise.kind === 'unknown') {
    const because = 'without the checkpoints of its job nobody can tell whether it is promised'
    return { kind: 'needs-force', because, words }
  }
  const because = 'no checkpoint names it: the job writes these records again'
  return { kind: 'needs-force', because, words }
}

/** The numbers by which a transaction is ended: those of the promise before those found now. */
export function tripleOf(
  { promise, described }: Pick<EndFacts, 'promise' | 'described'>,
  level: number,
): TransactionTriple | undefined {
  if (promise.kind === 'promised') return promise.committable
  if (described === undefined) return undefined
  const { producerId, epoch } = described
  return { producerId, epoch, transactionVersion: level >= 2 ? 2 : 1 }
}
