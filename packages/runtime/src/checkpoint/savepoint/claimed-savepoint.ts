// Removes a savepoint whose state a job has taken over. Only what its manifest names goes: a folder
// in which somebody has put something else stays, and that is said.

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
      ...(await files.list(`${path}/segments`)).filter((name) => !named.has(name)),
    ]
    if (foreign.length > 0) {
      log.warn('The claimed savepoint is not removed: its folder holds something else.', {
        path,
        found: foreign,
      })
      return
    }
    // Without its manifest it is no savepoint any more.
    await files.remove(`${path}/${manifestName}`)
    await files.syncDirectory(path)
    for (const name of named) await files.remove(folder.segmentPath(name))
    await files.removeDirectory(`${path}/segments`)
    await files.removeDirectory(path)
  } catch (error) {
    log.warn('The claimed savepoint could not be removed.', { path, error: String(error) })
  }
}
