// Aborts what was prepared by older generations and is named nowhere: at the start, and after each
// checkpoint again. A sink that the job no longer has is swept by those that write to the same
// place. What cannot be swept now is swept next time, so errors are shown and nothing waits.

import type { Committer, Logger } from '@sluice/core/connector'
import type { LogId } from './protocol/identifiers.ts'
import type { Sweep } from './protocol/sweep.ts'

export interface OrphanSweeperOptions {
  readonly committers: ReadonlyMap<string, Committer>
  readonly logId: LogId
  readonly sweep: Sweep
  readonly log: Logger
  /** False once the attempt is over: nothing is aborted any more. */
  readonly goesOn: () => boolean
  readonly aborted: (sink: string, count: number) => void
}

export async function sweepOrphans(options: OrphanSweeperOptions): Promise<void> {
  const { committers, logId, sweep, log, goesOn, aborted } = options
  for (const [sink, committer] of committers) {
    let count = 0
    try {
      for (const name of await committer.findOrphans(logId)) {
        if (!goesOn()) return
        // Of the same log, so it was once ours; a sink that is still there sweeps its own.
        const isOthers = name.sink !== sink && committers.has(name.sink)
        if (isOthers || sweep.decide(name) !== 'abort') continue
        await committer.abort(name)
        count += 1
      }
    } catch (error) {
      log.warn(`Sink '${sink}' could not be swept; it is swept again after the next checkpoint.`, {
        error: String(error),
      })
    }
    if (count > 0) aborted(sink, count)
  }
}
