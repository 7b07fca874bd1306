// Removes a folder with all that is in it, through the file system of the platform.

import type { FileSystem } from '@sluice/core/connector'
import { folderNames } from './folder-names.ts'

/** No error where there is nothing, or where another one removes the same. */
export async function removeTree(files: FileSystem, path: string): Promise<void> {
  const stat = await files.stat(path)
  if (stat?.kind !== 'directory') return await files.remove(path)
  for (const name of await folderNames(files, path)) await removeTree(files, `${path}/${name}`)
  await files.removeDirectory(path)
}
