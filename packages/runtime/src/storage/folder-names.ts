// The names in a folder that may not be there.

import { type FileSystem, FileSystemError } from '@sluice/core/connector'

/** None where there is no such folder. */
export async function folderNames(files: FileSystem, path: string): Promise<readonly string[]> {
  try {
    return await files.list(path)
  } catch (error) {
    if (error instanceof FileSystemError && error.kind === 'not-found') return []
    throw error
  }
}
