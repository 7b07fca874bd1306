// Reads a log of checkpoints for people: everything that is listed above the floor, damaged
// entries and gaps included, of whatever job. Decides nothing and writes nothing; a run may go on
// meanwhile.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StagedSegment } from '@sluice/core/connector'
import {
  type CheckpointEntry,
  type CheckpointStorage,
  createNodePlatform,
  createStorage,
  decodeEntry,
  floorOf,
  isNotedCommitted,
  latestCheckpoint as latestOf,
  type LogEntry,
  logPosition,
} from '@sluice/runtime/internal'

/** What stands at one position. */
export type InspectedSlot = { readonly position: number; readonly sizeBytes: number } & (
  | { readonly kind: 'entry'; readonly entry: LogEntry; readonly commits: CommitState }
  | { readonly kind: 'damaged'; readonly reason: string }
  | { readonly kind: 'newer'; readonly format: number }
  /** Nothing stands here, though something does above. */
  | { readonly kind: 'missing' }
)

/** `proven`: everything that the entry owed is committed. `open`: perhaps, nobody has noted it. */
export type CommitState = 'nothing-owed' | 'proven' | 'open'

export interface InspectedLog {
  readonly location: string
  readonly floor: number
  readonly slots: readonly InspectedSlot[]
}

/** Whether a log is at a place; true for places that only their storage can look at. */
export function hasLog(place: string): boolean {
  const folder = place.startsWith('file:') ? fileURLToPath(place) : place
  return /^[a-z][a-z0-9+.-]+:/i.test(folder) || existsSync(join(folder, 'log'))
}

const silent = createNodePlatform({ logLevel: 'silent' })

/** The storage at a place that exists; nothing is created or tried out. */
export function storageAt(place: string): CheckpointStorage {
  return createStorage(silent, place)
}

export async function inspectLog(storage: CheckpointStorage): Promise<InspectedLog> {
  for (;;) {
    const floor = await storage.readFloor()
    const slots = await readSlots(storage, floor)
    // A run that goes on may have deleted what was being read.
    if ((await storage.readFloor()) === floor) return { location: storage.location, floor, slots }
  }
}

async function readSlots(storage: CheckpointStorage, floor: number): Promise<InspectedSlot[]> {
  const listed = (await storage.listPositions()).filter((position) => position > floor)
  const slots: InspectedSlot[] = []
  for (let position = floor + 1; position <= (listed.at(-1) ?? floor); position++) {
    slots.push(await readSlot(storage, position))
  }
  return await withCommits(storage, slots)
}

async function readSlot(storage: CheckpointStorage, position: number): Promise<InspectedSlot> {
  const bytes = await storage.readEntry(position)
  if (bytes === undefined) return { kind: 'missing', position, sizeBytes: 0 }
  const found = decodeEntry(bytes, logPosition(position))
  const at = { position, sizeBytes: bytes.length }
  if (found.kind !== 'entry') return { ...found, ...at }
  return { ...at, kind: 'entry', entry: found.entry, commits: 'nothing-owed' }
}

/**
 * An entry is appended only when the one before it is proven committed; a note tells of the
 * newest.
 */
async function withCommits(
  storage: CheckpointStorage,
  slots: readonly InspectedSlot[],
): Promise<InspectedSlot[]> {
  const newest = newestCheckpoint({ slots })
  const newestIsNoted =
    newest !== undefined && (await isNotedCommitted(storage, newest, silent.log))
  return slots.map((slot) => {
    if (slot.kind !== 'entry' || slot.entry.kind !== 'checkpoint') return slot
    if (slot.entry.owes.length === 0) return slot
    const open = slot.entry === newest && !newestIsNoted
    return { ...slot, commits: open ? 'open' : 'proven' }
  })
}

/** The newest checkpoint that can be read. */
export function newestCheckpoint({
  slots,
}: Pick<InspectedLog, 'slots'>): CheckpointEntry | undefined {
  return checkpointsOf({ slots }).at(-1)
}

/**
 * The checkpoint from which a run goes on that asks for nothing; undefined: it begins at the
 * beginning. Throws CHECKPOINT_DAMAGED and CHECKPOINT_FORMAT_NEWER where nobody can tell.
 */
export function latestCheckpoint({ location, floor, slots }: InspectedLog) {
  return latestOf(
    location,
    floorOf(floor),
    slots.map((slot) => (slot.kind === 'missing' ? { kind: 'absent' } : slot)),
  )
}

/** All checkpoints that can be read, oldest first. */
export function checkpointsOf({ slots }: Pick<InspectedLog, 'slots'>): CheckpointEntry[] {
  return slots.flatMap((slot) =>
    slot.kind === 'entry' && slot.entry.kind === 'checkpoint' ? [slot.entry] : [],
  )
}

/** All segments that an entry names, each once. */
export function segmentsOf(
  entry: Pick<CheckpointEntry, 'steps'>,
): CheckpointEntry['steps'][number]['segments'] {
  const segments = entry.steps.flatMap((step) => step.segments)
  return [...new Map(segments.map((segment) => [segment.name, segment])).values()]
}

/** What the commits of an entry read; it is kept as long as no later entry stands. */
export function stagedBy({ owes }: Pick<CheckpointEntry, 'owes'>): readonly StagedSegment[] {
  return owes.flatMap(({ staged = [] }) => staged)
}

/** Bytes of all that a restore of the checkpoint reads. */
export function stateBytes(entry: Pick<CheckpointEntry, 'steps'>): number {
  return segmentsOf(entry).reduce((sum, segment) => sum + segment.sizeBytes, 0)
}
