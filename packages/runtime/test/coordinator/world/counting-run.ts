// A job with real tasks that counts numbers by key, in a folder of its own: what it has published
// tells whether anything was lost or doubled, wherever its state came from.

import { counter, defineJob, type Emit, generatorSource, memorySink } from '@sluice/core'
import type { JobDefinition } from '@sluice/core/internal'
import { onTestFinished } from 'vitest'
import type { JobOptions, JobRun } from '../../../src/coordinator/job-run.ts'
import { runJob } from '../../../src/coordinator/run-job.ts'
import type { Platform } from '../../../src/platform/platform.ts'
import { registerJob } from '../../../src/worker/job-registry.ts'
import { inlinePlatform } from './inline-workers.ts'
import { temporaryFolder } from './scripted-run.ts'

const keys = 10

export interface Count {
  readonly key: number
  readonly nth: number
}

export interface CountingShape {
  readonly name?: string
  readonly records?: number
  readonly ratePerSecond?: number
  /** The name of the keyed step. */
  readonly step?: string
}

export class CountingPlace {
  readonly folder = temporaryFolder()
  readonly results = memorySink<Count>()
  readonly #records: number
  readonly #key: string

  constructor(shape: CountingShape = {}) {
    const { name = 'counting', records = 3_000, ratePerSecond = 5_000, step = 'count' } = shape
    this.#records = records
    this.#key = `counting-${this.folder}`
    const definition = defineJob({
      name,
      graph: (job) => {
        const generate = (index: number): { key: number } => ({ key: index % keys })
        job
          .from('numbers', generatorSource({ count: records, ratePerSecond, splits: 4, generate }))
          .keyBy((record) => record.key)
          .process(step, {
            state: { seen: counter() },
            onRecord: (record, { state }, emit: Emit<Count>) => {
              const nth = state.seen.get() + 1
              state.seen.set(nth)
              emit({ key: record.key, nth })
            },
          })
          .to('out', this.results)
      },
    })
    onTestFinished(registerJob(this.#key, definition as JobDefinition))
  }

  run(options: Partial<JobOptions> = {}, changes: Partial<Platform> = {}): JobRun {
    const run = runJob(inlinePlatform(changes).platform, {
      origin: { kind: 'registered', key: this.#key },
      ...options,
      settings: {
        parallelism: 2,
        restart: { strategy: 'fixed', delayMs: 0, maxAttempts: 5 },
        ...options.settings,
        checkpoint: {
          everyMs: 15,
          minPauseMs: 5,
          storage: this.folder,
          ...(options.settings?.checkpoint as object | undefined),
        },
      },
    })
    onTestFinished(async () => {
      run.cancel()
      await run.done
    })
    return run
  }

  /** Results are visible, so checkpoints hold state. */
  async untilPublished(): Promise<void> {
    while (this.results.records.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** How often each number of each key was published; all once: nothing is lost or doubled. */
  faults(others: readonly CountingPlace[] = []): string[] {
    const seen = new Map<string, number>()
    for (const { results } of [this, ...others]) {
      for (const { key, nth } of results.records) {
        seen.set(`${key}/${nth}`, (seen.get(`${key}/${nth}`) ?? 0) + 1)
      }
    }
    const expected = Array.from({ length: this.#records }, (_, index) => {
      return `${index % keys}/${Math.floor(index / keys) + 1}`
    })
    const lost = expected.filter((name) => !seen.has(name)).map((name) => `lost ${name}`)
    const odd = [...seen].filter(([, times]) => times > 1).map(([name]) => `doubled ${name}`)
    return [...lost, ...odd]
  }
}

/** Resolves with the first event of this kind. */
export async function untilRunning(run: JobRun): Promise<void> {
  if (run.status().state === 'running') return
  await new Promise<void>((resolve) => {
    run.on('running', () => resolve())
  })
}
