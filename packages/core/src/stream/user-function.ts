// Checks of the functions that a job gives, for people whose editor does not check types: a step
// needs a function, and one that answers now.

import { SluiceError } from '../errors.ts'

/** Throws JOB_INVALID unless `candidate` is a synchronous function. */
export function checkFunction(candidate: unknown, what: string): void {
  if (typeof candidate !== 'function') {
    throw new SluiceError('JOB_INVALID', `${what} must be a function, not ${typeof candidate}.`, {
      hint: 'Give a function that returns its result at once.',
    })
  }
  if (candidate.constructor.name === 'AsyncFunction') {
    throw new SluiceError(
      'JOB_INVALID',
      `${what} must not be async: functions run to completion.`,
      {
        hint: 'Asynchronous work belongs in mapAsync, which has a timeout and retries.',
      },
    )
  }
}
