// How a run learns and says that a newer one has taken over.

import { SluiceError } from '@sluice/core/internal'
import type { LogView } from '../checkpoint/protocol/log/log-view.ts'

/** `position`: where the entry of the newer run was met. */
export function fencedError(generation: number, position: number): SluiceError {
  return new SluiceError(
    'FENCED',
    `A newer run of the job has taken over: generation ${generation} met its entry at position ` +
      `${position} of the checkpoint log.`,
    { hint: 'Nothing is lost. Run a job in one place at a time; never restart on this ending.' },
  )
}

/**
 * Throws FENCED where any entry is of a higher generation: the fence that opened it may have been
 * collected already.
 */
export function endIfFenced(view: LogView, mine: number): void {
  const newer = view.slots.find((slot) => slot.kind === 'entry' && slot.entry.generation > mine)
  if (newer !== undefined) throw fencedError(mine, newer.position)
}
