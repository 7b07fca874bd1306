// Whether a job can go on from the newest checkpoint in its folder, asked before the run that
// writes there is stopped: afterwards its code may be gone.

import { type JobGraph, SluiceError } from '@sluice/core/internal'
import { checkCompatible } from '@sluice/runtime/internal'
import { hasLog, inspectLog, newestCheckpoint, storageAt } from '../checkpoint/log-inspection.ts'

/** The differences as an error; undefined where there are none, or nothing to compare with. */
export async function incompatibility(
  graph: JobGraph,
  place: string | undefined,
): Promise<SluiceError | undefined> {
  if (place === undefined || !hasLog(place)) return undefined
  const newest = newestCheckpoint(await inspectLog(storageAt(place)))
  // A folder of another job is refused by the run itself, with words of its own.
  if (newest === undefined || newest.job !== graph.job) return undefined
  try {
    checkCompatible({
      graph,
      restored: newest,
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
