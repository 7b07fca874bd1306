// Notes that all commits of a checkpoint are proven. They spare a later run the work of committing
// again and license nothing. A note names log and position, so that one left by another log counts
// for nothing.

import type { Logger } from '@sluice/core/connector'
import type { CheckpointStorage } from '../storage/checkpoint-storage.ts'
import type { CheckpointEntry } from './protocol/log/entry.ts'

const namePattern = /^committed-([1-9][0-9]*)$/

/** A note that cannot be written costs some work, and nothing else. */
export async function noteCommitted(
  storage: CheckpointStorage,
  entry: CheckpointEntry,
  log: Logger,
): Promise<void> {
  try {
    await storage.writeNote(nameOf(entry), new TextEncoder().encode(contentOf(entry)))
  } catch (error) {
    log.warn(`It could not be noted that checkpoint ${entry.checkpoint} is committed.`, {
      error: String(error),
    })
  }
}

/** A note that cannot be read is no note: committing once more does no harm. */
export async function isNotedCommitted(
  storage: CheckpointStorage,
  entry: CheckpointEntry,
  log: Logger,
): Promise<boolean> {
  try {
    const note = await storage.readNote(nameOf(entry))
    return note !== undefined && new TextDecoder().decode(note) === contentOf(entry)
  } catch (error) {
    log.warn(
      `It is unknown whether checkpoint ${entry.checkpoint} is committed; it is done again.`,
      {
        error: String(error),
      },
    )
    return false
  }
}

/** Deletes those of the listed notes whose checkpoints are no longer retained. */
export async function collectNotes(
  storage: CheckpointStorage,
  listed: readonly string[],
  entry: CheckpointEntry,
): Promise<void> {
  const oldest = Math.min(...entry.retained.map((kept) => kept.checkpoint))
  for (const note of listed) {
    const checkpoint = namePattern.exec(note)?.[1]
    if (checkpoint !== undefined && Number(checkpoint) < oldest) await storage.deleteNote(note)
  }
}

function nameOf(entry: CheckpointEntry): string {
  return `committed-${entry.checkpoint}`
}

function contentOf(entry: CheckpointEntry): string {
  return `${entry.logId} ${entry.position}\n`
}
