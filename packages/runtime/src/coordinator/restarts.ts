// Whether and when the tasks of a run are started again after a failure, over all its attempts: the
// decider's memory, and the pause that a stop cuts short.

import type { SluiceError } from '@sluice/core/internal'
import { decideRestart, noRestarts, userErrorOf } from '../checkpoint/protocol/restart.ts'
import type { Platform } from '../platform/platform.ts'
import type { PreparedJob } from './prepared-job.ts'
import { restartsExhausted, userErrorRecurs } from './restart-errors.ts'
import type { RunProgress } from './run-progress.ts'

export class Restarts {
  readonly #platform: Platform
  #history = noRestarts
  #runningSinceMs: number | undefined
  #endDelay: () => void = () => {}

  constructor(platform: Platform) {
    this.#platform = platform
  }

  /** Tasks run since this moment of the monotonic clock. */
  running(nowMs: number): void {
    this.#runningSinceMs = nowMs
  }

  /**
   * How long to wait before the next attempt, or throws what ends the run. Without checkpoints
   * nothing is started again: from the beginning, all of it would be written again.
   */
  delayMsOrThrow(job: PreparedJob, error: SluiceError, progress: RunProgress): number {
    if (job.storage === undefined || error.retry === 'never' || error.retry === 'fence') throw error
    const decision = decideRestart(job.settings.restart, this.#history, {
      error,
      completedCheckpoints: progress.completedCheckpoints,
      nowMs: this.#platform.clock.monotonic(),
      runningSinceMs: this.#runningSinceMs,
      random: this.#platform.random.fraction(),
    })
    this.#runningSinceMs = undefined
    if (decision.kind === 'give-up') {
      if (decision.reason === 'strategy-none') throw error
      if (decision.reason === 'attempts-exhausted') {
        throw restartsExhausted(progress.restarts, error)
      }
      throw userErrorRecurs(userErrorOf(error) ?? error, progress.newestCheckpoint)
    }
    this.#history = decision.history
    return decision.delayMs
  }

  async wait(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#platform.timers.after(delayMs, resolve)
      this.#endDelay = () => {
        cancel()
        resolve()
      }
    })
    this.#endDelay = () => {}
  }

  endWait(): void {
    this.#endDelay()
  }
}
