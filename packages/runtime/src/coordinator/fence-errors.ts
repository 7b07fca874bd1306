// How a run says that a newer one has taken over.

import { SluiceError } from '@sluice/core/internal'

/** `position`: where the entry of the newer run was met. */
export function fencedError(generation: number, position: number): SluiceError {
  return new SluiceError(
    'FENCED',
    `A newer run of the job has taken over: generation ${generation} met its entry at position ` +
      `${position} of the checkpoint log.`,
    { hint: 'Nothing is lost. Run a job in one place at a time; never restart on this ending.' },
  )
}
