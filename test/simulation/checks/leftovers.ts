// What is left when all is over and quiet: of the checkpoints only what retained manifests name,
// for a run that finds its job finished collects (but for segments of a checkpoint that was under
// way when the last one was complete). Of the sinks nothing hidden, unless it was written after the
// last sweep had begun, by a run that slept.

import { retainedSegments } from '@sluice/runtime/internal'
import type { SimulatedDisk } from '@sluice/testing/simulator'
import { checkpointFolder, outputFolder } from '../job/simulated-job.ts'
import type { DiskWatch } from './disk-watch.ts'
import { filesBelow, namesIn } from './disk-reading.ts'
import type { LogHistory } from './log-history.ts'

export function judgeLeftovers(
  disk: SimulatedDisk,
  history: LogHistory,
  watch: DiskWatch,
  sweptAtMs: number,
): string[] {
  const checkpoints = `${history.root}${checkpointFolder}`
  const output = `${history.root}${outputFolder}`
  const newest = history.newestCheckpoint
  if (newest === undefined) return ['no checkpoint was ever completed']
  const isOld = (path: string) => watch.changedAtMs(path) < sweptAtMs
  const segments = retainedSegments(newest)
  const positions = newest.retained.map(({ position }) => position)
  const oldest = Math.min(...positions)
  const missing = [...segments].filter(
    (name) => !namesIn(disk, `${checkpoints}/segments`).includes(name),
  )
  const strangers = filesBelow(disk, `${checkpoints}/segments`).filter(
    (path) =>
      !segments.has(path.slice(path.lastIndexOf('/') + 1)) &&
      checkpointOf(path) <= newest.checkpoint,
  )
  const collected = filesBelow(disk, `${checkpoints}/log`).filter(
    (path) => Number(path.slice(-12)) < oldest,
  )
  const hidden = namesIn(disk, output)
    .flatMap((sink) => filesBelow(disk, `${output}/${sink}/.sluice`))
    .filter(isOld)
  return [
    ...missing.map((name) => `segment ${name} is retained and not there`),
    ...strangers.map((path) => `no retained manifest names ${path}`),
    ...collected.map((path) => `${path} is below all that is retained`),
    ...hidden.map((path) => `${path} is hidden and nobody's`),
  ].slice(0, 8)
}

/** `<log id>.<generation>.<checkpoint>.<step>.<subtask>.<sequence>.segment` */
function checkpointOf(segment: string): number {
  return Number(segment.split('.')[2])
}
