// Deletes what the newest entry no longer retains: the floor first, durably, then entries, then
// segments and notes. What is still read, and what an error leaves, is left for the next time;
// nothing here is needed for correctness.

import type { Logger } from '@sluice/core/connector'
import type { CheckpointStorage } from '../storage/checkpoint-storage.ts'
import { collectNotes } from './commit-notes.ts'
import { planCollection } from './protocol/collection.ts'
import type { FinishedEntry, StandingEntry } from './protocol/log/append.ts'
import type { CheckpointEntry } from './protocol/log/entry.ts'

export interface CollectionLimits {
  /** False once nothing may be deleted any more. */
  readonly goesOn: () => boolean
  /** Segments that are still read. */
  readonly pinned: ReadonlySet<string>
}

export async function collect(
  storage: CheckpointStorage,
  standing: StandingEntry<CheckpointEntry> | FinishedEntry,
  log: Logger,
  { goesOn, pinned }: CollectionLimits,
): Promise<void> {
  try {
    const plan = planCollection(standing, {
      positions: await storage.listPositions(),
      segments: await storage.listSegments(),
    })
    if (plan.floor > 0 && plan.entries.length > 0) await storage.raiseFloor(plan.floor)
    for (const position of plan.entries) {
      if (!goesOn()) return
      await storage.deleteEntry(position)
    }
    for (const segment of plan.segments) {
      if (!goesOn()) return
      if (!pinned.has(segment)) await storage.deleteSegment(segment)
    }
    await collectNotes(storage, standing.entry)
  } catch (error) {
    log.warn('Old checkpoints could not be deleted; it is tried again after the next one.', {
      error: String(error),
    })
  }
}
