// What `sluice checkpoint gc` may delete: segments of this log that its newest checkpoint neither
// keeps nor allows to come, and that no savepoint under way reads; and savepoints that nobody will
// finish. What does not belong to this log is named and left alone.

import { SluiceError } from '@sluice/core/internal'
import {
  type CheckpointStorage,
  createNodePlatform,
  findUnfinished,
  type FoundUnfinished,
  isAbandoned,
  parseSegmentName,
  type Platform,
  pinnedSegments,
  removeUnfinished,
  unreferencedSegments,
} from '@sluice/runtime/internal'
import { type InspectedLog, inspectLog, newestCheckpoint } from './log-inspection.ts'

export interface Garbage {
  readonly location: string
  readonly job: string
  readonly segments: readonly string[]
  readonly unfinished: readonly FoundUnfinished[]
  /** Segments that are not of this log: not ours to delete. */
  readonly foreign: readonly string[]
}

const thisMachine = createNodePlatform({ logLevel: 'warn' })

/** Throws CHECKPOINT_DAMAGED where what is read does not say what is still needed. */
export async function findGarbage(
  storage: CheckpointStorage,
  savepoints: string | undefined,
  platform: Pick<Platform, 'files' | 'clock'> = thisMachine,
): Promise<Garbage> {
  const log = await inspectLog(storage)
  const newest = newestCheckpoint(log)
  if (newest === undefined) {
    throw new SluiceError('CHECKPOINT_NOT_FOUND', `There is no checkpoint in ${log.location}.`, {
      hint: 'Without one nothing says what is needed, so nothing is deleted.',
    })
  }
  checkReadable(log, newest.position, newest.logId)
  const listed = await storage.listSegments()
  const pinned = await pinnedSegments(storage, platform.clock.now())
  const unfinished = savepoints === undefined ? [] : await findUnfinished(platform, savepoints)
  return {
    location: log.location,
    job: newest.job,
    segments: unreferencedSegments(newest, listed).filter((name) => !pinned.has(name)),
    unfinished: unfinished.filter((found) =>
      isOursToRemove(found, newest.logId, platform.clock.now()),
    ),
    foreign: listed.filter((name) => parseSegmentName(name)?.logId !== newest.logId),
  }
}

/** Deletes what was found; calls back after each. */
export async function deleteGarbage(
  storage: CheckpointStorage,
  { segments, unfinished }: Garbage,
  progress: (done: number, total: number) => void,
  platform: Pick<Platform, 'files' | 'random'> = thisMachine,
): Promise<void> {
  const total = segments.length + unfinished.length
  let done = 0
  for (const segment of segments) {
    await storage.deleteSegment(segment)
    progress(++done, total)
  }
  for (const found of unfinished) {
    await removeUnfinished(platform, found)
    progress(++done, total)
  }
}

/** Above the newest checkpoint only fences may stand, for anything else may need what is there. */
function checkReadable(log: InspectedLog, newest: number, logId: string): void {
  const odd = log.slots.find((slot) => {
    if (slot.kind === 'entry') return slot.entry.logId !== logId
    return slot.position > newest
  })
  if (odd === undefined) return
  throw new SluiceError(
    'CHECKPOINT_DAMAGED',
    `Entry ${odd.position} in ${log.location} cannot be read or is of another log, so it is ` +
      'unknown what is still needed. Nothing was deleted.',
    { hint: 'See `sluice checkpoint verify`.' },
  )
}

/** A folder that is being written is told from one that nobody will finish by its age alone. */
function isOursToRemove(found: FoundUnfinished, logId: string, nowMs: number): boolean {
  const { kind, owner } = found
  const isOurs = kind === 'garbage' || owner === null || owner.logId === logId
  return isOurs && isAbandoned(found, nowMs)
}
