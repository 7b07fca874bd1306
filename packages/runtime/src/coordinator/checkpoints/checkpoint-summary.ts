// A completed checkpoint in figures, for status and events.

import type { CheckpointEntry } from '../../checkpoint/protocol/log/entry.ts'
import { parseSegmentName } from '../../checkpoint/protocol/collection.ts'
import type { TaskSnapshot } from '../../worker/messages.ts'
import type { CheckpointSummary } from '../job-run.ts'

export function checkpointSummary(
  entry: CheckpointEntry,
  snapshots: readonly TaskSnapshot[],
  durationMs: number,
): CheckpointSummary {
  const segments = new Map(
    entry.steps.flatMap((step) =>
      step.segments.map((segment) => [segment.name, segment.sizeBytes]),
    ),
  )
  let stateBytes = 0
  let newBytes = 0
  for (const [name, sizeBytes] of segments) {
    stateBytes += sizeBytes
    const written = parseSegmentName(name)
    const isNew =
      written?.generation === entry.generation && written.checkpoint === entry.checkpoint
    if (isNew) newBytes += sizeBytes
  }
  return {
    id: entry.checkpoint,
    generation: entry.generation,
    position: entry.position,
    durationMs,
    alignmentMs: longest(snapshots, (snapshot) => snapshot.alignmentMs),
    syncMs: longest(snapshots, (snapshot) => snapshot.syncMs),
    asyncMs: longest(snapshots, (snapshot) => snapshot.asyncMs),
    stateBytes,
    newBytes,
    committables: entry.owes.length,
    completedAtMs: entry.writtenAtMs,
  }
}

function longest(
  snapshots: readonly TaskSnapshot[],
  figure: (snapshot: TaskSnapshot) => number,
): number {
  return snapshots.reduce((most, snapshot) => Math.max(most, figure(snapshot)), 0)
}
