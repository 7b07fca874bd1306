// What may be deleted. Entries list what is retained; only after an entry stands are others
// deleted, of this or of lower generations: first the floor is raised, durably, then entries go,
// then segments. An entry that still owes is always the newest, so it is always retained.

import { logPosition } from './identifiers.ts'
import type { CheckpointId, Floor, Generation, LogId } from './identifiers.ts'
import type { FinishedEntry, StandingEntry } from './log/append.ts'
import { type CheckpointEntry, type RetainedCheckpoint, retainedSegments } from './log/entry.ts'

/** The parts of a segment's name. */
export interface SegmentName {
  readonly logId: LogId
  readonly generation: Generation
  /** The checkpoint whose entry is the first that may name it. */
  readonly checkpoint: CheckpointId
  readonly step: string
  readonly subtask: number
  readonly sequence: number
}

const COUNT = '(0|[1-9][0-9]*)'
const SEGMENT_NAME = new RegExp(
  `^([0-9a-z]+)\\.([1-9][0-9]*)\\.([1-9][0-9]*)\\.([a-z0-9-]+)\\.${COUNT}\\.${COUNT}\\.segment$`,
)

export function formatSegmentName(name: SegmentName): string {
  const { logId, generation, checkpoint, step, subtask, sequence } = name
  return `${logId}.${generation}.${checkpoint}.${step}.${subtask}.${sequence}.segment`
}

/** Undefined for a name that is not ours: such a thing is never deleted. */
export function parseSegmentName(text: string): SegmentName | undefined {
  const match = SEGMENT_NAME.exec(text)
  if (match === null) return undefined
  const [, logId, generation, checkpoint, step, subtask, sequence] = match
  return {
    logId: logId as LogId,
    generation: Number(generation) as Generation,
    checkpoint: Number(checkpoint) as CheckpointId,
    step: step as string,
    subtask: Number(subtask),
    sequence: Number(sequence),
  }
}

/**
 * What the next entry retains: itself, and the newest of what the entry before it retains, whose
 * commits are proven when another entry is made.
 */
export function retainedWith(
  before: readonly RetainedCheckpoint[],
  itself: RetainedCheckpoint,
  keep: number,
): RetainedCheckpoint[] {
  const older = keep > 1 ? before.slice(-(keep - 1)) : []
  return [...older.map(withoutStaged), itself]
}

/** What commits read is kept for the newest entry alone. */
function withoutStaged(kept: RetainedCheckpoint): RetainedCheckpoint {
  const { position, checkpoint, generation, segments } = kept
  return { position, checkpoint, generation, segments }
}

export interface CollectionPlan {
  /** Raise the floor to this, durably, before any entry is deleted. */
  readonly floor: Floor
  /** Delete these after the floor was raised, in this order. */
  readonly entries: readonly number[]
  readonly segments: readonly string[]
}

/**
 * Decides what goes now that an entry stands. Listings may be stale and may show what others write:
 * only names of this generation up to this checkpoint, or of lower generations, are ours to delete.
 */
export function planCollection(
  standing: StandingEntry<CheckpointEntry> | FinishedEntry,
  listed: { readonly positions: readonly number[]; readonly segments: readonly string[] },
): CollectionPlan {
  const { entry } = standing
  const oldest = entry.retained.reduce<number>(
    (lowest, kept) => Math.min(lowest, kept.position),
    entry.position,
  )
  const floor: Floor = oldest === 1 ? 0 : logPosition(oldest - 1)
  return {
    floor,
    entries: listed.positions.filter((position) => position <= floor).sort((a, b) => a - b),
    segments: unreferencedSegments(entry, listed.segments),
  }
}

/**
 * Segments that whoever reads the newest entry may delete, because its writer may: of this log, not
 * kept by the entry, and not of a checkpoint that may still come.
 */
export function unreferencedSegments(newest: CheckpointEntry, listed: readonly string[]): string[] {
  const retained = retainedSegments(newest)
  return listed.filter((name) => {
    return !retained.has(name) && isOursToDelete(parseSegmentName(name), newest)
  })
}

function isOursToDelete(name: SegmentName | undefined, entry: CheckpointEntry): boolean {
  if (name === undefined || name.logId !== entry.logId) return false
  if (name.generation !== entry.generation) return name.generation < entry.generation
  return name.checkpoint <= entry.checkpoint
}
