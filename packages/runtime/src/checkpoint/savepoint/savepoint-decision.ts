// What starting from a savepoint means for the log in which the job goes on. Pure: the log and the
// savepoint in, the decision out.

import type { CheckpointId } from '../protocol/identifiers.ts'
import type { CheckpointEntry } from '../protocol/log/entry.ts'
import { type LogView, newestCheckpointSlot } from '../protocol/log/log-view.ts'
import { restorable } from '../protocol/recovery-plan.ts'
import type { Savepoint } from './savepoint.ts'

export type SavepointDecision =
  /** This timeline began with it: a run that starts again with the same words goes on. */
  | { readonly kind: 'begun' }
  /** Its checkpoint is still kept in this log, so that one is restored. */
  | { readonly kind: 'kept'; readonly checkpoint: CheckpointId }
  /**
   * Its state is copied into this log and becomes its newest checkpoint. `leavesTimeline`: what
   * the log holds is left behind, so output may be repeated.
   */
  | { readonly kind: 'import'; readonly leavesTimeline: boolean }

/** `goesOnFrom`: what a run would restore that asks for nothing. */
export function judgeSavepoint(
  view: LogView,
  savepoint: Savepoint,
  goesOnFrom: CheckpointEntry | undefined,
): SavepointDecision {
  if (goesOnFrom?.begunFrom?.id === savepoint.id) return { kind: 'begun' }
  const { origin } = savepoint
  if (origin !== null && origin.logId === view.logId) {
    const kept = restorable(view).find((entry) => entry.position === origin.position)
    if (kept !== undefined) return { kind: 'kept', checkpoint: kept.checkpoint }
  }
  return { kind: 'import', leavesTimeline: newestCheckpointSlot(view) !== undefined }
}
