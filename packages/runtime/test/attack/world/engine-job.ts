// A job of a test on the real engine: real tasks in this thread, real files, short checkpoints.

import type { JobDefinition } from '@sluice/core/internal'
import { onTestFinished } from 'vitest'
import type { JobOptions, JobRun } from '../../../src/coordinator/job-run.ts'
import { runJob } from '../../../src/coordinator/run-job.ts'
import { registerJob } from '../../../src/worker/job-registry.ts'
import { inlinePlatform } from '../../coordinator/world/inline-workers.ts'
import { temporaryFolder } from '../../coordinator/world/scripted-run.ts'

export class EngineJob {
  readonly folder = temporaryFolder()
  readonly #key = `attack-${this.folder}`
  /** Checkpoints that were completed so far. */
  completed = 0
  run: JobRun | undefined
  /** Called at each turn that a worker asks for. */
  onTurn: () => void = () => {}
  readonly inline: ReturnType<typeof inlinePlatform>

  /** `now` takes the place of the clock that timers go by. */
  constructor(definition: unknown, { now = Date.now }: { readonly now?: () => number } = {}) {
    this.inline = inlinePlatform({
      later: (call) => {
        this.onTurn()
        setImmediate(call)
      },
      clock: { now, monotonic: () => performance.now() },
    })
    onTestFinished(registerJob(this.#key, definition as JobDefinition))
  }

  start(parallelism: number, settings: NonNullable<JobOptions['settings']> = {}): JobRun {
    const { checkpoint, ...others } = settings
    const run = runJob(this.inline.platform, {
      origin: { kind: 'registered', key: this.#key },
      settings: {
        parallelism,
        restart: { strategy: 'fixed', delayMs: 0, maxAttempts: 5 },
        ...others,
        checkpoint:
          checkpoint === 'off'
            ? 'off'
            : { everyMs: 15, minPauseMs: 0, storage: this.folder, ...checkpoint },
      },
    })
    run.on('checkpoint-completed', () => {
      this.completed += 1
    })
    this.run = run
    onTestFinished(async () => {
      run.cancel()
      await run.done
    })
    return run
  }

  /** The thread of the first worker of the newest attempt dies. */
  killWorker(): void {
    this.inline.workers.at(-1)?.dies()
  }

  async until(condition: () => boolean, withinMs = 8_000): Promise<void> {
    const end = performance.now() + withinMs
    while (!condition()) {
      if (performance.now() > end) {
        throw new Error(`It never came to this: ${JSON.stringify(this.run?.status())}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }

  /** Waits for so many checkpoints that begin from now on. */
  async untilCheckpoints(count: number): Promise<void> {
    const before = this.completed
    await this.until(() => this.completed >= before + count)
  }
}
