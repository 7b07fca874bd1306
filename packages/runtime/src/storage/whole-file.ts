// Reading a whole file, at once or part by part, and writing one whole and durable.

import { FileSystemError, type FileSystem } from '@sluice/core/connector'

/** The bytes of a file, or undefined where there is none. */
export async function readWhole(files: FileSystem, path: string): Promise<Uint8Array | undefined> {
  try {
    const handle = await files.open(path, 'read')
    try {
      const bytes = new Uint8Array((await handle.stat()).sizeBytes)
      let length = 0
      while (length < bytes.length) {
        const read = await handle.read(bytes.subarray(length), length)
        if (read === 0) break
        length += read
      }
      return length === bytes.length ? bytes : bytes.slice(0, length)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof FileSystemError && error.kind === 'not-found') return undefined
    throw error
  }
}

/** Shows the content part by part, in memory that is used again; false where there is no file. */
export async function readInParts(
  files: FileSystem,
  path: string,
  room: Uint8Array,
  see: (part: Uint8Array) => void,
): Promise<boolean> {
  try {
    const handle = await files.open(path, 'read')
    try {
      let position = 0
      for (;;) {
        const read = await handle.read(room, position)
        if (read === 0) return true
        see(room.subarray(0, read))
        position += read
      }
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof FileSystemError && error.kind === 'not-found') return false
    throw error
  }
}

/** Creates the file; its bytes are durable when this returns, its name is not. */
export async function writeWhole(
  files: FileSystem,
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const handle = await files.open(path, 'create')
  try {
    for await (const chunk of chunks) await handle.append(chunk)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
