// What the coordinators know of transactions, asked of every broker. One that does not answer hides
// its own: that is said, and the others are shown.

import { SluiceError } from '@sluice/core/connector'
import type { ClusterClient } from '../cluster/cluster-client.ts'
import { describeTransactions, listTransactions } from '../wire/message/transaction-listing.ts'

/** A transaction as its coordinator describes it. */
export interface DescribedTransaction {
  readonly transactionalId: string
  /** As Kafka spells it: `Ongoing`, `PrepareCommit`, `CompleteAbort`, … */
  readonly state: string
  readonly producerId: number
  readonly epoch: number
  readonly timeoutMs: number
  /** When it began, by the clock of the broker; undefined where none is open. */
  readonly beganAtMs: number | undefined
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[]
}

/** A broker that could not be asked. */
export interface SilentBroker {
  readonly nodeId: number
  readonly address: string
  readonly error: SluiceError
}

/** The ids that the brokers list, in order, and who did not answer. */
export interface ListedTransactions {
  readonly listed: readonly {
    readonly transactionalId: string
    readonly producerId: number
    readonly state: string
  }[]
  readonly silent: readonly SilentBroker[]
}

const openStates = new Set(['Ongoing', 'PrepareCommit', 'PrepareAbort', 'PrepareEpochFence'])
const notFound = 105

/** Whether readers of its partitions wait for it. A state of a newer broker may be open. */
export function isOpenState(state: string): boolean {
  return (
    openStates.has(state) || !['Empty', 'CompleteCommit', 'CompleteAbort', 'Dead'].includes(state)
  )
}

/** Asks all brokers; only ids of these producers where some are given. */
export async function listEverywhere(
  client: ClusterClient,
  producerIds: readonly number[] = [],
): Promise<ListedTransactions> {
  await client.topics([])
  const silent: SilentBroker[] = []
  const answers = await Promise.all(
    [...client.map.brokers.values()].map(async ({ nodeId, host, port }) => {
      try {
        const { transactionStates } = await client.ask(
          { kind: 'broker', nodeId },
          listTransactions,
          { producerIdFilters: producerIds },
          {
            what: `Listing the transactions of broker ${nodeId}`,
            codeOf: ({ errorCode }) => errorCode,
          },
        )
        return transactionStates
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error
        silent.push({ nodeId, address: `${host}:${port}`, error })
        return []
      }
    }),
  )
  const [first] = silent
  if (first !== undefined && silent.length === client.map.brokers.size) throw first.error
  const listed = answers.flat().map(({ transactionalId, producerId, transactionState }) => ({
    transactionalId,
    producerId,
    state: transactionState,
  }))
  return {
    listed: listed.toSorted((left, right) => compare(left.transactionalId, right.transactionalId)),
    silent,
  }
}

/** What the coordinator knows of an id; undefined where it knows none. */
export async function describeOne(
  client: ClusterClient,
  transactionalId: string,
): Promise<DescribedTransaction | undefined> {
  const { transactionStates } = await client.ask(
    { kind: 'transaction', id: transactionalId },
    describeTransactions,
    { transactionalIds: [transactionalId] },
    {
      what: `Asking after transaction ${transactionalId}`,
      codeOf: ({ transactionStates: [found] }) => {
        const code = found?.errorCode ?? 0
        return code === notFound ? 0 : code
      },
    },
  )
  const [found] = transactionStates
  if (found === undefined || found.errorCode === notFound) return undefined
  const partitions = found.topics.flatMap(({ topic, partitions: numbers }) =>
    numbers.map((partition) => ({ topic, partition })),
  )
  return {
    transactionalId,
    state: found.transactionState,
    producerId: found.producerId,
    epoch: found.producerEpoch,
    timeoutMs: found.transactionTimeoutMs,
    beganAtMs: found.transactionStartTimeMs < 0 ? undefined : found.transactionStartTimeMs,
    partitions: partitions.toSorted(
      (left, right) => compare(left.topic, right.topic) || left.partition - right.partition,
    ),
  }
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
