// Removes a folder with all that is in it, through the file system of the platform.

import type { FileSystem } from '@sluice/core/connector'

/** No error where there is nothing. */
export async function removeTree(files: FileSystem, path: string): Promise<void> {
  const stat = await files.stat(path)
  if (stat === undefined) return
  if (stat.kind !== 'directory') return files.remove(path)
  for (const name of await files.list(path)) await removeTree(files, `${path}/${name}`)
  await files.removeDirectory(path)
}
