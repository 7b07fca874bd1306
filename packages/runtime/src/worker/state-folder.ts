// The folder in which the workers of a job keep state on the local disk: where it is, and that it
// can be made and written, which is found out before anything runs. A folder that cannot be would
// otherwise be a failure that no restart mends.

import { FileSystemError } from '@sluice/core/connector'
import { SluiceError, type StateSettings } from '@sluice/core/internal'
import type { Platform } from '../platform/platform.ts'

export function stateFolder({ path }: StateSettings, job: string): string {
  return path ?? `.sluice/.state/${job}`
}

/** Makes the folder, and tries out whether folders can be made in it. */
export async function openStateFolder(
  { files, random }: Pick<Platform, 'files' | 'random'>,
  settings: StateSettings,
  job: string,
): Promise<void> {
  if (settings.backend === 'heap') return
  const folder = stateFolder(settings, job)
  // Of this run alone: others may be starting in the same folder.
  const probe = `${folder}/.probe-${random.hex(8)}`
  try {
    await files.makeDirectory(probe)
    await files.removeDirectory(probe)
  } catch (error) {
    throw unusable(folder, error)
  }
}

function unusable(folder: string, cause: unknown): SluiceError {
  const kind = cause instanceof FileSystemError ? cause.kind : 'failed'
  const where = { file: cause instanceof FileSystemError ? cause.path : folder }
  if (kind === 'not-a-directory') {
    return new SluiceError(
      'SETTING_INVALID',
      `A file stands where ${folder} needs a folder for state.`,
      { hint: 'Move the file away, or set `state.path` to another folder.', where, cause },
    )
  }
  if (kind === 'forbidden') {
    return new SluiceError('STORAGE_FORBIDDEN', `No right to keep state in ${folder}.`, {
      hint: 'Give the user that runs the job the right to write there, or set `state.path`.',
      where,
      cause,
    })
  }
  if (kind === 'full') {
    return new SluiceError('STORAGE_FULL', `No space is left for state in ${folder}.`, {
      hint: 'Make room, or set `state.path` to a folder on a larger disk.',
      where,
      cause,
    })
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new SluiceError(
    'STATE_STORE_FAILED',
    `The folder for state ${folder} cannot be made: ${reason}.`,
    { hint: 'Set `state.path` to a folder on a local disk.', where, cause },
  )
}
