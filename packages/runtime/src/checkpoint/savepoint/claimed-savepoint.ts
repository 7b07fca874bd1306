// Removes a savepoint whose state a job has taken over. It goes from its place at one instant, by a
// rename; what is deleted then is no savepoint any more. Only what its manifest names goes: a
// folder in which somebody has put something else stays, and that is said.

import type { FileSystem } from '@sluice/core/connector'
import { removeTree } from '../../storage/remove-tree.ts'
import type { StoragePlatform } from '../../storage/storage-platform.ts'
import { manifestName, parentOf, type SavepointFolder } from './savepoint-folder.ts'
import { type SavepointOwner, unfinishedName } from './savepoint-name.ts'
import { type Savepoint, segmentsOf } from './savepoint.ts'

/**
 * Errors are told to the log alone: the job has what it needs. What a process that dies here leaves
 * is hidden, and removed by whoever next sweeps the folder in which the savepoint was.
 */
export async function removeClaimed(
  { files, log, random }: StoragePlatform,
  { path }: SavepointFolder,
  savepoint: Savepoint,
  owner: SavepointOwner,
): Promise<void> {
  const keep = (found: readonly string[]): void => {
    const what = 'The claimed savepoint is not removed: its folder holds something else.'
    log.warn(what, { path, found })
  }
  try {
    const foreign = await foreignIn(files, path, savepoint)
    if (foreign.length > 0) return keep(foreign)
    const parent = parentOf(path)
    const hidden = `${parent}/${unfinishedName('garbage', owner, random.hex(8))}`
    await files.rename(path, hidden)
    // Durable before anything in it goes: it must not come back with parts missing.
    await files.syncDirectory(parent)
    const putThereMeanwhile = await foreignIn(files, hidden, savepoint)
    if (putThereMeanwhile.length > 0) {
      await files.rename(hidden, path)
      return keep(putThereMeanwhile)
    }
    await removeTree(files, hidden)
  } catch (error) {
    log.warn('The claimed savepoint could not be removed.', { path, error: String(error) })
  }
}

/** Names in the folder that its manifest does not know. */
async function foreignIn(
  files: FileSystem,
  path: string,
  { steps }: Savepoint,
): Promise<readonly string[]> {
  const named = new Set(segmentsOf(steps).map(({ name }) => name))
  const isThere = (await files.stat(`${path}/segments`)) !== undefined
  const segments = isThere ? await files.list(`${path}/segments`) : []
  return [
    ...(await files.list(path)).filter((name) => name !== manifestName && name !== 'segments'),
    ...segments.filter((name) => !named.has(name)),
  ]
}
