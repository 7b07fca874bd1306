// Finds the transactions of a job that nobody will commit, by what the brokers list, and ends them:
// at the start, and while the caller waits. Later looks are rare and made aside: what they find is
// told at the next call, what is ended then is ended aside, and no checkpoint waits for a broker.

import {
  type CommitterContext,
  type CommittableName,
  type NamedCommittable,
  SluiceError,
} from '@sluice/core/connector'
import type { ClusterClient } from '../../cluster/cluster-client.ts'
import { committableKind, decodeTransaction } from '../../transaction/committable.ts'
import {
  decideSweep,
  idOfOrphan,
  openStates,
  orphanName,
  slotIdOf,
} from '../../transaction/decide-sweep.ts'
import {
  formatTransactionalId,
  parseTransactionalId,
  type TransactionalId,
} from '../../transaction/transactional-id.ts'
import { initProducerId } from '../../wire/message/transactions.ts'
import { listTransactionsOf } from './listed-transactions.ts'

/** Only to end what was open: nothing is written under it. */
const abortTimeoutMs = 10_000
/** For a broker that hangs: what it did not say is looked for again soon. */
const limits = { timeoutMs: 10_000, deadlineMs: 20_000 }
/** Sleepers wake up soon, if they do; so pauses between looks double. */
const firstPauseMs = 2_000
const longestPauseMs = 60_000
const longestFarewellMs = 3_000

export class TransactionSweeper {
  readonly #context: CommitterContext
  readonly #client: ClusterClient
  readonly #promised: ReadonlySet<string>
  /** Ids that generations share and this run sends under: what is open there may be its own. */
  readonly #used = new Set<string>()
  /** `start` until the first look is told and ended, then looks are made aside. */
  #phase: 'start' | 'started' | 'aside' | 'closed' = 'start'
  #looking = false
  /** Found aside, and not told yet. */
  #found: readonly CommittableName[] = []
  /** Some broker did not answer, or something could not be ended. */
  #incomplete = false
  #pauseMs = firstPauseMs
  #lookedAtMs = 0

  /** Throws CHECKPOINT_DAMAGED or CHECKPOINT_FORMAT_NEWER for promises that it cannot read. */
  constructor(context: CommitterContext, client: ClusterClient) {
    this.#context = context
    this.#client = client
    this.#promised = promisedIds(context)
  }

  /** This run opens transactions under an id that generations share. */
  uses(transactionalId: string): void {
    this.#used.add(transactionalId)
  }

