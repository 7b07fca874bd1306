// The committer of `commit: 'transaction'`: ends prepared transactions from whatever process, by
// the numbers in their committables alone. Before an error is believed the coordinator is asked,
// then the ledger record that is part of the transaction. What is found of lower generations and
// named by no entry is aborted, by what the brokers list.

import {
  type Committer,
  type CommitterContext,
  type NamedCommittable,
  SluiceError,
} from '@sluice/core/connector'
import type { ClusterClient } from '../../cluster/cluster-client.ts'
import type { TopicPlace } from '../../cluster/cluster-map.ts'
import { readLedger } from '../../ledger/ledger-reader.ts'
import type { EndAnswer } from '../../transaction/answers.ts'
import { decodeTransaction, type TransactionCommittable } from '../../transaction/committable.ts'
import {
  decideOutcome,
  type DescribedTransaction,
  type LedgerFinding,
  type OutcomeFacts,
  type TransactionState,
  transactionStates,
} from '../../transaction/decide-outcome.ts'
import { impossibleCommit } from '../../transaction/impossible-commit.ts'
import { findOutcome } from '../../transaction/ledger-scan.ts'
import { connectTimeoutWithin, mayPromise } from '../../transaction/transaction-time.ts'
import { describeTransactions } from '../../wire/message/transaction-listing.ts'
import { promisedTooLate } from '../sink-errors.ts'
import { endTransaction } from './end-transaction.ts'
import { SweepingCommitter } from './sweeping-committer.ts'
import type { TransactionSweeper } from './transaction-sweeper.ts'

const notFound = 105

export class TransactionCommitter extends SweepingCommitter implements Committer {
  readonly #client: ClusterClient
  readonly #ledger: TopicPlace
  /** How long commits took of late. */
  #lastedMs = 0

  constructor(
    context: CommitterContext,
    client: ClusterClient,
    ledger: TopicPlace,
    sweeper: TransactionSweeper,
  ) {
    super(context, sweeper)
    this.#client = client
    this.#ledger = ledger
  }

  async commit({ bytes }: NamedCommittable): Promise<void> {
    const committable = decodeTransaction(bytes)
    const { clock } = this.context
    const before = clock.monotonic()
    await this.#prove(committable)
    this.#lastedMs = Math.max(clock.monotonic() - before, this.#lastedMs * 0.75)
  }

  checkPromise(committables: readonly NamedCommittable[]): void {
    const { clock, sink } = this.context
    for (const { bytes } of committables) {
      const { abortsAtMs, transactionalId, checkpoint } = decodeTransaction(bytes)
      if (mayPromise(abortsAtMs, clock.now(), this.#lastedMs)) continue
      throw promisedTooLate(sink, transactionalId, checkpoint)
    }
  }

  /** Resolves when it is proven that the transaction is committed. */
  async #prove(committable: TransactionCommittable): Promise<void> {
    let facts: OutcomeFacts = { transaction: committable, answer: await this.#end(committable) }
    for (;;) {
      const decision = decideOutcome(facts)
      switch (decision.kind) {
        case 'committed':
          return
        case 'ask-state':
          facts = { ...facts, described: await this.#describe(committable) }
          break
        case 'ask-ledger':
          facts = { ...facts, ledger: await this.#look(committable) }
          break
        case 'try-again':
          throw this.#failed('COMMIT_FAILED', committable, decision.because)
        case 'refused':
          throw this.#failed('KAFKA_FORBIDDEN', committable, decision.because)
        case 'impossible':
          throw impossibleCommit(this.context.sink, committable, decision.reason)
      }
    }
  }

  async #end(committable: TransactionCommittable): Promise<EndAnswer> {
    const { transactionalId, abortsAtMs } = committable
    const leftMs = (abortsAtMs ?? Number.POSITIVE_INFINITY) - this.context.clock.now()
    // When its time is over nothing is gained by haste.
    const connectMs = leftMs > 0 ? connectTimeoutWithin(leftMs) : undefined
    try {
      return await endTransaction(this.#client, transactionalId, committable, 'commit', connectMs)
    } catch (error) {
      if (error instanceof SluiceError && error.retry === 'never') throw error
      this.context.log.debug(`A commit was not answered: ${String(error)}`, { transactionalId })
      return 'lost'
    }
  }

  async #describe({ transactionalId }: TransactionCommittable): Promise<DescribedTransaction> {
    try {
      const { transactionStates: states } = await this.#client.ask(
        { kind: 'transaction', id: transactionalId },
        describeTransactions,
        { transactionalIds: [transactionalId] },
        {
          what: `Asking after transaction ${transactionalId}`,
          codeOf: ({ transactionStates: [found] }) => {
            const code = found?.errorCode ?? 0
            return code === notFound ? 0 : code
          },
          purpose: 'commit',
        },
      )
      const [found] = states
      if (found?.errorCode === notFound) return { kind: 'not-found' }
      const state = transactionStates.find((each) => each === found?.transactionState)
      if (found === undefined || state === undefined) return { kind: 'unavailable' }
      const { producerId, producerEpoch: epoch } = found
      return { kind: 'known', state: state satisfies TransactionState, producerId, epoch }
    } catch (error) {
      this.context.log.debug(`The coordinator does not answer: ${String(error)}`, {
        transactionalId,
      })
      return { kind: 'unavailable' }
    }
  }

  async #look(committable: TransactionCommittable): Promise<LedgerFinding> {
    const { ledgerPartition, ledgerOffset } = committable
    try {
      const events = await readLedger(this.#client, this.#ledger, ledgerPartition, ledgerOffset)
      return findOutcome(events, committable)
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'CHECKPOINT_FORMAT_NEWER') throw error
      this.context.log.warn(`The ledger cannot be read: ${String(error)}`)
      return 'unavailable'
    }
  }

  #failed(
    code: 'COMMIT_FAILED' | 'KAFKA_FORBIDDEN',
    { transactionalId, checkpoint }: TransactionCommittable,
    because: string,
  ): SluiceError {
    const { sink } = this.context
    const what = `Transaction ${transactionalId} is not committed yet: ${because}.`
    return new SluiceError(code, what, { where: { sink, checkpoint } })
  }
}
