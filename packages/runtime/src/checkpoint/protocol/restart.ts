// Whether and when the tasks are started again after a failure: at once first, then after growing delays
// with jitter; anew after a stable period. Pure: time and the random number are given.

import type { RestartSettings } from '@sluice/core/internal'

/** What is remembered between failures. */
export interface RestartHistory {
  /** Restarts since the last stable period. */
  readonly restarts: number
}

export const noRestarts: RestartHistory = { restarts: 0 }

export interface FailureFacts {
  readonly nowMs: number
  /** When the tasks of the failed attempt began to run; undefined: they never did. */
  readonly runningSinceMs: number | undefined
  /** In [0, 1). */
  readonly random: number
}

export type RestartDecision =
  | { readonly kind: 'restart'; readonly delayMs: number; readonly history: RestartHistory }
  | { readonly kind: 'give-up'; readonly reason: 'strategy-none' | 'attempts-exhausted' }

/** The part of a delay that jitter may add or take away. */
const JITTER = 0.2

export function decideRestart(
  settings: RestartSettings,
  history: RestartHistory,
  failure: FailureFacts,
): RestartDecision {
  if (settings.strategy === 'none') return { kind: 'give-up', reason: 'strategy-none' }
  const restarts = wasStable(settings, failure) ? 0 : history.restarts
  if (settings.maxAttempts !== undefined && restarts >= settings.maxAttempts) {
    return { kind: 'give-up', reason: 'attempts-exhausted' }
  }
  const delayMs =
    settings.strategy === 'fixed'
      ? settings.delayMs
      : exponentialDelayMs(settings, restarts, failure.random)
  return { kind: 'restart', delayMs, history: { restarts: restarts + 1 } }
}

function wasStable(settings: RestartSettings, failure: FailureFacts): boolean {
  if (settings.strategy !== 'exponential' || failure.runningSinceMs === undefined) return false
  return failure.nowMs - failure.runningSinceMs >= settings.resetAfterMs
}

function exponentialDelayMs(
  settings: Extract<RestartSettings, { strategy: 'exponential' }>,
  restarts: number,
  random: number,
): number {
  if (restarts === 0) return 0
  const grown = settings.initialDelayMs * 2 ** Math.min(restarts - 1, 52)
  const jitter = 1 + JITTER * (2 * random - 1)
  return Math.round(Math.min(Math.min(grown, settings.maxDelayMs) * jitter, settings.maxDelayMs))
}
