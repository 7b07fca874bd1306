// The file that says where a run listens and with which token: beside the checkpoints, its owner's
// alone, written whole or not at all. A run removes its own and never that of another; one that a
// dead process has left is told apart by whoever asks, because nobody answers there. What a dead
// process has left aside tells in its name how old it is, and goes when a later run writes its own.

import { FileSystemError, type FileSystem } from '@sluice/core/connector'
import type { Platform } from '../platform/platform.ts'
import { readWhole } from '../storage/whole-file.ts'
import { type ControlFile, controlFileName } from './control-protocol.ts'

type Files = Pick<Platform, 'files' | 'random' | 'clock' | 'log'>

const asidePattern = /^\.control\.(?:([1-9][0-9]*)\.)?[0-9a-f]+\.aside$/

/** What lies aside for so long is nobody's any more: a run needs it for an instant. */
const asideForMs = 10 * 60_000

export async function writeControlFile(
  platform: Files,
  folder: string,
  content: ControlFile,
): Promise<void> {
  const { files } = platform
  const aside = newAside(platform, folder)
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
  await sweepAside(platform, folder)
}

/** Removes what runs that died at the wrong moment have left; one before names had a time, too. */
async function sweepAside({ files, clock, log }: Files, folder: string): Promise<void> {
  try {
    for (const name of await files.list(folder)) {
      const found = asidePattern.exec(name)
      if (found === null) continue
      const writtenMs = Number(found[1] ?? 0)
      if (clock.now() - writtenMs > asideForMs) await files.remove(`${folder}/${name}`)
    }
  } catch (error) {
    log.warn('What older runs left beside the control file could not be removed.', {
      folder,
      error: String(error),
    })
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
  platform: Files,
  folder: string,
  token: string,
): Promise<void> {
  const { files } = platform
  const path = `${folder}/${controlFileName}`
  if ((await readAt(files, path))?.token !== token) return
  const aside = newAside(platform, folder)
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

function newAside({ random, clock }: Files, folder: string): string {
  return `${folder}/.control.${Math.max(1, clock.now())}.${random.hex(8)}.aside`
}
