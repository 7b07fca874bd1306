// The file that says where a run listens and with which token: beside the checkpoints, its owner's
// alone, written whole or not at all. A run removes its own and never that of another; one that a
// dead process has left is told apart by whoever asks, because nobody answers there.

import { FileSystemError, type FileSystem } from '@sluice/core/connector'
import type { Platform } from '../platform/platform.ts'
import { readWhole } from '../storage/whole-file.ts'
import { type ControlFile, controlFileName } from './control-protocol.ts'

type Files = Pick<Platform, 'files' | 'random'>

export async function writeControlFile(
  { files, random }: Files,
  folder: string,
  content: ControlFile,
): Promise<void> {
  const aside = asideName(folder, random.hex(8))
  try {
    const handle = await files.open(aside, 'create-private')
    try {
      await handle.append(new TextEncoder().encode(`${JSON.stringify(content)}\n`))
    } finally {
      await handle.close()
    }
    await files.rename(aside, `${folder}/${controlFileName}`)
  } catch (error) {
    await files.remove(aside)
    throw error
  }
}

/** Undefined where there is none that can be read. */
export async function readControlFile(
  files: FileSystem,
  folder: string,
): Promise<ControlFile | undefined> {
  return await readAt(files, `${folder}/${controlFileName}`)
}

/** Removes the file if it is of this run: a newer one may have put its own there. */
export async function removeControlFile(
  { files, random }: Files,
  folder: string,
  token: string,
): Promise<void> {
  const path = `${folder}/${controlFileName}`
  if ((await readAt(files, path))?.token !== token) return
  const aside = asideName(folder, random.hex(8))
  try {
    // Not removed by its name: a newer run may write its own there between.
    await files.rename(path, aside)
  } catch (error) {
    if (error instanceof FileSystemError && error.kind === 'not-found') return
    throw error
  }
  const taken = await readAt(files, aside)
  if (taken !== undefined && taken.token !== token) await putBack(files, aside, path)
  await files.remove(aside)
}

async function putBack(files: FileSystem, aside: string, path: string): Promise<void> {
  try {
    await files.link(aside, path)
  } catch (error) {
    // A still newer run has written its own meanwhile.
    if (!(error instanceof FileSystemError) || error.kind !== 'exists') throw error
  }
}

async function readAt(files: FileSystem, path: string): Promise<ControlFile | undefined> {
  const bytes = await readWhole(files, path)
  if (bytes === undefined) return undefined
  try {
    const read = JSON.parse(new TextDecoder().decode(bytes)) as Partial<ControlFile> | null
    const isWhole = typeof read?.address === 'string' && typeof read.token === 'string'
    return isWhole && read.version === 1 ? (read as ControlFile) : undefined
  } catch {
    // Not of this format: whoever wrote it cannot be asked.
    return undefined
  }
}

function asideName(folder: string, random: string): string {
  return `${folder}/.control.${random}.aside`
}
