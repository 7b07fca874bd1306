// Which stored state a command speaks of: a savepoint by its name or path, a checkpoint by its id,
// or the newest one of a job. Looking never creates anything.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SluiceError } from '@sluice/core/internal'
import {
  createNodePlatform,
  isSavepointName,
  localFolder,
  type OpenSavepoint,
  readCheckpoint,
  readSavepoint,
  type StoredState,
} from '@sluice/runtime/internal'
import { findPlace, type PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { hasLog } from '../checkpoint/log-inspection.ts'
import type { Invocation } from '../invocation.ts'

export const toolPlatform = createNodePlatform({ logLevel: 'silent' })

/** Throws CHECKPOINT_NOT_FOUND and what the savepoint or checkpoint has wrong with it. */
export async function findStored(
  name: string,
  where: string | undefined,
  options: PlaceOptions,
  invocation: Invocation,
): Promise<StoredState> {
  const id = name === 'latest' ? name : /^[1-9]\d{0,14}$/.test(name) ? Number(name) : undefined
  if (id !== undefined) {
    return await readCheckpoint(
      toolPlatform,
      folderOf(await findPlace(where, options, invocation)),
      id,
    )
  }
  if (isFolderOfCheckpoints(name))
    return await readCheckpoint(toolPlatform, folderOf(name), 'latest')
  return await findSavepoint(name, where, options, invocation)
}

/** A path has a slash in it, or is there; a name is looked for beside the checkpoints. */
export async function findSavepoint(
  name: string,
  where: string | undefined,
  options: PlaceOptions,
  invocation: Invocation,
): Promise<OpenSavepoint> {
  const isPath = !isSavepointName(name) || existsSync(join(name, 'savepoint'))
  if (isPath) return await readSavepoint(toolPlatform, folderOf(name))
  const place = folderOf(await findPlace(where, options, invocation))
  return await readSavepoint(toolPlatform, join(place, 'savepoints', name))
}

/** The folder of a place; only those of this machine can be read offline. */
export function folderOf(place: string): string {
  const folder = localFolder(place)
  if (folder !== undefined) return folder
  throw new SluiceError('USAGE', `${place} is no folder on this machine.`, {
    hint: 'Copy it here, and name the folder.',
  })
}

function isFolderOfCheckpoints(name: string): boolean {
  return !existsSync(join(name, 'savepoint')) && existsSync(name) && hasLog(name)
}
