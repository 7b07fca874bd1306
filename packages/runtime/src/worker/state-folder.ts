// The folder in which the workers of a job keep state on the local disk: where it is, and that it
// can be made and written, which is found out before anything runs. A folder that cannot be would
// otherwise be a failure that no restart mends.

import { FileSystemError } from '@sluice/core/connector'
import { SluiceError, type StateSettings } from '@sluice/core/internal'
import type { Platform } from '../platform/platform.ts'
import { removeTree } from '../storage/remove-tree.ts'

function stateFolder({ path }: StateSettings, job: string): string {
  return path ?? `.sluice/.state/${job}`
}

/** The folder of a log, in which each attempt has one of its own. */
export function logStateFolder(settings: StateSettings, job: string, logId: string): string {
  return `${stateFolder(settings, job)}/${logId || 'no-log'}`
}

/**
 * Removes what an attempt has written whose workers were ended without their help. Without
 * checkpoints its place is not known, and the next run that takes it empties it.
 */
export async function clearStateFolder(
  { files, log }: Pick<Platform, 'files' | 'log'>,
  job: string,
  attempt: { readonly state: StateSettings; readonly logId: string; readonly generation: number },
): Promise<void> {
  const { state, logId, generation } = attempt
  if (state.backend === 'heap' || logId === '') return
  const ofLog = logStateFolder(state, job, logId)
  try {
    await removeTree(files, `${ofLog}/${generation}`)
    await files.removeDirectory(ofLog)
  } catch (error) {
    // There are copies, or another attempt's stores; what stays is swept by the next run.
    log.debug('A folder for state stays.', { folder: ofLog, error: String(error) })
  }
}

/**
 * Makes the folder, and tries out whether folders can be made in it. Only what stays as it is until
 * somebody mends it is refused; a disk that is full or failed just now is met again by the tasks,
 * which try again.
 */
export async function openStateFolder(
  { files }: Pick<Platform, 'files'>,
  settings: StateSettings,
  job: string,
): Promise<void> {
  if (settings.backend === 'heap') return
  const folder = stateFolder(settings, job)
  // One name for all runs: where removing it fails, no second one is left. Others that start now
  // may take it away, or have it there already; neither is refused.
  const probe = `${folder}/.probe`
  try {
    await files.makeDirectory(probe)
    await files.removeDirectory(probe)
  } catch (error) {
    if (error instanceof FileSystemError) refuseWhatStays(folder, error)
  }
}

function refuseWhatStays(folder: string, cause: FileSystemError): void {
  const where = { file: cause.path }
  if (cause.kind === 'not-a-directory') {
    throw new SluiceError(
      'SETTING_INVALID',
      `A file stands where ${folder} needs a folder for state.`,
      { hint: 'Move the file away, or set `state.path` to another folder.', where, cause },
    )
  }
  if (cause.kind === 'forbidden') {
    throw new SluiceError('STORAGE_FORBIDDEN', `No right to keep state in ${folder}.`, {
      hint: 'Give the user that runs the job the right to write there, or set `state.path`.',
      where,
      cause,
    })
  }
}
