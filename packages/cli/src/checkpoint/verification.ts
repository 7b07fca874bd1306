// Verifies a log of checkpoints: every entry is read and its checksum compared, every segment
// that a retained checkpoint names is read and compared. What a run deletes meanwhile is no
// damage.

import type { StagedSegment } from '@sluice/core/connector'
import type { CheckpointEntry, CheckpointStorage } from '@sluice/runtime/internal'
import { checksumOf, parseSegmentName } from '@sluice/runtime/internal'
import { SluiceError } from '@sluice/core/internal'
import {
  checkpointsOf,
  type InspectedLog,
  inspectLog,
  newestCheckpoint,
  segmentsOf,
  stagedBy,
} from './log-inspection.ts'

export interface Problem {
  readonly kind: 'damaged' | 'missing' | 'newer-format' | 'contradiction'
  /** What it is about: `entry 7`, or the name of a segment. */
  readonly what: string
  readonly detail: string
  /** The checkpoints that cannot be restored because of it. */
  readonly checkpoints: readonly number[]
}

export interface Verification {
  readonly location: string
  readonly job: string | undefined
  readonly entries: number
  readonly checkpoints: readonly number[]
  readonly segments: number
  readonly bytesRead: number
  readonly problems: readonly Problem[]
  /** Segments that no entry names: of a checkpoint under way, or left by a run that was killed. */
  readonly unreferenced: readonly string[]
  /** What lies among the segments and is not of this log. */
  readonly foreign: readonly string[]
  /** Names of the savepoints that were verified too. */
  readonly savepoints: readonly string[]
}

/** Called after each segment. */
export type VerifyProgress = (done: number, total: number) => void

type Segment = StagedSegment

export async function verifyLog(
  storage: CheckpointStorage,
  progress: VerifyProgress,
): Promise<Verification> {
  const log = await inspectLog(storage)
  const retained = retainedCheckpoints(log)
  const users = segmentUsers(retained, newestCheckpoint(log))
  const problems = [...entryProblems(log), ...contradictions(log), ...lostCheckpoints(log)]
  let bytesRead = log.slots.reduce((sum, slot) => sum + slot.sizeBytes, 0)
  let done = 0
  for (const { segment, entries } of users.values()) {
    const fault = await segmentFault(storage, segment)
    progress(++done, users.size)
    if (fault === undefined) {
      bytesRead += segment.sizeBytes
    } else if (await isStillKept(storage, log, entries, segment)) {
      const checkpoints = entries.map((entry) => entry.checkpoint)
      problems.push({ ...fault, what: segment.name, checkpoints })
    }
  }
  const newest = newestCheckpoint(log)
  const entriesRead = checkpointsOf(log)
  const named = new Set(entriesRead.flatMap((each) => namedBy(each).map(({ name }) => name)))
  const isOurs = (name: string): boolean => parseSegmentName(name)?.logId === newest?.logId
  const unnamed = (await storage.listSegments()).filter((name) => !named.has(name))
  return {
    location: log.location,
    job: newest?.job,
    entries: log.slots.length,
    checkpoints: retained.map((entry) => entry.checkpoint),
    segments: users.size,
    bytesRead,
    problems,
    unreferenced: unnamed.filter(isOurs),
    foreign: unnamed.filter((name) => !isOurs(name)),
    savepoints: [],
  }
}

/** The checkpoints that a run may start from, as the newest readable entry lists them. */
function retainedCheckpoints(log: InspectedLog): CheckpointEntry[] {
  const positions = new Set(newestCheckpoint(log)?.retained.map((kept) => kept.position))
  return checkpointsOf(log).filter((entry) => positions.has(entry.position))
}

/** Retained checkpoints whose entry is not among what was read. */
function lostCheckpoints(log: InspectedLog): Problem[] {
  const readable = new Set(checkpointsOf(log).map((entry) => entry.position))
  const known = new Set(log.slots.map((slot) => slot.position))
  return (newestCheckpoint(log)?.retained ?? [])
    .filter(({ position }) => !readable.has(position) && !known.has(position))
    .map(({ position, checkpoint }) => ({
      kind: 'missing',
      what: `entry ${position}`,
      detail: 'the newest checkpoint keeps it, and it lies at or below the floor',
      checkpoints: [checkpoint],
    }))
}

