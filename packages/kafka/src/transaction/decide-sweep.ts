// Which of the transactions that the brokers list are ended, and why the others are left alone. A
// run ends only ids of lower generations of its own log that the newest entry below its fence does
// not name, and only while a transaction is open there: that is what readers wait for. It ends them
// with InitProducerId, which fences the sleeper who opened it, too. EndTxn would leave him his
// epoch (version 1), and he would go on.

import type { CommittableName } from '@sluice/core/connector'
import type { TransactionState } from './decide-outcome.ts'
import { parseTransactionalId, type SlotId, type StagedId } from './transactional-id.ts'

/** A transaction as a broker lists it. */
export interface ListedTransaction {
  readonly transactionalId: string
  readonly state: TransactionState
}

/** On whose behalf is swept. */
export interface SweepScope {
  readonly job: string
  readonly logId: string
  /** Of the run that sweeps. */
  readonly generation: number
  /** Transactional ids that the newest entry below the fence names. */
  readonly promised: ReadonlySet<string>
}

/**
 * What becomes of a listed transaction.
 * - `abort`: InitProducerId, now: it is open and nobody will commit it.
 * - The rest is left alone: `foreign` is another job's or nobody's of ours, `other-log` another
 *   history of this job, `not-older` of this generation or a later one, `promised` named by the
 *   newest entry below the fence, `closed` has nothing open. A sleeper who holds an epoch of it may
 *   open something there yet, as he may under a new id: no entry of his will ever promise it, and
 *   a later look finds it open.
 */
export type SweepVerdict = 'abort' | 'foreign' | 'other-log' | 'not-older' | 'promised' | 'closed'

/** Decides over one listed transaction. */
export function decideSweep(listed: ListedTransaction, scope: SweepScope): SweepVerdict {
  const id = parseTransactionalId(listed.transactionalId)
  if (id === undefined || id.job !== scope.job) return 'foreign'
  if (id.logId !== scope.logId) return 'other-log'
  if (id.kind === 'slot') {
    if (id.generation >= scope.generation) return 'not-older'
    if (scope.promised.has(listed.transactionalId)) return 'promised'
  }
  return openStates.includes(listed.state) ? 'abort' : 'closed'
}

/** One that is being committed is not ours to stop; one that is being aborted ends by itself. */
export const openStates: readonly TransactionState[] = ['Ongoing', 'PrepareEpochFence']

/**
 * The checkpoint in the name of an orphan: real ones count from 1. A transactional id does not say
 * for which checkpoint it was opened, so `promised` is decided here, by the whole id.
 */
const unknownCheckpoint = 0
/** Below every generation: a staged id that is open at a sweep is nobody's any more. */
const beforeAllGenerations = 0

/** The name under which the engine hears of an orphan. */
export function orphanName(id: SlotId | StagedId): CommittableName {
  const { logId, sink, subtask } = id
  const staged = id.kind === 'staged'
  return {
    logId,
    sink,
    generation: staged ? beforeAllGenerations : id.generation,
    checkpoint: unknownCheckpoint,
    part: staged ? `${subtask}` : `${subtask}/${id.slot}`,
  }
}

/** The id behind the name of an orphan; undefined for a name that `orphanName` did not make. */
export function idOfOrphan(job: string, name: CommittableName): SlotId | StagedId | undefined {
  if (name.checkpoint !== unknownCheckpoint) return undefined
  const { logId, sink, generation, part } = name
  if (generation !== beforeAllGenerations) return slotIdOf(job, name)
  const subtask = countOf(part)
  return subtask === undefined ? undefined : { kind: 'staged', job, logId, sink, subtask }
}

/** The id under which something of this name was prepared; undefined where it is not of ours. */
export function slotIdOf(job: string, name: CommittableName): SlotId | undefined {
  const { logId, sink, generation, part } = name
  const [first = '', second = '', ...more] = part.split('/')
  const [subtask, slot] = [countOf(first), countOf(second)]
  if (subtask === undefined || slot === undefined || more.length > 0) return undefined
  return { kind: 'slot', job, logId, generation, sink, subtask, slot }
}

function countOf(text: string): number | undefined {
  return /^(0|[1-9][0-9]{0,8})$/.test(text) ? Number(text) : undefined
}
