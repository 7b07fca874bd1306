// Histories: results of one job and sink under one log id. A folder serves one history at a time;
// an operator who starts over has the new one note which it supersedes, and readers then pass those
// over.

import { type FileSystem, FileSystemError } from '@sluice/core/connector'
import { listOrNone, readWhole, writeAside } from '../file-content.ts'
import {
  hiddenName,
  joinPath,
  manifestFolder,
  manifestHistories,
  type SinkHistory,
  stagingFolder,
} from '../sink-folder.ts'

const supersedesName = 'supersedes.json'

/** Log ids other than this one that have published something here and are not superseded. */
export async function foreignHistories(
  files: FileSystem,
  history: SinkHistory,
): Promise<readonly string[]> {
  const standing = await standingHistories(files, history)
  return standing.filter((logId) => logId !== history.logId)
}

/** Log ids with published results that no later history supersedes, sorted. */
export async function standingHistories(
  files: FileSystem,
  place: Omit<SinkHistory, 'logId'>,
): Promise<readonly string[]> {
  const { path, job, sink } = place
  const all: string[] = []
  const superseded = new Set<string>()
  for (const logId of await listOrNone(files, manifestHistories(place))) {
    const folder = manifestFolder({ path, job, sink, logId })
    if ((await listOrNone(files, folder)).length > 0) all.push(logId)
    for (const older of await readSuperseded(files, folder)) superseded.add(older)
  }
  return all.filter((logId) => !superseded.has(logId))
}

/** Notes, durably, that this history takes the place of all others that are here. */
export async function supersede(
  files: FileSystem,
  history: SinkHistory,
  generation: number,
): Promise<void> {
  const folder = manifestFolder(history)
  const older = await readSuperseded(files, folder)
  const foreign = await foreignHistories(files, history)
  const logIds = [...new Set([...older, ...foreign])].toSorted()
  if (logIds.length === older.length) return
  const staging = stagingFolder(history)
  await files.makeDirectory(folder)
  await files.makeDirectory(staging)
  const aside = hiddenName({ generation, checkpoint: 0, part: 'supersedes' })
  const bytes = new TextEncoder().encode(`${JSON.stringify({ version: 1, logIds })}\n`)
  await writeAside(files, joinPath(staging, aside), joinPath(folder, supersedesName), bytes)
}

async function readSuperseded(files: FileSystem, folder: string): Promise<readonly string[]> {
  try {
    const bytes = await readWhole(files, joinPath(folder, supersedesName))
    return (JSON.parse(new TextDecoder().decode(bytes)) as { logIds: string[] }).logIds
  } catch (error) {
    if (error instanceof FileSystemError && error.kind === 'not-found') return []
    throw error
  }
}
