// Sinks that the job no longer has, and that may have left something prepared. Where another sink
// of the job writes to the same place it is swept; elsewhere nothing in the job says where to look.

import type { LogView } from '../../checkpoint/protocol/log/log-view.ts'
import { checkpointsOf } from '../../checkpoint/protocol/log/log-view.ts'

/** Names, sorted; none after a run that ended well, for it has published all that it prepared. */
export function removedSinks(
  view: LogView,
  committingSinks: ReadonlyMap<string, unknown>,
): readonly string[] {
  const checkpoints = checkpointsOf(view)
  if (checkpoints.at(-1)?.end !== 'continues') return []
  const prepared = checkpoints.flatMap(({ owes }) => owes.map(({ name }) => name.sink))
  return [...new Set(prepared)].filter((sink) => !committingSinks.has(sink)).sort()
}

/** What is said of one of them. */
export function removedSinkText(sink: string): string {
  return (
    `Sink '${sink}' is no longer in the job. What a run that died has prepared there is removed ` +
    'only where another sink of the job writes to the same place; otherwise it stays hidden. To ' +
    'have it removed, run the job with that sink once more and stop it.'
  )
}
