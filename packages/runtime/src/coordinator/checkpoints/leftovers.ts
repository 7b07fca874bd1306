// What a run clears away outside of its own life. A job that had finished is started again: there
// is nothing to run, but a sleeper may have written since its last entry stood; what the run that
// wrote that entry was allowed to clear away, anybody may in its name, however late. And a run that
// was fenced: nobody else may ever come who looks for what it has opened since its successor did.

import type { CommittableName, Logger, NamedCommittable } from '@sluice/core/connector'
import { collect, type CollectionLimits } from '../../checkpoint/collector.ts'
import type { LogStore } from '../../checkpoint/log-store.ts'
import { sweepOrphans } from '../../checkpoint/orphan-sweeper.ts'
import type { Generation } from '../../checkpoint/protocol/identifiers.ts'
import { FinishedEntry } from '../../checkpoint/protocol/log/append.ts'
import type { CheckpointEntry, LogEntry } from '../../checkpoint/protocol/log/entry.ts'
import { checkpointsOf, fencedBy } from '../../checkpoint/protocol/log/log-view.ts'
import { mayAbortAtEnd, Sweep } from '../../checkpoint/protocol/sweep.ts'
import type { CheckpointStorage } from '../../storage/checkpoint-storage.ts'
import { MetricRegistry } from '../../metrics/metric-registry.ts'
import {
  closeCommitters,
  committingSinks,
  createCommitters,
} from '../connectors/sink-committers.ts'
import type { EventListeners } from '../event-listeners.ts'
import type { ProtectedJob } from '../start/protected-job.ts'

export interface LeftoverScope extends Pick<ProtectedJob, 'platform' | 'job' | 'storage'> {
  readonly events: EventListeners
  readonly goesOn: () => boolean
}

/** The job is finished whatever happens here: errors are told to the log alone. */
export async function clearFinished(scope: LeftoverScope, last: CheckpointEntry): Promise<void> {
  const { platform, storage, goesOn } = scope
  const nowMs = platform.clock.now()
  await clearStorage(storage, last, platform.log, { goesOn, pinned: new Set(), nowMs })
  try {
    const finished = new FinishedEntry(last)
    const sweep = new Sweep(finished, undefined)
    await clearSinks(scope, finished.entry, finished.entry.owes, (name) => {
      return sweep.decide(name) === 'abort'
    })
  } catch (error) {
    platform.log.warn('The sinks of the finished job could not be looked at for leftovers.', {
      error: String(error),
    })
  }
}

/**
 * A run that was fenced throws away what it has prepared itself and no entry names, for it may have
 * slept while its successor looked, and that one may be gone. To be called when its tasks have
 * ended. It is over whatever happens here: errors are told to the log alone.
 */
export async function clearFenced(
  scope: LeftoverScope,
  log: LogStore,
  mine: Generation,
): Promise<void> {
  try {
    const view = await log.read()
    const newer = fencedBy(view, mine)
    if (newer === undefined) return
    const own = { logId: newer.logId, generation: mine }
    // Whatever came before it is proven to be committed.
    const promised = checkpointsOf(view).at(-1)?.owes ?? []
    await clearSinks(scope, newer, promised, (name) => mayAbortAtEnd(name, own, view))
  } catch (error) {
    scope.platform.log.warn('The sinks could not be looked at for what this run has left open.', {
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

async function clearSinks(
  { platform, job, storage, events, goesOn }: LeftoverScope,
  { logId, generation }: Pick<LogEntry, 'logId' | 'generation'>,
  promised: readonly NamedCommittable[],
  mayAbort: (name: CommittableName) => boolean,
): Promise<void> {
  const metrics = new MetricRegistry()
  const scope = { platform, job: job.name, logId, generation, metrics, storage, promised }
  const committers = await createCommitters(scope, committingSinks(job.graph, job.sinks))
  try {
    const aborted = (sink: string, count: number): void => {
      events.emit('aborted', { sink, count })
    }
    await sweepOrphans({ committers, logId, mayAbort, log: platform.log, goesOn, aborted })
  } finally {
    await closeCommitters(platform, committers)
  }
}
