// Where savepoints are: a folder that somebody names, or one by its name beside the checkpoints of
// a job.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SluiceError } from '@sluice/core/internal'
import {
  createNodePlatform,
  isSavepointName,
  localFolder,
  SavepointFolder,
} from '@sluice/runtime/internal'
import { findPlace, type PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { namesIn } from '../checkpoint/savepoint-verification.ts'
import type { Invocation } from '../invocation.ts'

const platform = createNodePlatform({ logLevel: 'silent' })

/** The folder of the savepoints that belong to a place of checkpoints. */
export function savepointsOf(place: string): string {
  const folder = localFolder(place)
  if (folder !== undefined) return join(folder, 'savepoints')
  throw new SluiceError('USAGE', `Savepoints cannot lie beside the checkpoints in ${place}.`, {
    hint: 'Say where with --to <folder>.',
  })
}

/** A savepoint by the path of its folder, or by its name beside the checkpoints of a job. */
export async function findSavepoint(
  nameOrFolder: string,
  where: string | undefined,
  options: PlaceOptions,
  invocation: Invocation,
): Promise<SavepointFolder> {
  if (!isSavepointName(nameOrFolder)) return savepointAt(resolve(invocation.folder, nameOrFolder))
  const savepoints = savepointsOf(await findPlace(where, options, invocation))
  if (existsSync(join(savepoints, nameOrFolder))) return savepointAt(join(savepoints, nameOrFolder))
  const names = namesIn(savepoints)
  throw new SluiceError('CHECKPOINT_NOT_FOUND', `There is no savepoint '${nameOrFolder}' there.`, {
    hint:
      names.length === 0
        ? `None is in ${savepoints}. A folder is named with a slash: ./${nameOrFolder}.`
        : `There are ${names.join(', ')}. A folder is named with a slash: ./${nameOrFolder}.`,
  })
}

/** The savepoint in a folder, whatever the folder holds. */
export function savepointAt(folder: string): SavepointFolder {
  return new SavepointFolder(platform, folder)
}
