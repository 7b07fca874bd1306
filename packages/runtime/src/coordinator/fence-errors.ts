// How a run learns and says that a newer one has taken over.

import { SluiceError } from '@sluice/core/internal'
import type { Generation } from '../checkpoint/protocol/identifiers.ts'
import { fencedBy, type LogView } from '../checkpoint/protocol/log/log-view.ts'

/** `position`: where the entry of the newer run was met. */
export function fencedError(generation: number, position: number): SluiceError {
  return new SluiceError(
    'FENCED',
    `A newer run of the job has taken over: generation ${generation} met its entry at position ` +
      `${position} of the checkpoint log.`,
    { hint: 'Nothing is lost. Run a job in one place at a time; never restart on this ending.' },
  )
}

/** Throws FENCED where the log shows a newer run. */
export function endIfFenced(view: LogView, mine: Generation): void {
  const newer = fencedBy(view, mine)
  if (newer !== undefined) throw fencedError(mine, newer.position)
}
