// Time that passes as soon as nobody works: every timer is due in the next turn of the event
// loop, and the delays that were asked for are kept for the test to see.

import type { LogPlatform } from '../../src/checkpoint/log-store.ts'

export interface InstantPlatform extends LogPlatform {
  readonly delays: number[]
  readonly warnings: string[]
}

export function instantPlatform(seed = 1): InstantPlatform {
  let drawn = seed
  const delays: number[] = []
  const warnings: string[] = []
  const uint32 = (): number => {
    drawn = (Math.imul(drawn, 1664525) + 1013904223) >>> 0
    return drawn
  }
  const after = (delayMs: number, call: () => void): (() => void) => {
    delays.push(delayMs)
    const immediate = setImmediate(call)
    return () => clearImmediate(immediate)
  }
  return {
    delays,
    warnings,
    clock: { now: () => 1_000, monotonic: () => 1_000 },
    timers: {
      after,
      sleep: (delayMs) => new Promise((resolve) => after(delayMs, resolve)),
    },
    random: {
      uint32,
      fraction: () => uint32() / 2 ** 32,
      hex: (bytes) =>
        Array.from({ length: bytes }, () => (uint32() >>> 24).toString(16).padStart(2, '0')).join(
          '',
        ),
    },
    log: {
      debug: () => {},
      info: () => {},
      warn: (message) => {
        warnings.push(message)
      },
      error: () => {},
    },
  }
}
