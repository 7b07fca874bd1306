// A job that had finished is started again: there is nothing to run, but a sleeper may have written
// since its last entry stood. What the run that wrote that entry was allowed to clear away, anybody
// may clear away in its name, however late.

import type { Logger } from '@sluice/core/connector'
import { collect, type CollectionLimits } from '../../checkpoint/collector.ts'
import { sweepOrphans } from '../../checkpoint/orphan-sweeper.ts'
import { FinishedEntry } from '../../checkpoint/protocol/log/append.ts'
import type { CheckpointEntry } from '../../checkpoint/protocol/log/entry.ts'
import { Sweep } from '../../checkpoint/protocol/sweep.ts'
import type { CheckpointStorage } from '../../storage/checkpoint-storage.ts'
import { MetricRegistry } from '../../metrics/metric-registry.ts'
import {
  closeCommitters,
  committingSinks,
  createCommitters,
} from '../connectors/sink-committers.ts'
import type { EventListeners } from '../event-listeners.ts'
import type { ProtectedJob } from './protected-job.ts'

export interface FinishedScope extends Pick<ProtectedJob, 'platform' | 'job' | 'storage'> {
  readonly events: EventListeners
  readonly goesOn: () => boolean
}

/** The job is finished whatever happens here: errors are told to the log alone. */
export async function clearFinished(scope: FinishedScope, last: CheckpointEntry): Promise<void> {
  const { platform, storage, goesOn } = scope
  const nowMs = platform.clock.now()
  await clearStorage(storage, last, platform.log, { goesOn, pinned: new Set(), nowMs })
  try {
    await sweep(scope, new FinishedEntry(last))
  } catch (error) {
    platform.log.warn('The sinks of the finished job could not be looked at for leftovers.', {
      error: String(error),
    })
  }
}

/** Removes what the last collection of the finished job missed; errors are told to the log. */
export async function clearStorage(
  storage: CheckpointStorage,
  last: CheckpointEntry,
  log: Logger,
  limits: CollectionLimits,
): Promise<void> {
  await collect(storage, new FinishedEntry(last), log, limits)
}

async function sweep(
  { platform, job, storage, events, goesOn }: FinishedScope,
  finished: FinishedEntry,
): Promise<void> {
  const { logId, generation } = finished.entry
  const metrics = new MetricRegistry()
  const scope = {
    platform,
    job: job.name,
    logId,
    generation,
    metrics,
    storage,
    promised: finished.entry.owes,
  }
  const committers = await createCommitters(scope, committingSinks(job.graph, job.sinks))
  try {
    const sweep = new Sweep(finished, undefined)
    const aborted = (sink: string, count: number): void => {
      events.emit('aborted', { sink, count })
    }
    await sweepOrphans({ committers, logId, sweep, log: platform.log, goesOn, aborted })
  } finally {
    await closeCommitters(platform, committers)
  }
}
