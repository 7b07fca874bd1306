// How a run says that it does not start its tasks again, or not from there.

import { SluiceError } from '@sluice/core/internal'

/** The error itself, since that is what has to be mended; the hint says what happens then. */
export function userErrorRecurs(error: SluiceError, checkpoint: number | undefined): SluiceError {
  const { code, message, where, hint, cause, stack } = error
  const from = checkpoint === undefined ? 'the beginning' : `checkpoint ${checkpoint}`
  const again = `It came back after each restart. Mend it: the next run goes on from ${from}.`
  const recurring = new SluiceError(code, message, {
    where,
    hint: hint === undefined ? again : `${hint} ${again}`,
    ...(cause === undefined ? {} : { cause }),
  })
  if (stack !== undefined) recurring.stack = stack
  return recurring
}

/** The strategy allows no more restarts. */
export function restartsExhausted(restarts: number, error: SluiceError): SluiceError {
  return new SluiceError(
    'RESTARTS_EXHAUSTED',
    `The job failed again after ${restarts} restarts: ${error.message}`,
    { cause: error, where: error.where, ...(error.hint === undefined ? {} : { hint: error.hint }) },
  )
}

/** The operator accepts duplicates, and from this checkpoint the promise would be lost instead. */
export function lostIfLetGo(error: SluiceError, checkpoint: number): SluiceError {
  const { code, message, where, hint, cause } = error
  const older = `Checkpoint ${checkpoint} restores without it; an older one writes it again.`
  return new SluiceError(code, message, {
    where,
    hint: hint === undefined ? older : `${hint} ${older}`,
    ...(cause === undefined ? {} : { cause }),
  })
}
