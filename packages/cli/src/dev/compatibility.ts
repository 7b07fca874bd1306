// Whether a job can go on from the checkpoint that its next run restores, asked before the run that
// writes there is stopped: afterwards its code may be gone.

import { type JobGraph, SluiceError } from '@sluice/core/internal'
import { checkCompatible } from '@sluice/runtime/internal'
import { hasLog, inspectLog, latestCheckpoint, storageAt } from '../checkpoint/log-inspection.ts'

/** The differences as an error; undefined where there are none, or nothing to compare with. */
export async function incompatibility(
  graph: JobGraph,
  place: string | undefined,
): Promise<SluiceError | undefined> {
  if (place === undefined || !hasLog(place)) return undefined
  const latest = await latestKnown(place)
  // A folder of another job is refused by the run itself, with words of its own.
  if (latest === undefined || latest.job !== graph.job) return undefined
  try {
    checkCompatible({
      graph,
      restored: latest,
      // The run that is stopped first commits what it owes.
      owing: undefined,
      owedSinks: new Set(),
      committingSinks: new Map(),
      allowDroppedState: false,
    })
    return undefined
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'CHECKPOINT_INCOMPATIBLE') return error
    throw error
  }
}

/** Undefined also where the log is damaged: the run itself says so, and what helps. */
async function latestKnown(place: string): ReturnType<typeof readLatest> {
  try {
    return await readLatest(place)
  } catch (error) {
    const unknown: readonly string[] = ['CHECKPOINT_DAMAGED', 'CHECKPOINT_FORMAT_NEWER']
    if (error instanceof SluiceError && unknown.includes(error.code)) return undefined
    throw error
  }
}

async function readLatest(place: string) {
  return latestCheckpoint(await inspectLog(storageAt(place)))
}
