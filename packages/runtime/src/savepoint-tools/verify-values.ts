// Checks what a step holds in a checkpoint or savepoint: that its segments are as they were
// written, and that every value is as a job declares it now. The segments of one subtask at a time
// are in memory.

import type { StateSchemas } from '@sluice/core/internal'
import {
  type StoredStateVerdict,
  verifyStoredState,
} from '../state/heap/loading/verify-stored-state.ts'
import type { SegmentRef } from '../state/state-backend.ts'
import { indexSegment } from './segment-index.ts'
import type { StateReader } from './state-reader.ts'

/** Throws CHECKPOINT_DAMAGED and CHECKPOINT_FORMAT_NEWER, naming the segment. */
export async function verifyValues(
  stored: StateReader,
  step: string,
  schemas: StateSchemas,
): Promise<StoredStateVerdict> {
  const { segments } = stored.step(step)
  const verdicts: StoredStateVerdict[] = []
  const owners = Map.groupBy(segments, ({ range }) => `${range.first}-${range.last}`)
  for (const refs of owners.values()) {
    if (Object.keys(schemas).length === 0) {
      for (const ref of refs) await indexSegment(stored.folder, ref)
      continue
    }
    const { maxParallelism } = stored
    const bytes = await Promise.all(refs.map((ref) => wholeSegment(stored, ref)))
    verdicts.push(verifyStoredState(bytes, { step, maxParallelism, schemas }))
  }
  return {
    values: verdicts.reduce((sum, { values }) => sum + values, 0),
    problems: verdicts.flatMap(({ problems }) => problems),
    problemCount: verdicts.reduce((sum, { problemCount }) => sum + problemCount, 0),
  }
}

/** What is longer or shorter than it should be is found out by whoever opens it. */
async function wholeSegment(
  { folder }: StateReader,
  ref: SegmentRef,
): Promise<{ readonly ref: SegmentRef; readonly bytes: Uint8Array }> {
  const file = await folder.open(ref.name)
  try {
    return { ref, bytes: await file.read(0, file.sizeBytes) }
  } finally {
    await file.close()
  }
}
