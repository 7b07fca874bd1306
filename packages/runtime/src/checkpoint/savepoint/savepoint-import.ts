// Brings the state of a savepoint into the storage of a log: each segment under a new name of the
// run that imports it, so that the log owns it and collects it one day like all others. Nothing
// names the copies until the entry that this prepares stands.

import type { CheckpointStorage } from '../../storage/checkpoint-storage.ts'
import { formatSegmentName } from '../protocol/collection.ts'
import type { CheckpointId, Generation, LogId } from '../protocol/identifiers.ts'
import type { SegmentReference, StepSnapshot } from '../protocol/log/entry.ts'
import type { SavepointFolder } from './savepoint-folder.ts'
import { type Savepoint, segmentsOf } from './savepoint.ts'

export interface SegmentImport {
  readonly savepoint: Savepoint
  readonly folder: SavepointFolder
  readonly storage: CheckpointStorage
  /** Of the run that imports, and of the entry that will name the copies. */
  readonly logId: LogId
  readonly generation: Generation
  readonly checkpoint: CheckpointId
  /** Takes the files over where the storage can, instead of copying their bytes. */
  readonly claims: boolean
  /** Throws once the attempt is over. */
  readonly check: () => void
}

/** The steps of the savepoint, naming segments of the log. */
export async function importSegments(work: SegmentImport): Promise<StepSnapshot[]> {
  const { savepoint, folder, storage, claims, check } = work
  const names = new Map<string, string>()
  for (const [index, segment] of segmentsOf(savepoint.steps).entries()) {
    check()
    const name = newName(work, segment, index)
    const taken = claims && (await storage.adoptSegment?.(name, folder.segmentPath(segment.name)))
    // What was taken over is read back with all others before an entry names it.
    if (taken !== true) await storage.writeSegment(name, [await folder.readSegment(segment)])
    names.set(segment.name, name)
  }
  return savepoint.steps.map((step) => ({
    ...step,
    segments: step.segments.map((segment) => ({
      ...segment,
      name: names.get(segment.name) as string,
    })),
  }))
}

function newName(
  { logId, generation, checkpoint }: SegmentImport,
  { step }: SegmentReference,
  index: number,
): string {
  return formatSegmentName({ logId, generation, checkpoint, step, subtask: 0, sequence: index })
}
