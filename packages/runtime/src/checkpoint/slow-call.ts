// Tells that a call into the outside world has not answered for a while. Nothing is given up: such
// a call may be waiting for something that comes back, and its outcome is unknown.

import type { Timers } from '@sluice/core/connector'

const firstAfterMs = 30_000

/** Told after half a minute, and then at intervals that double, until the call has ended. */
export async function tellWhileSlow<Result>(
  timers: Timers,
  tell: (waitedMs: number) => void,
  call: () => Promise<Result>,
): Promise<Result> {
  let cancel: () => void = () => {}
  const wait = (waitedMs: number, delayMs: number): void => {
    cancel = timers.after(delayMs, () => {
      const nowMs = waitedMs + delayMs
      tell(nowMs)
      wait(nowMs, nowMs)
    })
  }
  wait(0, firstAfterMs)
  try {
    return await call()
  } finally {
    cancel()
  }
}
