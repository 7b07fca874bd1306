// Commits or aborts one transaction for an operator: first what is known and what may be done, then
// the deed, and what became of it. A promised one is committed as the job itself would, and proven
// as strictly; an abort shuts its writer out, who would otherwise go on under the same epoch.

import { SluiceError } from '@sluice/core/connector'
import type { ClusterClient } from '../cluster/cluster-client.ts'
import { endTransaction } from '../sink/transaction/end-transaction.ts'
import type { EndOperation } from '../transaction/answers.ts'
import {
  decideOutcome,
  type OutcomeFacts,
  transactionStates,
  type TransactionTriple,
} from '../transaction/decide-outcome.ts'
import { impossibleCommit } from '../transaction/impossible-commit.ts'
import { parseTransactionalId } from '../transaction/transactional-id.ts'
import { errorText } from '../wire/error-codes.ts'
import { initProducerId } from '../wire/message/transactions.ts'
import { decideEnd, type EndFacts, type EndVerdict, tripleOf } from './decide-end.ts'
import { type JobCheckpoints, promiseOf } from './job-checkpoints.ts'
import { evidenceOfOpen, evidenceOfPromise } from './ledger-evidence.ts'
import { describeOne, isOpenState } from './listed-transactions.ts'

/** What is known of a transaction, and what may be done with it. */
export interface EndPlan extends EndFacts {
  readonly transactionalId: string
  /** The level of `transaction.version` that its coordinator has. */
  readonly transactionVersion: number
  readonly verdict: EndVerdict
}

/** What became of it, and by whose word. */
export interface EndResult {
  readonly outcome: 'committed' | 'aborted'
  readonly by: 'answer' | 'state' | 'ledger'
}

/** Of a producer under which nothing is written. */
const shutOutTimeoutMs = 10_000
const fencedCodes = new Set([47, 90])

/** Asks and decides; changes nothing. */
export async function planEnd(
  client: ClusterClient,
  transactionalId: string,
  operation: EndOperation,
  checkpoints: readonly JobCheckpoints[],
): Promise<EndPlan> {
  const origin = parseTransactionalId(transactionalId)
  const promise = promiseOf(transactionalId, origin, checkpoints)
  const described = await describeOne(client, transactionalId)
  const { versions } = await client.session({ kind: 'transaction', id: transactionalId }, 'control')
  const isOpen = described !== undefined && isOpenState(described.state)
  const ledger =
    promise.kind === 'promised'
      ? await evidenceOfPromise(client, promise.committable)
      : isOpen && origin !== undefined
        ? await evidenceOfOpen(client, transactionalId, described.producerId)
        : undefined
  const facts = { operation, described, origin, promise, ledger }
  return {
    ...facts,
    transactionalId,
    transactionVersion: versions.featureLevel('transaction.version'),
    verdict: decideEnd(facts),
  }
}

/**
 * Does what the verdict allows; `words` are what the operator said where it needs force. Rejects
 * with TRANSACTION_NOT_ENDED where it may not be done, or was not.
 */
export async function carryOut(
  client: ClusterClient,
  plan: EndPlan,
  words: string | undefined,
): Promise<EndResult> {
  const { verdict, transactionalId, operation } = plan
  const done = operation === 'commit' ? 'committed' : 'aborted'
  const what = `Transaction ${transactionalId} is not ${done}`
  if (verdict.kind === 'refused') {
    throw notEnded(`${what}: ${verdict.because}.`, verdict.instead)
  }
  if (verdict.kind === 'needs-force' && words !== verdict.words) {
    throw notEnded(`${what}: ${verdict.because}.`, `--force '${verdict.words}' does it even so.`)
  }
  const triple = tripleOf(plan, plan.transactionVersion)
  if (verdict.kind === 'nothing-to-do' || triple === undefined) {
    throw notEnded(`${what}: ${verdict.because}.`, 'sluice kafka txn list shows what is open.')
  }
  return operation === 'commit'
    ? await commit(client, plan, triple)
    : await abort(client, plan, triple)
}

async function commit(
  client: ClusterClient,
  { transactionalId, promise }: EndPlan,
  triple: TransactionTriple,
): Promise<EndResult> {
  let facts: OutcomeFacts = {
    transaction: triple,
    answer: await endTransaction(client, transactionalId, triple, 'commit'),
  }
  const what = `Transaction ${transactionalId} is not committed`
  for (;;) {
    const decision = decideOutcome(facts)
    switch (decision.kind) {
      case 'committed':
        return { outcome: 'committed', by: decision.by }
      case 'ask-state':
        facts = { ...facts, described: await stateOf(client, transactionalId) }
        break
      case 'ask-ledger':
        if (promise.kind !== 'promised') {
          throw notEnded(`${what}: it has ended otherwise, and no checkpoint says how to prove it.`)
        }
        facts = { ...facts, ledger: await evidenceOfPromise(client, promise.committable) }
        break
      case 'try-again':
        throw notEnded(`${what} yet: ${decision.because}.`, 'Do it once more: that harms nothing.')
      case 'refused':
        throw notEnded(`${what}: ${decision.because}.`)
      case 'impossible': {
        const sink = parseTransactionalId(transactionalId)?.sink ?? ''
        if (promise.kind !== 'promised') throw notEnded(`${what}: it was aborted.`)
        throw impossibleCommit(sink, promise.committable, decision.reason)
      }
    }
  }
}

async function stateOf(client: ClusterClient, transactionalId: string) {
  const found = await describeOne(client, transactionalId)
  if (found === undefined) return { kind: 'not-found' } as const
  const state = transactionStates.find((each) => each === found.state)
  if (state === undefined) return { kind: 'unavailable' } as const
  return { kind: 'known', state, producerId: found.producerId, epoch: found.epoch } as const
}

/**
 * By the numbers that were seen, so that nothing is aborted that was begun since: InitProducerId
 * would not look at the epoch while a transaction is open. With version 1 the writer keeps his
 * epoch, and what he writes on would be a transaction without its beginning: so he is shut out.
 */
async function abort(
  client: ClusterClient,
  { transactionalId }: EndPlan,
  triple: TransactionTriple,
): Promise<EndResult> {
  const errorCode = await endTransaction(client, transactionalId, triple, 'abort')
  if (errorCode !== 0) {
    throw notEnded(
      `Transaction ${transactionalId} was not aborted: it has ended meanwhile, or another one is ` +
        `open by now (${errorText(errorCode)}).`,
      'sluice kafka txn list shows what is open now.',
    )
  }
  if (triple.transactionVersion === 1) await shutOut(client, transactionalId, triple)
  return { outcome: 'aborted', by: 'answer' }
}

async function shutOut(
  client: ClusterClient,
  transactionalId: string,
  { producerId, epoch: producerEpoch }: TransactionTriple,
): Promise<void> {
  const present = await describeOne(client, transactionalId)
  // Somebody has shut him out already.
  if (present?.producerId !== producerId || present.epoch !== producerEpoch) return
  await client.ask(
    { kind: 'transaction', id: transactionalId },
    initProducerId,
    { transactionalId, transactionTimeoutMs: shutOutTimeoutMs, producerId, producerEpoch },
    {
      what: `Shutting out the writer of transaction ${transactionalId}`,
      codeOf: ({ errorCode }) => (fencedCodes.has(errorCode) ? 0 : errorCode),
    },
  )
}

function notEnded(message: string, hint?: string): SluiceError {
  return new SluiceError('KAFKA_TRANSACTION_NOT_ENDED', message, hint === undefined ? {} : { hint })
}
