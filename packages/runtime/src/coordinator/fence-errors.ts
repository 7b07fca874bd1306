// How a run learns and says that a newer one has taken over.

import type { Logger } from '@sluice/core/connector'
import { SluiceError } from '@sluice/core/internal'
import type { LogStore } from '../checkpoint/log-store.ts'
import type { Generation } from '../checkpoint/protocol/identifiers.ts'
import { fencedBy, type LogView } from '../checkpoint/protocol/log/log-view.ts'

/** `position`: where the entry of the newer run was met. */
export function fencedError(generation: number, position: number): SluiceError {
  return new SluiceError(
    'FENCED',
    `A newer run of the job has taken over: generation ${generation} met its entry at position ` +
      `${position} of the checkpoint log.`,
    { hint: 'Nothing is lost. Run a job in one place at a time; never restart on this ending.' },
  )
}

/** Throws FENCED where the log shows a newer run. */
export function endIfFenced(view: LogView, mine: Generation): void {
  const newer = fencedBy(view, mine)
  if (newer !== undefined) throw fencedError(mine, newer.position)
}

/**
 * The error with which a run ends. What it meets once a newer one has taken its place says nothing
 * of the job, for the state that it restores may have been collected: so the log is read first.
 */
export async function believedError(
  error: unknown,
  log: LogStore,
  mine: Generation,
  logger: Logger,
): Promise<unknown> {
  try {
    const newer = fencedBy(await log.read(), mine)
    return newer === undefined ? error : fencedError(mine, newer.position)
  } catch (unread) {
    logger.warn('It is unknown whether a newer run has taken over.', { error: String(unread) })
    return error
  }
}
