// What a log of checkpoints says of the transactions of its job: which of them the newest entry
// promised, and which runs are over. Without a log nobody can tell an orphan from a promise.

import type { NamedCommittable } from '@sluice/core/connector'
import {
  committableKind,
  decodeTransaction,
  type TransactionCommittable,
} from '../transaction/committable.ts'
import type { TransactionalId } from '../transaction/transactional-id.ts'

/** The log of checkpoints of a job, read by whoever calls. */
export interface JobCheckpoints {
  readonly job: string
  readonly logId: string
  /** Of the newest run: what belongs to lower ones is named by the newest entry, or by nobody. */
  readonly generation: number
  /**
   * What the newest entry owes; `none` where there is no entry yet, `unreadable` where nobody can
   * tell.
   */
  readonly newest: OwedByEntry | 'none' | 'unreadable'
}

/** What one entry promised to sinks of whatever kind, without what the operator gave up. */
export interface OwedByEntry {
  readonly checkpoint: number
  readonly owes: readonly NamedCommittable[]
  /** It is noted that all of it is committed. */
  readonly proven: boolean
}

/**
 * What the log says of a transactional id.
 * - `promised`: the newest entry names it; `proven` says whether its commit is noted.
 * - `orphan`: of a run that is over, and named by nobody: no entry will ever name it.
 * - `may-be-promised`: of the newest run, which may name it at any moment if it lives.
 * - `unknown`: of another job or history, not ours at all, or the log cannot be read.
 */
export type PromiseState =
  | {
      readonly kind: 'promised'
      readonly checkpoint: number
      readonly proven: boolean
      readonly committable: TransactionCommittable
    }
  | { readonly kind: 'orphan' }
  | { readonly kind: 'may-be-promised' }
  | { readonly kind: 'unknown' }

/** Decides; throws CHECKPOINT_FORMAT_NEWER for a committable that nobody knows yet. */
export function promiseOf(
  transactionalId: string,
  id: TransactionalId | undefined,
  checkpoints: readonly JobCheckpoints[],
): PromiseState {
  if (id === undefined || id.kind === 'staged') return { kind: 'unknown' }
  const own = checkpoints.find(({ job, logId }) => job === id.job && logId === id.logId)
  if (own === undefined || own.newest === 'unreadable') return { kind: 'unknown' }
  const { newest, generation } = own
  if (newest !== 'none') {
    const { checkpoint, proven } = newest
    for (const { name, bytes } of newest.owes) {
      // What other connectors prepared has another layout.
      if (name.sink !== id.sink || committableKind(bytes) !== 'transaction') continue
      const committable = decodeTransaction(bytes)
      if (committable.transactionalId !== transactionalId) continue
      return { kind: 'promised', checkpoint, proven, committable }
    }
  }
  return { kind: id.generation < generation ? 'orphan' : 'may-be-promised' }
}
