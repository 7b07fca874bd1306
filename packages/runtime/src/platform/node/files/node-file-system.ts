// The file system seam on node:fs. Every promise of durability is a real fsync: of the file for its
// bytes, of the folder for its names.

import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import {
  type FileHandle,
  type FileStat,
  type FileSystem,
  FileSystemError,
} from '@sluice/core/connector'
import { codeOf, fileSystemError } from './file-errors.ts'
import { fileStat } from './file-stat.ts'
import { NodeFileHandle } from './node-file-handle.ts'

// Windows cannot open a folder to sync it; NTFS journals names on its own.
const foldersCanBeSynced = process.platform !== 'win32'

const rememberedDirectories = 10_000

type OpenMode = Parameters<FileSystem['open']>[1]

export class NodeFileSystem implements FileSystem {
  /** Folders whose own name, and those of all folders above, this instance has made durable. */
  readonly #durableDirectories = new Set<string>()

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const create = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL
    let handle: fs.FileHandle
    try {
      const rights = mode === 'create-private' ? 0o600 : 0o666
      handle = await fs.open(path, mode === 'read' ? constants.O_RDONLY : create, rights)
    } catch (error) {
      throw fileSystemError('open', path, error)
    }
    const file = new NodeFileHandle(handle, path)
    if (mode !== 'read') return file
    try {
      // Linux opens a folder like a file and complains only about the first read.
      const stat = await file.stat()
      if (stat.kind === 'directory') throw new FileSystemError('is-a-directory', 'open', path)
      return file
    } catch (error) {
      await file.close()
      throw error
    }
  }

  async stat(path: string): Promise<FileStat | undefined> {
    try {
      return fileStat(await fs.stat(path, { bigint: true }))
    } catch (error) {
      const code = codeOf(error)
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
      throw fileSystemError('stat', path, error)
    }
  }

  async list(path: string): Promise<string[]> {
    const names = await attempt('list', path, () => fs.readdir(path))
    return names.sort()
  }

  async makeDirectory(path: string): Promise<void> {
    const directory = resolve(path)
    const created = await this.#createMissing(directory)
    if (!created && this.#durableDirectories.has(directory)) return
    // Also where the folder was there already: its creator may have died before it synced the name.
    await this.#syncNamesUpTo(directory)
    if (this.#durableDirectories.size >= rememberedDirectories) this.#durableDirectories.clear()
    this.#durableDirectories.add(directory)
  }

  async rename(from: string, to: string): Promise<void> {
    await attempt('rename', to, () => fs.rename(from, to))
  }

  async link(existing: string, name: string): Promise<void> {
    await attempt('link', name, () => fs.link(existing, name))
  }

  async remove(path: string): Promise<void> {
    await removeIfThere('remove', path, () => fs.unlink(path))
  }

  async removeDirectory(path: string): Promise<void> {
    this.#forget(resolve(path))
    await removeIfThere('removeDirectory', path, () => fs.rmdir(path))
  }

  async syncDirectory(path: string): Promise<void> {
    if (!foldersCanBeSynced) return
    await attempt('syncDirectory', path, async () => {
      const handle = await fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY)
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    })
  }

  /** Returns whether at least one folder was created by this call. */
  async #createMissing(directory: string): Promise<boolean> {
    try {
      await fs.mkdir(directory)
      this.#forget(directory)
      return true
    } catch (error) {
      const code = codeOf(error)
      if (code === 'ENOENT' && dirname(directory) !== directory) {
        await this.#createMissing(dirname(directory))
        return await this.#createMissing(directory)
      }
      const stat = code === 'ENOENT' ? undefined : await this.stat(directory)
      if (stat?.kind === 'directory') return false
      if (stat !== undefined)
        throw new FileSystemError('not-a-directory', 'makeDirectory', directory)
      throw fileSystemError('makeDirectory', directory, error)
    }
  }

  /** Syncs the parent of the folder, the parent's parent, and so on up to the root. */
  async #syncNamesUpTo(directory: string): Promise<void> {
    for (let path = directory; dirname(path) !== path; path = dirname(path)) {
      if (this.#durableDirectories.has(path)) return
      try {
        await this.syncDirectory(dirname(path))
      } catch (error) {
        // A parent that may not be opened is not one in which a run with these rights created a
        // name.
        const forbidden = error instanceof FileSystemError && error.kind === 'forbidden'
        if (!forbidden || path === directory) throw error
      }
    }
  }

  #forget(directory: string): void {
    for (const path of this.#durableDirectories) {
      if (path === directory || path.startsWith(`${directory}/`)) {
        this.#durableDirectories.delete(path)
      }
    }
  }
}

async function attempt<Result>(
  operation: string,
  path: string,
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action()
  } catch (error) {
    throw fileSystemError(operation, path, error)
  }
}

async function removeIfThere(
  operation: string,
  path: string,
  action: () => Promise<void>,
): Promise<void> {
  try {
    await action()
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw fileSystemError(operation, path, error)
  }
}
