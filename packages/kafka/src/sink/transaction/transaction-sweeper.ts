// Finds the transactions of a job that nobody will commit, by what the brokers list, and ends them.

import { type CommitterContext, type CommittableName } from '@sluice/core/connector'
import type { ClusterClient } from '../../cluster/cluster-client.ts'
import { decodeTransaction } from '../../transaction/committable.ts'
import { transactionStates } from '../../transaction/decide-outcome.ts'
import {
  decideSweep,
  idOfOrphan,
  type ListedTransaction,
  orphanName,
} from '../../transaction/decide-sweep.ts'
import {
  formatTransactionalId,
  parseTransactionalId,
  type TransactionalId,
} from '../../transaction/transactional-id.ts'
import { listTransactions } from '../../wire/message/transaction-listing.ts'
import { initProducerId } from '../../wire/message/transactions.ts'

/** Only to end what was open: nothing is written under it. */
const abortTimeoutMs = 10_000

/** All that the brokers of a cluster list. */
async function listAllTransactions(client: ClusterClient): Promise<ListedTransaction[]> {
  await client.topics([])
  const listed = await Promise.all(
    [...client.map.brokers.keys()].map((nodeId) =>
      client.ask(
        { kind: 'broker', nodeId },
        listTransactions,
        {},
        { what: 'Listing transactions', codeOf: ({ errorCode }) => errorCode },
      ),
    ),
  )
  return listed
    .flatMap((answer) => answer.transactionStates)
    .map(({ transactionalId, transactionState }) => ({
      transactionalId,
      // A state of a newer broker: it may be open, and InitProducerId is right for any.
      state: transactionStates.find((each) => each === transactionState) ?? 'Ongoing',
    }))
}

export class TransactionSweeper {
  readonly #context: CommitterContext
  readonly #client: ClusterClient
  readonly #promised: ReadonlySet<string>
  /** Ids of lower generations that nobody can use any more. */
  readonly #fenced = new Set<string>()
  #startOver = false

  constructor(context: CommitterContext, client: ClusterClient) {
    this.#context = context
    this.#client = client
    this.#promised = promisedIds(context)
  }

  async findOrphans(logId: string): Promise<readonly CommittableName[]> {
    const { job, generation } = this.#context
    const scope = {
      job,
      logId,
      generation,
      promised: this.#promised,
      startOver: this.#startOver,
    }
    const orphans: CommittableName[] = []
    for (const listed of await listAllTransactions(this.#client)) {
      const verdict = decideSweep(listed, scope)
      const id = parseTransactionalId(listed.transactionalId)
      if (id === undefined) continue
      const isOrphan =
        verdict === 'abort' || (verdict === 'fence' && !this.#fenced.has(listed.transactionalId))
      if (isOrphan) orphans.push(orphanName(id))
    }
    return orphans
  }

  async abort(name: CommittableName): Promise<void> {
    const id = idOfOrphan(this.#context.job, name)
    if (id === undefined) return
    await this.#end(formatTransactionalId(id))
  }

  async #end(transactionalId: string): Promise<void> {
    await this.#client.ask(
      { kind: 'transaction', id: transactionalId },
      initProducerId,
      { transactionalId, transactionTimeoutMs: abortTimeoutMs },
      {
        what: `Aborting what is left of transaction ${transactionalId}`,
        codeOf: ({ errorCode }) => errorCode,
        purpose: 'commit',
      },
    )
    this.#fenced.add(transactionalId)
  }

  async findForeignHistory(logId: string): Promise<string | undefined> {
    const others = new Set<string>()
    for (const id of await this.#foreignIds(logId)) others.add(id.logId)
    if (others.size === 0) return undefined
    const logs = [...others].map((each) => `'${each}'`).join(', ')
    return `the brokers know transactions of it under log id ${logs}`
  }

  /**
   * Ends what other histories of this job and sink have left. Their ids are fenced and empty then,
   * which is no trace any more.
   */
  async startOver(logId: string): Promise<void> {
    this.#startOver = true
    for (const id of await this.#foreignIds(logId)) await this.#end(formatTransactionalId(id))
  }

  async #foreignIds(logId: string): Promise<TransactionalId[]> {
    const { job, sink } = this.#context
    const listed = await listAllTransactions(this.#client)
    return listed.flatMap(({ transactionalId, state }) => {
      const id = parseTransactionalId(transactionalId)
      const isForeign = id?.job === job && id.sink === sink && id.logId !== logId
      return isForeign && state !== 'Empty' ? [id] : []
    })
  }
}

function promisedIds({ promised }: CommitterContext): ReadonlySet<string> {
  const ids = promised.flatMap(({ bytes }) => {
    try {
      return [decodeTransaction(bytes).transactionalId]
    } catch {
      // What another connector, or the staged mode, has prepared.
      return []
    }
  })
  return new Set(ids.filter((id) => parseTransactionalId(id) !== undefined))
}
