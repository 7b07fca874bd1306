// The commit of a staged checkpoint, as one next step at a time from the facts of one attempt.
// In any doubt an attempt begins again; the ledger keeps that from doubling anything.

import { judgeAnswer, type EndAnswer, type TransactionVersion } from './answers.ts'

//   InitProducerId ──▶ read the ledger ──▶ there already: done
//        ▲                   └──▶ send the records, and the ledger record last ──▶ EndTxn ──▶ done
//        └──────────────── any doubt: begin again ◀───────────────┘
//
// The order is the rule. A run that slept may still be sending: after InitProducerId it is fenced,
// so what the ledger says then stays true until this run itself sends. Read before, it is a memory.
// InitProducerId is answered when the transaction before is ended and its markers are written, so
// every ledger record of the id has its control batch by then.
//
// The ledger keeps the highest committed checkpoint of an id; at or below it means done. An id is
// therefore served in order of checkpoints: sent out of order, the lower one would count as done
// without having been sent. Each committable names the one before it.

/** What the manifest says of a staged checkpoint of one id. */
export interface StagedPromise {
  readonly checkpoint: number
  /** The checkpoint prepared before it on this id, in this generation; 0 for none. */
  readonly previous: number
}

/** What one attempt knows, in the order in which it found out. */
export interface StagedFacts {
  readonly promise: StagedPromise
  readonly transactionVersion: TransactionVersion
  /** What this process knows from before to be committed of the id; undefined: it never looked. */
  readonly known?: number | undefined
  /** InitProducerId of this attempt was answered. */
  readonly initialized: boolean
  /** Highest committed checkpoint of the id, 0 for none: read whole, after the answer. */
  readonly highest?: number
  /** Every record and the ledger record behind them are acknowledged. */
  readonly sent?: boolean
  readonly ended?: EndAnswer
}

/** What to do next. */
export type StagedStep =
  | { readonly kind: 'initialize' }
  | { readonly kind: 'read-ledger' }
  | { readonly kind: 'send' }
  | { readonly kind: 'end' }
  | { readonly kind: 'done'; readonly by: 'answer' | 'ledger' }
  /** The one before is not committed yet: let go of the id until it is. */
  | { readonly kind: 'wait-for-previous' }
  /** Pause, and begin with InitProducerId, with nothing remembered. */
  | { readonly kind: 'begin-again'; readonly because: string }
  | { readonly kind: 'refused'; readonly because: string }

/** Decides; total over all facts. Any error of a request before EndTxn is `begin-again`, too. */
export function nextStagedStep(facts: StagedFacts): StagedStep {
  const { promise, highest, known } = facts
  if (!facts.initialized) {
    // The one before stands in the same entry, so it is this process that will commit it, and know.
    const mustWait = known !== undefined && known < promise.previous
    return { kind: mustWait ? 'wait-for-previous' : 'initialize' }
  }
  if (highest === undefined) return { kind: 'read-ledger' }
  if (highest >= promise.checkpoint) return { kind: 'done', by: 'ledger' }
  if (highest < promise.previous) return { kind: 'wait-for-previous' }
  if (facts.sent !== true) return { kind: 'send' }
  if (facts.ended === undefined) return { kind: 'end' }
  return afterEnd(facts.transactionVersion, facts.ended)
}

function afterEnd(version: TransactionVersion, ended: EndAnswer): StagedStep {
  const { meaning, because } = judgeAnswer(version, 'commit', ended)
  switch (meaning) {
    case 'done':
      return { kind: 'done', by: 'answer' }
    case 'fatal':
      return { kind: 'refused', because }
    case 'retry':
      // Without an answer the ledger is asked, which costs one transaction more at most.
      return ended === 'lost' ? { kind: 'begin-again', because } : { kind: 'end' }
    case 'not-committed':
    case 'ask':
      return { kind: 'begin-again', because }
  }
}
