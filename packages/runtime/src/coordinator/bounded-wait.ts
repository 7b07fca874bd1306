// Waits for something that may never come, such as the end of a connector, though not for ever.

import type { Timers } from '@sluice/core/connector'

/** Resolves when the work is done or the time is over, however the work ended. */
export async function waitAtMost(
  timers: Timers,
  limitMs: number,
  work: Promise<unknown>,
): Promise<void> {
  const over = Promise.withResolvers<void>()
  const cancel = timers.after(limitMs, over.resolve)
  await Promise.race([Promise.allSettled([work]), over.promise])
  cancel()
}
