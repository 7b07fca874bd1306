// Segments that a run still reads for a savepoint, said in notes of its storage: another process
// that clears up leaves them alone. The run itself needs none of it, and the next run removes what
// a dead one has left.

import type { Logger, Random } from '@sluice/core/connector'
import type { CheckpointStorage } from '../../storage/checkpoint-storage.ts'
import type { Generation } from '../protocol/identifiers.ts'

const namePattern = /^reading-([1-9][0-9]*)-[0-9a-f]+$/

/** Resolves with what takes the pin away again. Errors are told to the log alone. */
export async function pinSegments(
  storage: CheckpointStorage,
  { random, log }: { readonly random: Random; readonly log: Logger },
  generation: Generation,
  segments: readonly string[],
): Promise<() => Promise<void>> {
  const note = `reading-${generation}-${random.hex(8)}`
  const attempt = async (call: () => Promise<void>): Promise<void> => {
    try {
      await call()
    } catch (error) {
      log.warn('What a savepoint reads could not be noted, or its note not removed.', {
        note,
        error: String(error),
      })
    }
  }
  await attempt(() => storage.writeNote(note, new TextEncoder().encode(segments.join('\n'))))
  return () => attempt(() => storage.deleteNote(note))
}

/** Read after the entry that says what is kept: a pin that comes later is of segments it keeps. */
export async function pinnedSegments(storage: CheckpointStorage): Promise<ReadonlySet<string>> {
  const pinned = new Set<string>()
  for (const name of await storage.listNotes()) {
    const note = namePattern.test(name) ? await storage.readNote(name) : undefined
    if (note === undefined) continue
    for (const segment of new TextDecoder().decode(note).split('\n')) pinned.add(segment)
  }
  return pinned
}

/** Removes the pins of runs before this generation; errors are told to the log alone. */
export async function removePinsBefore(
  storage: CheckpointStorage,
  generation: Generation,
  log: Logger,
): Promise<void> {
  try {
    for (const name of await storage.listNotes()) {
      const of = namePattern.exec(name)?.[1]
      if (of !== undefined && Number(of) < generation) await storage.deleteNote(name)
    }
  } catch (error) {
    log.warn('Notes of what older runs read could not be removed.', { error: String(error) })
  }
}
