// Removes a savepoint whose state a job has taken over. Only what its manifest names goes: a folder
// in which somebody has put something else stays, and that is said.

import type { FileSystem } from '@sluice/core/connector'
import type { StoragePlatform } from '../../storage/storage-platform.ts'
import { manifestName, type SavepointFolder } from './savepoint-folder.ts'
import { type Savepoint, segmentsOf } from './savepoint.ts'

/** Errors are told to the log alone: the job has what it needs. */
export async function removeClaimed(
  { files, log }: StoragePlatform,
  folder: SavepointFolder,
  savepoint: Savepoint,
): Promise<void> {
  const { path } = folder
  try {
    const named = new Set(segmentsOf(savepoint.steps).map(({ name }) => name))
    const foreign = [
      ...(await files.list(path)).filter((name) => name !== manifestName && name !== 'segments'),
      ...(await segmentsIn(files, path)).filter((name) => !named.has(name)),
    ]
    if (foreign.length > 0) {
      log.warn('The claimed savepoint is not removed: its folder holds something else.', {
        path,
        found: foreign,
      })
      return
    }
    for (const name of named) await files.remove(folder.segmentPath(name))
    await files.removeDirectory(`${path}/segments`)
    // Last of all, so that a run that begins again finds what there is left to remove.
    await files.remove(`${path}/${manifestName}`)
    await files.removeDirectory(path)
  } catch (error) {
    log.warn('The claimed savepoint could not be removed.', { path, error: String(error) })
  }
}

async function segmentsIn(files: FileSystem, path: string): Promise<readonly string[]> {
  const isThere = (await files.stat(`${path}/segments`)) !== undefined
  return isThere ? await files.list(`${path}/segments`) : []
}
