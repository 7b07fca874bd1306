// The options of `.mapAsync`, checked and in numbers.

import { SluiceError } from '../errors.ts'
import { type Duration, parseDuration } from '../time/duration.ts'

/** One asynchronous call. The signal aborts when its time is over or the task ends. */
export type AsyncCall<T, Out> = (value: T, signal: AbortSignal) => Promise<Out> | Out

/** Options of `mapAsync`. */
export interface MapAsyncOptions {
  /** Calls in flight per subtask, results that wait for their turn included; 16 unless set. */
  readonly concurrency?: number
  /** Whether results keep the order of the records; true unless set. Watermarks are always kept. */
  readonly ordered?: boolean
  /** Limit of each call; `'60s'` unless set. */
  readonly timeout?: Duration
  /** What happens when a call fails or takes too long: the job fails at once unless set. */
  readonly retries?: {
    /** How many more times a call is made. */
    readonly attempts: number
    /** Before the first further call; doubled before each one after it, up to a minute. */
    readonly delay?: Duration
  }
  readonly renamedFrom?: string
}

export interface MapAsyncSettings {
  readonly concurrency: number
  readonly ordered: boolean
  readonly timeoutMs: number
  readonly retryAttempts: number
  readonly retryDelayMs: number
}

/** Throws SETTING_INVALID and DURATION_INVALID. */
export function mapAsyncSettings(options: MapAsyncOptions, step: string): MapAsyncSettings {
  const { concurrency = 16, ordered = true, timeout = '60s', retries } = options
  const settings = {
    concurrency,
    ordered,
    timeoutMs: parseDuration(timeout, `timeout of '${step}'`),
    retryAttempts: retries?.attempts ?? 0,
    retryDelayMs: parseDuration(retries?.delay ?? '1s', `retries.delay of '${step}'`),
  }
  checkWhole(concurrency, 1, `concurrency of '${step}'`)
  checkWhole(settings.timeoutMs, 1, `timeout of '${step}' in milliseconds`)
  checkWhole(settings.retryAttempts, 0, `retries.attempts of '${step}'`)
  return settings
}

function checkWhole(value: number, least: number, what: string): void {
  if (Number.isSafeInteger(value) && value >= least) return
  throw new SluiceError('SETTING_INVALID', `${what} is ${value}.`, {
    hint: `It must be a whole number from ${least} upwards.`,
  })
}
