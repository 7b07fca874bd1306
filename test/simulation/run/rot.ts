// The medium goes bad between two runs: a segment of the newest checkpoint holds a wrong byte. What
// its savepoint holds is a copy, and whole.

import type { SimulatedWorld } from '@sluice/testing/simulator'
import type { LogHistory } from '../checks/log-history.ts'
import { checkpointFolder } from '../job/simulated-job.ts'

/** False where the newest checkpoint has no segment. */
export function rotNewest({ disk }: SimulatedWorld, history: LogHistory): boolean {
  const segments = history.newestCheckpoint?.steps.flatMap((step) => step.segments) ?? []
  const [segment] = segments
  if (segment === undefined) return false
  disk.rot(`${history.root}${checkpointFolder}/segments/${segment.name}`)
  return true
}
