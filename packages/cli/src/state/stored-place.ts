// Which stored state a command speaks of: a savepoint by its name or path, a checkpoint by its id,
// or the newest one of a job. Looking never creates anything.

import { SluiceError } from '@sluice/core/internal'
import {
  createNodePlatform,
  isSavepointName,
  localFolder,
  type OpenSavepoint,
  readCheckpoint,
  readSavepoint,
  type StateReader,
} from '@sluice/runtime/internal'
import { findPlace, type PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { hasLog } from '../checkpoint/log-inspection.ts'
import type { Invocation } from '../invocation.ts'
import { findSavepoint } from '../savepoint/savepoint-place.ts'

export const toolPlatform = createNodePlatform({ logLevel: 'silent' })

/** Throws CHECKPOINT_NOT_FOUND and what the savepoint or checkpoint has wrong with it. */
export async function findStored(
  name: string,
  where: string | undefined,
  options: PlaceOptions,
  invocation: Invocation,
): Promise<StateReader> {
  const id = name === 'latest' ? name : /^[1-9]\d{0,14}$/.test(name) ? Number(name) : undefined
  if (id !== undefined) {
    const place = await findPlace(where, options, invocation)
    return await readCheckpoint(toolPlatform, folderOf(place), id)
  }
  if (!isSavepointName(name) && hasLog(name)) {
    return await readCheckpoint(toolPlatform, folderOf(name), 'latest')
  }
  return await openedSavepoint(name, where, options, invocation)
}

/** A savepoint by its name, or by the path of its folder with a slash in it. */
export async function openedSavepoint(
  name: string,
  where: string | undefined,
  options: PlaceOptions,
  invocation: Invocation,
): Promise<OpenSavepoint> {
  const { path } = await findSavepoint(name, where, options, invocation)
  return await readSavepoint(toolPlatform, path)
}

/** The folder of a place; only those of this machine can be read offline. */
export function folderOf(place: string): string {
  const folder = localFolder(place)
  if (folder !== undefined) return folder
  throw new SluiceError('USAGE', `${place} is no folder on this machine.`, {
    hint: 'Copy it here, and name the folder.',
  })
}
