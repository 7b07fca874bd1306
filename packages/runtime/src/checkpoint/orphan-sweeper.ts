// Aborts what was prepared and is named nowhere: that of older generations at the start and after
// each checkpoint, that of a run itself when it has been fenced. A sink that the job no longer has
// is swept by those that write to the same place. What cannot be swept now is swept next time, so
// errors are shown and nothing waits.

import type { CommittableName, Committer, Logger } from '@sluice/core/connector'
import type { LogId } from './protocol/identifiers.ts'

export interface OrphanSweeperOptions {
  readonly committers: ReadonlyMap<string, Committer>
  readonly logId: LogId
  /** By what the log says. */
  readonly mayAbort: (name: CommittableName) => boolean
  readonly log: Logger
  /** False once the run may abort nothing any more. */
  readonly goesOn: () => boolean
  readonly aborted: (sink: string, count: number) => void
}

export async function sweepOrphans(options: OrphanSweeperOptions): Promise<void> {
  const { committers, logId, mayAbort, log, goesOn, aborted } = options
  for (const [sink, committer] of committers) {
    let count = 0
    try {
      for (const name of await committer.findOrphans(logId)) {
        if (!goesOn()) return
        // Of the same log, so it was once ours; a sink that is still there sweeps its own.
        const isOthers = name.sink !== sink && committers.has(name.sink)
        if (isOthers || !mayAbort(name)) continue
        await committer.abort(name)
        count += 1
      }
    } catch (error) {
      log.warn(
        `Sink '${sink}' could not be swept; it is swept again after the next checkpoint or start.`,
        {
          error: String(error),
        },
      )
    }
    if (count > 0) aborted(sink, count)
  }
}
