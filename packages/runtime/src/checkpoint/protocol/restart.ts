// Whether and when the tasks are started again after a failure: at once first, then after growing
// delays with jitter; anew after a stable period. An error of the user's code that comes back again
// and again while no checkpoint completes is given up on, since a restart cannot mend it. Pure:
// time and the random number are given.

import { type RestartSettings, SluiceError } from '@sluice/core/internal'

/** What is remembered between failures. */
export interface RestartHistory {
  /** Restarts since the last stable period. */
  readonly restarts: number
  /** The error of the user's code that came last; undefined: another one did. */
  readonly userError?: UserErrorHistory
}

interface UserErrorHistory {
  /** Code and step: one record after the other may fail there. */
  readonly name: string
  /** Restarts for it since a checkpoint completed. */
  readonly restarts: number
  readonly completedCheckpoints: number
}

export const noRestarts: RestartHistory = { restarts: 0 }

export interface FailureFacts {
  readonly error: SluiceError
  /** How many checkpoints this run has completed. */
  readonly completedCheckpoints: number
  readonly nowMs: number
  /** When the tasks of the failed attempt began to run; undefined: they never did. */
  readonly runningSinceMs: number | undefined
  /** In [0, 1). */
  readonly random: number
}

export type RestartDecision =
  | { readonly kind: 'restart'; readonly delayMs: number; readonly history: RestartHistory }
  | { readonly kind: 'give-up'; readonly reason: GiveUpReason }

export type GiveUpReason = 'strategy-none' | 'attempts-exhausted' | 'user-error-recurs'

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
  const userError = userErrorAfter(history, failure)
  if (settings.strategy === 'exponential' && userError !== undefined) {
    const { userErrorRestarts = Number.POSITIVE_INFINITY } = settings
    if (userError.restarts > userErrorRestarts) {
      return { kind: 'give-up', reason: 'user-error-recurs' }
    }
  }
  const delayMs =
    settings.strategy === 'fixed'
      ? settings.delayMs
      : exponentialDelayMs(settings, restarts, failure.random)
  const after = { restarts: restarts + 1, ...(userError === undefined ? {} : { userError }) }
  return { kind: 'restart', delayMs, history: after }
}

/** The error of the user's code behind a failure; undefined: it has another origin. */
export function userErrorOf(error: SluiceError): SluiceError | undefined {
  // A checkpoint that failed because a sink's function threw has failed by the user's code.
  if (error.code === 'CHECKPOINT_FAILED' && error.cause instanceof SluiceError) {
    return userErrorOf(error.cause)
  }
  return error.domain === 'user' ? error : undefined
}

function userErrorAfter(
  { userError: before }: RestartHistory,
  { error, completedCheckpoints }: FailureFacts,
): UserErrorHistory | undefined {
  const own = userErrorOf(error)
  if (own === undefined) return undefined
  const name = `${own.code} ${own.where.step ?? own.where.sink ?? ''}`
  const recurs = before?.name === name && before.completedCheckpoints === completedCheckpoints
  return { name, restarts: recurs ? before.restarts + 1 : 1, completedCheckpoints }
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
