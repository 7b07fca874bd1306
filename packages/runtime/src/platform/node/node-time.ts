// Node's clock and timers. Delays beyond what Node's timers hold (24.8 days) are waited for in
// pieces: Node would fire them at once.

import type { Clock, Timers } from '@sluice/core/connector'

const longestDelayMs = 2 ** 31 - 1

export const nodeClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

export const nodeTimers: Timers = {
  after(delayMs, call) {
    let remainingMs = Math.max(0, delayMs)
    let timer: NodeJS.Timeout
    const wait = (): void => {
      const pieceMs = Math.min(remainingMs, longestDelayMs)
      remainingMs -= pieceMs
      timer = setTimeout(() => (remainingMs > 0 ? wait() : call()), pieceMs)
    }
    wait()
    return () => clearTimeout(timer)
  },
  sleep(delayMs) {
    return new Promise((resolve) => {
      nodeTimers.after(delayMs, resolve)
    })
  },
}
