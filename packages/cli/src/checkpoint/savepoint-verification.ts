// Verifies savepoints: the manifest, and every segment that it names. Knows which folders are some.

import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SluiceError } from '@sluice/core/internal'
import { createNodePlatform, localFolder, SavepointFolder } from '@sluice/runtime/internal'
import type { Problem } from './verification.ts'

/** What a verification of savepoints found. */
export interface VerifiedSavepoints {
  readonly names: readonly string[]
  readonly segments: number
  readonly bytesRead: number
  readonly problems: readonly Problem[]
}

const platform = createNodePlatform({ logLevel: 'silent' })

/** Names of the savepoints in a folder, sorted; a hidden one is none, or is none yet. */
export function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter((name) => {
    return !name.startsWith('.') && looksLikeSavepoint(join(folder, name))
  })
}

/** Also one whose manifest is gone: that is to be told, and not to be passed over. */
function looksLikeSavepoint(folder: string): boolean {
  if (existsSync(join(folder, 'savepoint'))) return true
  return existsSync(join(folder, 'segments')) && !existsSync(join(folder, 'log'))
}

/** The folder, where it is that of a savepoint. */
export function savepointFolderAt(where: string | undefined, folder: string): string | undefined {
  const path = where === undefined ? undefined : resolve(folder, where)
  return path !== undefined && looksLikeSavepoint(path) ? path : undefined
}

/** Those beside the checkpoints in a place; a hidden one is none, or is none yet. */
export function savepointFoldersBeside(place: string): string[] {
  const folder = localFolder(place)
  const parent = folder === undefined ? undefined : join(folder, 'savepoints')
  return parent === undefined ? [] : namesIn(parent).map((name) => join(parent, name))
}

export async function verifySavepoints(
  folders: readonly string[],
  progress: (what: string) => void,
): Promise<VerifiedSavepoints> {
  const found = { names: [] as string[], segments: 0, bytesRead: 0, problems: [] as Problem[] }
  for (const path of folders) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    found.names.push(name)
    const what = `savepoint '${name}'`
    const folder = new SavepointFolder(platform, path)
    try {
      const savepoint = await folder.read()
      const segments = savepoint.steps.flatMap((step) => step.segments)
      const faults = await folder.verify(savepoint, (done, total) => {
        progress(`${what}: ${done} of ${total} segments`)
      })
      found.segments += segments.length
      found.bytesRead += segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      for (const { kind, name: segment, detail } of faults) {
        found.problems.push({ kind, what: `${what}, ${segment}`, detail, checkpoints: [] })
      }
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      const kind = error.code === 'CHECKPOINT_FORMAT_NEWER' ? 'newer-format' : 'damaged'
      found.problems.push({ kind, what, detail: error.message, checkpoints: [] })
    }
  }
  return found
}
