// Which of the transactions that the brokers list are ended, and why the others are left alone. A
// run ends only ids of lower generations of its own log that the newest entry below its fence does
// not name, and it ends them with InitProducerId: that aborts what is open and fences the sleeper
// who opened it. EndTxn would leave him his epoch (version 1), and he would go on.

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
  /** The operator said `--start-over`: other logs of this job are ended too. */
  readonly startOver: boolean
}

/**
 * What becomes of a listed transaction.
 * - `abort`: InitProducerId, now: it is open and nobody will commit it.
 * - `fence`: InitProducerId, once in the life of the run: nothing is open, but a sleeper of a lower
 *   generation holds an epoch with which he could still open something.
 * - The rest is left alone: `foreign` is another job's or nobody's of ours, `other-log` another
 *   history of this job, `not-older` of this generation or a later one, `promised` named by the
 *   newest entry below the fence, `shared` a staged id that is not open: all generations use it.
 */
export type SweepVerdict =
  | 'abort'
  | 'fence'
  | 'foreign'
  | 'other-log'
  | 'not-older'
  | 'promised'
  | 'shared'

/** Decides over one listed transaction. */
export function decideSweep(listed: ListedTransaction, scope: SweepScope): SweepVerdict {
  const id = parseTransactionalId(listed.transactionalId)
  if (id === undefined || id.job !== scope.job) return 'foreign'
  const open = isOpen(listed.state)
  if (id.logId !== scope.logId) {
    if (!scope.startOver) return 'other-log'
    return open ? 'abort' : 'fence'
  }
  if (id.kind === 'staged') return open ? 'abort' : 'shared'
  if (id.generation >= scope.generation) return 'not-older'
  if (scope.promised.has(listed.transactionalId)) return 'promised'
  return open ? 'abort' : 'fence'
}

/** One that is being committed is not ours to stop; one that is being aborted ends by itself. */
function isOpen(state: TransactionState): boolean {
  return state === 'Ongoing' || state === 'PrepareEpochFence'
}

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
  const { logId, sink, generation } = name
  const parts = name.part.split('/').map(Number)
  const [subtask, slot] = parts
  if (subtask === undefined || parts.length > 2 || !parts.every(Number.isSafeInteger)) {
    return undefined
  }
  if (slot !== undefined) return { kind: 'slot', job, logId, generation, sink, subtask, slot }
  const isStaged = generation === beforeAllGenerations
  return isStaged ? { kind: 'staged', job, logId, sink, subtask } : undefined
}