  /** At the first call after a look at all brokers; then what was found aside meanwhile. */
  async findOrphans(logId: string): Promise<readonly CommittableName[]> {
    if (this.#phase === 'start') {
      this.#phase = 'started'
      return await this.#look(logId)
    }
    if (this.#phase === 'started') this.#phase = 'aside'
    const found = this.#found
    this.#found = []
    const sinceMs = this.#context.clock.monotonic() - this.#lookedAtMs
    const pauseMs = this.#incomplete ? firstPauseMs : this.#pauseMs
    if (this.#phase === 'aside' && !this.#looking && sinceMs >= pauseMs) void this.#lookAside(logId)
    return found
  }

  /** At the start when it is ended; later it is ended aside. */
  async abort(name: CommittableName): Promise<void> {
    const id = idOfOrphan(this.#context.job, name)
    if (id === undefined || this.#phase === 'closed') return
    const transactionalId = formatTransactionalId(id)
    if (this.#used.has(transactionalId)) return
    const ended = this.#end(transactionalId, limits).catch((error: unknown) => {
      this.#incomplete = true
      throw error
    })
    if (this.#phase === 'started') return await ended
    ended.catch((error: unknown) => {
      this.#context.log.warn(`${String(error)} It is tried again.`, { transactionalId })
    })
  }

  /** A last look where the last one is old, for there may be no next run; not for long. */
  async close(): Promise<void> {
    const { timers, clock, logId } = this.#context
    const isOver = this.#phase !== 'aside' || this.#incomplete || this.#looking
    const isOld = clock.monotonic() - this.#lookedAtMs >= firstPauseMs
    this.#phase = 'closed'
    if (!isOver && isOld)
      await Promise.race([this.#farewell(logId), timers.sleep(longestFarewellMs)])
    this.#client.close()
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
    for (const id of await this.#foreignIds(logId)) await this.#end(formatTransactionalId(id))
  }

  async #look(logId: string): Promise<readonly CommittableName[]> {
    const { job, generation, clock, log } = this.#context
    this.#incomplete = true
    const { listed, silent } = await listTransactionsOf(
      this.#client,
      { idPattern: `sluice/${job}/${logId}/.*`, states: openStates },
      limits,
    )
    this.#incomplete = silent.length > 0
    this.#lookedAtMs = clock.monotonic()
    for (const error of silent) log.warn(`A sweep is incomplete: ${String(error)}`)
    const scope = { job, logId, generation, promised: this.#promised }
    return listed.flatMap((each) => {
      const id = parseTransactionalId(each.transactionalId)
      const isOrphan = id !== undefined && decideSweep(each, scope) === 'abort'
      return isOrphan && !this.#used.has(each.transactionalId) ? [orphanName(id)] : []
    })
  }

  async #lookAside(logId: string): Promise<void> {
    this.#looking = true
    try {
      this.#found = await this.#look(logId)
      this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
    } catch (error) {
      this.#lookedAtMs = this.#context.clock.monotonic()
      if (this.#phase !== 'closed') this.#context.log.warn(`A sweep has failed: ${String(error)}`)
    } finally {
      this.#looking = false
    }
  }

  /** An id that generations share may be a successor's by now. */
  async #farewell(logId: string): Promise<void> {
    const { log, job } = this.#context
    try {
      for (const name of await this.#look(logId)) {
        const id = idOfOrphan(job, name)
        if (id?.kind === 'slot') await this.#end(formatTransactionalId(id), limits)
      }
    } catch (error) {
      log.debug(`The last sweep has failed: ${String(error)}`)
    }
  }

  async #end(transactionalId: string, within: Partial<typeof limits> = {}): Promise<void> {
    await this.#client.ask(
      { kind: 'transaction', id: transactionalId },
      initProducerId,
      { transactionalId, transactionTimeoutMs: abortTimeoutMs },
      {
        what: `Aborting what is left of transaction ${transactionalId}`,
        codeOf: ({ errorCode }) => errorCode,
        purpose: 'sweep',
        ...within,
      },
    )
  }

  /** Of all states, and by all brokers: what one of them hides would be adopted unseen. */
  async #foreignIds(logId: string): Promise<TransactionalId[]> {
    const { job, sink } = this.#context
    const { listed, silent } = await listTransactionsOf(this.#client, {
      idPattern: `sluice/${job}/.*`,
      states: [],
    })
    const [first] = silent
    if (first !== undefined) throw first
    return listed.flatMap(({ transactionalId, state }) => {
      const id = parseTransactionalId(transactionalId)
      const isForeign = id?.job === job && id.sink === sink && id.logId !== logId
      return isForeign && state !== 'Empty' ? [id] : []
    })
  }
}

/**
 * The ids that are promised. Names say them, also those of sinks that the job no longer has, whose
 * bytes may be another connector's; those of this sink are read, and have to be readable.
 */
function promisedIds({ job, sink, promised }: CommitterContext): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const { name, bytes } of promised) {
    const named = slotIdOf(job, name)
    if (named !== undefined) ids.add(formatTransactionalId(named))
    if (name.sink === sink && isTransaction(bytes))
      ids.add(decodeTransaction(bytes).transactionalId)
  }
  return ids
}

/** False: staged, or prepared in a way that this version does not know: another connector's. */
function isTransaction(bytes: NamedCommittable['bytes']): boolean {
  try {
    return committableKind(bytes) === 'transaction'
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'CHECKPOINT_FORMAT_NEWER') return false
    throw error
  }
}
