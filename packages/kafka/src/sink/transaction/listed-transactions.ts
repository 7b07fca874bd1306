// What the brokers list of the transactions of a job, as narrowly as each of them can be asked.

import { SluiceError } from '@sluice/core/connector'
import type { AskOptions, ClusterClient } from '../../cluster/cluster-client.ts'
import { type TransactionState, transactionStates } from '../../transaction/decide-outcome.ts'
import type { ListedTransaction } from '../../transaction/decide-sweep.ts'
import { listTransactions } from '../../wire/message/transaction-listing.ts'

export interface TransactionFilter {
  /** A regular expression over whole ids; brokers before 4.1 list all. */
  readonly idPattern: string
  /** Empty: all. */
  readonly states: readonly TransactionState[]
}

export interface TransactionListing {
  readonly listed: readonly ListedTransaction[]
  /** What was answered instead by those whose transactions are not listed. */
  readonly silent: readonly SluiceError[]
}

/** Asks every broker: each knows those that it coordinates. */
export async function listTransactionsOf(
  client: ClusterClient,
  { idPattern, states }: TransactionFilter,
  limits: Pick<AskOptions<unknown>, 'timeoutMs' | 'deadlineMs'> = {},
): Promise<TransactionListing> {
  await client.topics([])
  const silent: SluiceError[] = []
  const answers = await Promise.all(
    [...client.map.brokers.keys()].map(async (nodeId) => {
      try {
        const { transactionStates: answered } = await client.ask(
          { kind: 'broker', nodeId },
          listTransactions,
          { stateFilters: states, transactionalIdPattern: idPattern },
          {
            what: `Listing the transactions of broker ${nodeId}`,
            codeOf: ({ errorCode }) => errorCode,
            purpose: 'sweep',
            ...limits,
          },
        )
        return answered
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error
        silent.push(error)
        return []
      }
    }),
  )
  const listed = answers.flat().map(({ transactionalId, transactionState }) => ({
    transactionalId,
    // A state of a newer broker: it may be open, and InitProducerId is right for any.
    state: transactionStates.find((each) => each === transactionState) ?? 'Ongoing',
  }))
  return { listed, silent }
}