/** What an entry names: state, and what its commits read. */
function namedBy(entry: CheckpointEntry): Segment[] {
  return [...segmentsOf(entry), ...stagedBy(entry)]
}

/** What commits read is kept for the newest entry alone. */
function segmentUsers(
  retained: readonly CheckpointEntry[],
  newest: CheckpointEntry | undefined,
): Map<string, { readonly segment: Segment; readonly entries: CheckpointEntry[] }> {
  const users = new Map<
    string,
    { readonly segment: Segment; readonly entries: CheckpointEntry[] }
  >()
  for (const entry of retained) {
    const isNewest = entry.position === newest?.position
    for (const segment of isNewest ? namedBy(entry) : segmentsOf(entry)) {
      const known = users.get(segment.name)
      if (known === undefined) users.set(segment.name, { segment, entries: [entry] })
      else known.entries.push(entry)
    }
  }
  return users
}

function entryProblems(log: InspectedLog): Problem[] {
  const kept = new Map(
    newestCheckpoint(log)?.retained.map((each) => [Number(each.position), each.checkpoint]),
  )
  return log.slots.flatMap((slot): Problem[] => {
    const what = `entry ${slot.position}`
    const checkpoint = kept.get(slot.position)
    const checkpoints = checkpoint === undefined ? [] : [checkpoint]
    switch (slot.kind) {
      case 'entry':
        return []
      case 'damaged':
        return [{ kind: 'damaged', what, detail: slot.reason, checkpoints }]
      case 'missing':
        return [{ kind: 'missing', what, detail: 'later entries are there', checkpoints }]
      case 'newer':
        return [{ kind: 'newer-format', what, detail: `it has format ${slot.format}`, checkpoints }]
    }
  })
}

/** All entries are of one job and one log, and generations never fall. */
function contradictions(log: InspectedLog): Problem[] {
  const entries = log.slots.flatMap((slot) => (slot.kind === 'entry' ? [slot.entry] : []))
  const [first] = entries
  let generation = 0
  return entries.flatMap((entry): Problem[] => {
    const found: Problem[] = []
    const say = (detail: string): void => {
      const what = `entry ${entry.position}`
      found.push({ kind: 'contradiction', what, detail, checkpoints: [] })
    }
    if (entry.job !== first?.job) say(`it is of job '${entry.job}', the first of '${first?.job}'`)
    if (entry.logId !== first?.logId)
      say(`it is of log ${entry.logId}, the first of ${first?.logId}`)
    if (entry.generation < generation) {
      say(`it is of generation ${entry.generation}, one before it of ${generation}`)
    }
    generation = Math.max(generation, entry.generation)
    return found
  })
}

async function segmentFault(
  storage: CheckpointStorage,
  segment: Segment,
): Promise<Pick<Problem, 'kind' | 'detail'> | undefined> {
  let bytes: Uint8Array
  try {
    bytes = await storage.readSegment(segment.name)
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'CHECKPOINT_DAMAGED') throw error
    return { kind: 'missing', detail: 'the segment is not there' }
  }
  if (bytes.length !== segment.sizeBytes) {
    const detail = `it has ${bytes.length} bytes instead of ${segment.sizeBytes}`
    return { kind: 'damaged', detail }
  }
  if (checksumOf(bytes) === segment.checksum) return undefined
  return { kind: 'damaged', detail: 'its checksum does not match' }
}

/** False where a run that goes on has let go of all these checkpoints meanwhile. */
async function isStillKept(
  storage: CheckpointStorage,
  log: InspectedLog,
  entries: readonly CheckpointEntry[],
  segment: Segment,
): Promise<boolean> {
  const newest = newestCheckpoint(log)
  if (newest !== undefined && stagedBy(newest).includes(segment)) {
    const positions = await storage.listPositions()
    return !positions.some((position) => position > newest.position)
  }
  const floor = await storage.readFloor()
  return entries.some((entry) => entry.position > floor)
}
