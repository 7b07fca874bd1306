// Histories: results of one job and sink under one log id. A folder serves one history at a time;
// an operator who starts over has the new one note which it supersedes, and readers then pass those
// over. Going back to an older history is starting over once more.

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
  const all = await turnsOf(files, place)
  const isOver = ({ logId, turn }: Turn): boolean =>
    all.some((other) => other.turn > turn && other.supersedes.includes(logId))
  return all.filter((each) => !isOver(each)).map(({ logId }) => logId)
}

/** Notes, durably, that this history takes the place of all others that are here. */
export async function supersede(
  files: FileSystem,
  history: SinkHistory,
  generation: number,
): Promise<void> {
  if ((await foreignHistories(files, history)).length === 0) return
  const folder = manifestFolder(history)
  const all = await turnsOf(files, history)
  const turn = Math.max(...all.map((each) => each.turn)) + 1
  const logIds = all.map(({ logId }) => logId).filter((logId) => logId !== history.logId)
  const staging = stagingFolder(history)
  await files.makeDirectory(folder)
  await files.makeDirectory(staging)
  const aside = hiddenName({ generation, checkpoint: 0, part: 'supersedes' })
  const bytes = new TextEncoder().encode(`${JSON.stringify({ version: 1, turn, logIds })}\n`)
  await writeAside(files, joinPath(staging, aside), joinPath(folder, supersedesName), bytes)
}

/** A history with published results, and those whose place it took. */
interface Turn {
  readonly logId: string
  /** Rises with each start over: of two that name each other the later one stands. */
  readonly turn: number
  readonly supersedes: readonly string[]
}

async function turnsOf(files: FileSystem, place: Omit<SinkHistory, 'logId'>): Promise<Turn[]> {
  const { path, job, sink } = place
  const turns: Turn[] = []
  for (const logId of await listOrNone(files, manifestHistories(place))) {
    const folder = manifestFolder({ path, job, sink, logId })
    if ((await listOrNone(files, folder)).length === 0) continue
    const { turn, logIds } = await readSuperseded(files, folder)
    turns.push({ logId, turn, supersedes: logIds })
  }
  return turns
}

async function readSuperseded(
  files: FileSystem,
  folder: string,
): Promise<{ readonly turn: number; readonly logIds: readonly string[] }> {
  try {
    const bytes = await readWhole(files, joinPath(folder, supersedesName))
    return JSON.parse(new TextDecoder().decode(bytes)) as { turn: number; logIds: string[] }
  } catch (error) {
    if (error instanceof FileSystemError && error.kind === 'not-found') {
      return { turn: 0, logIds: [] }
    }
    throw error
  }
}
