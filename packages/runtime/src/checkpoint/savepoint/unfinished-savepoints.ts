// Finds folders of savepoints that were begun and never got their name, and removes those whose
// owner is no more: of older runs of the same log, of tools that have written nothing for long, and
// what was taken away before. A folder is taken away by renaming it, so its owner can no longer
// finish it.

import { type FileSystem, FileSystemError } from '@sluice/core/connector'
import { folderNames } from '../../storage/folder-names.ts'
import { removeTree } from '../../storage/remove-tree.ts'
import { storageError } from '../../storage/storage-errors.ts'
import type { StoragePlatform } from '../../storage/storage-platform.ts'
import { parentOf } from './savepoint-folder.ts'
import {
  parseUnfinishedName,
  type SavepointOwner,
  type UnfinishedFolder,
  unfinishedName,
} from './savepoint-name.ts'

/** A folder in which nothing was written for so long is not worked on any more. */
const abandonedAfterMs = 60 * 60_000

/** An unfinished folder, and where it is. */
export interface FoundUnfinished extends UnfinishedFolder {
  readonly path: string
  readonly modifiedMs: number
}

/** All below a folder of savepoints; none where there is no such folder. */
export async function findUnfinished(
  { files }: Pick<StoragePlatform, 'files'>,
  parent: string,
): Promise<FoundUnfinished[]> {
  try {
    return await unfinishedIn(files, parent)
  } catch (error) {
    throw storageError('looking for unfinished savepoints', parent, error)
  }
}

async function unfinishedIn(files: FileSystem, parent: string): Promise<FoundUnfinished[]> {
  const found: FoundUnfinished[] = []
  for (const name of await folderNames(files, parent)) {
    const unfinished = parseUnfinishedName(name)
    if (unfinished === undefined) continue
    const path = `${parent}/${name}`
    const stat = await files.stat(path)
    if (stat?.kind !== 'directory') continue
    const inside = await files.stat(`${path}/segments`)
    const modifiedMs = Math.max(stat.modifiedMs, inside?.modifiedMs ?? 0)
    found.push({ ...unfinished, path, modifiedMs })
  }
  return found
}

/**
 * Whether it is left by somebody who is no more, as far as its age tells: a run whose tasks were
 * started again is alive under a generation that is no longer the newest.
 */
export function isAbandoned({ kind, modifiedMs }: FoundUnfinished, nowMs: number): boolean {
  return kind === 'garbage' || nowMs - modifiedMs > abandonedAfterMs
}

/**
 * Removes what others have left unfinished: runs of lower generations, where `mine` is that of the
 * first attempt of a run, and tools. Errors are told to the log alone.
 */
export async function sweepUnfinished(
  platform: StoragePlatform,
  parent: string,
  mine: SavepointOwner,
): Promise<void> {
  try {
    const nowMs = platform.clock.now()
    for (const found of await findUnfinished(platform, parent)) {
      const { kind, owner } = found
      const isOver =
        owner === null
          ? isAbandoned(found, nowMs)
          : kind === 'garbage' ||
            (owner.logId === mine?.logId && owner.generation < mine.generation)
      if (isOver) await removeUnfinished(platform, found)
    }
  } catch (error) {
    platform.log.warn('Unfinished savepoints could not be removed.', {
      path: parent,
      error: String(error),
    })
  }
}

/** Removes one; its owner, were it only asleep, cannot finish it any more. */
export async function removeUnfinished(
  platform: Pick<StoragePlatform, 'files' | 'random'>,
  found: FoundUnfinished,
): Promise<void> {
  try {
    await takeAway(platform, found)
  } catch (error) {
    throw storageError('removing an unfinished savepoint', found.path, error)
  }
}

async function takeAway(
  { files, random }: Pick<StoragePlatform, 'files' | 'random'>,
  found: FoundUnfinished,
): Promise<void> {
  let { path } = found
  if (found.kind === 'under-way') {
    const garbage = `${parentOf(path)}/${unfinishedName('garbage', found.owner, random.hex(8))}`
    try {
      await files.rename(path, garbage)
    } catch (error) {
      // Finished, or taken away by somebody else.
      if (error instanceof FileSystemError && error.kind === 'not-found') return
      throw error
    }
    path = garbage
  }
  await removeTree(files, path)
}
