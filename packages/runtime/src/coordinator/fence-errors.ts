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

/**
 * What a run that lives meets when it reads the log. Only a newer run can have written an entry of
 * a newer format there: to a run that starts that is an error of its own, to one that runs it says
 * that it is over.
 */
export async function readAsRunning<Result>(
  mine: Generation | undefined,
  read: () => Promise<Result>,
): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    const isNewer = error instanceof SluiceError && error.code === 'CHECKPOINT_FORMAT_NEWER'
    if (!isNewer || mine === undefined) throw error
    throw new SluiceError(
      'FENCED',
      `A run by a newer version of Sluice has taken over from generation ${mine}.`,
      { hint: 'Nothing is lost. Leave the job to that run.', cause: error },
    )
  }
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
    const newer = fencedBy(await readAsRunning(mine, () => log.read()), mine)
    return newer === undefined ? error : fencedError(mine, newer.position)
  } catch (unread) {
    if (unread instanceof SluiceError && unread.code === 'FENCED') return unread
    logger.warn('It is unknown whether a newer run has taken over.', { error: String(unread) })
    return error
  }
}
