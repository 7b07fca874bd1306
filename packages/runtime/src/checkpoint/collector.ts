// Deletes what the newest entry no longer retains: the floor first, durably, then entries, then
// segments and notes. What is still read, and what an error leaves, is left for the next time;
// nothing here is needed for correctness.

import type { Logger } from '@sluice/core/connector'
import type { CheckpointStorage } from '../storage/checkpoint-storage.ts'
import { collectNotes } from './commit-notes.ts'
import { planCollection } from './protocol/collection.ts'
import type { FinishedEntry, StandingEntry } from './protocol/log/append.ts'
import type { CheckpointEntry } from './protocol/log/entry.ts'
import { pinnedByTools } from './savepoint/read-pins.ts'

export interface CollectionLimits {
  /** False once nothing may be deleted any more. */
  readonly goesOn: () => boolean
  /** Segments that this run still reads. */
  readonly pinned: ReadonlySet<string>
  /** By which the pins of tools end. */
  readonly nowMs: number
}

export async function collect(
  storage: CheckpointStorage,
  standing: StandingEntry<CheckpointEntry> | FinishedEntry,
  log: Logger,
  { goesOn, pinned, nowMs }: CollectionLimits,
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
    // Listed while the entry stands: a tool that pins later finds in the log that these are gone.
    const notes = await storage.listNotes()
    const read = await pinnedByTools(storage, notes, nowMs)
    for (const segment of plan.segments) {
      if (!goesOn()) return
      if (!pinned.has(segment) && !read.has(segment)) await storage.deleteSegment(segment)
    }
    await collectNotes(storage, notes, standing.entry)
  } catch (error) {
    log.warn('Old checkpoints could not be deleted; it is tried again after the next one.', {
      error: String(error),
    })
  }
}
