// Reading files whole and by checksum, and writing small ones so that they are there entirely or
// not.

import { crc32 } from 'node:zlib'
import type { FileSystem } from '@sluice/core/connector'
import { joined } from '../bytes/joined.ts'
import { parentOf } from './sink-folder.ts'

const readBytes = 256 * 1024

export async function* readChunks(files: FileSystem, path: string): AsyncGenerator<Uint8Array> {
  const handle = await files.open(path, 'read')
  try {
    for (let position = 0; ; ) {
      const chunk = new Uint8Array(readBytes)
      const count = await handle.read(chunk, position)
      if (count === 0) return
      position += count
      yield chunk.subarray(0, count)
    }
  } finally {
    await handle.close()
  }
}

export async function readWhole(files: FileSystem, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of readChunks(files, path)) chunks.push(chunk)
  return joined(chunks)
}

/** Length and CRC-32 of a file. */
export async function measure(
  files: FileSystem,
  path: string,
): Promise<{ sizeBytes: number; crc32: number }> {
  let sizeBytes = 0
  let checksum = 0
  for await (const chunk of readChunks(files, path)) {
    sizeBytes += chunk.length
    checksum = crc32(chunk, checksum)
  }
  return { sizeBytes, crc32: checksum }
}

/** Writes a small file aside and renames it: readers see it whole or not at all. Durable. */
export async function writeAside(
  files: FileSystem,
  aside: string,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  // What a call that failed left behind; the name belongs to this run alone.
  await files.remove(aside)
  const handle = await files.open(aside, 'create')
  try {
    await handle.append(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await files.rename(aside, path)
  await files.syncDirectory(parentOf(path))
}

/** The sorted names in a folder; none where there is no folder. */
export async function listOrNone(files: FileSystem, folder: string): Promise<string[]> {
  const stat = await files.stat(folder)
  if (stat === undefined || stat.kind !== 'directory') return []
  return await files.list(folder)
}
