// What to do when a segment of the checkpoint to be restored is damaged. The one before is used
// only where that repeats nothing and loses nothing; otherwise the job stops and the operator
// decides.

import { SluiceError } from '@sluice/core/internal'
import type { CheckpointEntry } from './log/entry.ts'
import { restorable } from './recovery-plan.ts'
import type { LogView } from './log/log-view.ts'

export type DamageDecision =
  /** Append a fence that restores this one, and say so loudly. */
  | { readonly kind: 'use-earlier'; readonly entry: CheckpointEntry }
  | { readonly kind: 'stop'; readonly error: SluiceError }

/** Decides for a readable entry whose segments fail their checksums. */
export function judgeDamagedSegments(
  view: LogView,
  entry: CheckpointEntry,
  segments: readonly string[],
): DamageDecision {
  const earlier = restorable(view).findLast((kept) => kept.position < entry.position)
  const newest = restorable(view).at(-1)
  // Where its predecessor cannot be read either, nobody knows what that one has committed.
  const predecessor = entry.retained.findLast((kept) => kept.position < entry.position)
  const harmless =
    newest?.position === entry.position &&
    earlier?.position === predecessor?.position &&
    entry.owes.length === 0 &&
    entry.idempotentSinks.length === 0 &&
    // Before a savepoint was brought in, the log was on another timeline.
    entry.begunFrom?.id === earlier?.begunFrom?.id
  if (harmless && earlier !== undefined) return { kind: 'use-earlier', entry: earlier }
  const sinks = [
    ...new Set([...entry.owes.map((owed) => owed.name.sink), ...entry.idempotentSinks]),
  ]
  const from = earlier?.checkpoint ?? 'none'
  const concerned = sinks.length === 0 ? '' : ` Sinks concerned: ${sinks.join(', ')}.`
  return {
    kind: 'stop',
    error: new SluiceError(
      'CHECKPOINT_DAMAGED',
      `Checkpoint ${entry.checkpoint} cannot be restored: damaged are ${segments.join(', ')}.` +
        `${concerned} Nothing was aborted.`,
      {
        hint: `Restore them from a copy, or go on with \`--from ${from} --accept-duplicates\`.`,
        where: { checkpoint: entry.checkpoint },
      },
    ),
  }
}
