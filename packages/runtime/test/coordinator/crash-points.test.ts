// Real tasks, real files, and a run that ends at every point of the protocol, again and again, at
// another parallelism each time. The results must be those of counting once.

import { counter, defineJob, type Emit, generatorSource, memorySink } from '@sluice/core'
import type { JobDefinition } from '@sluice/core/internal'
import { expect, onTestFinished, test } from 'vitest'
import type { JobRun, Phase } from '../../src/coordinator/job-run.ts'
import { runJob } from '../../src/coordinator/run-job.ts'
import { registerJob } from '../../src/worker/job-registry.ts'
import { inlinePlatform } from './world/inline-workers.ts'
import { temporaryFolder } from './world/scripted-run.ts'

const records = 3_000
const keys = 10

interface Count {
  readonly key: number
  readonly nth: number
}

class CountingJob {
  readonly folder = temporaryFolder()
  readonly results = memorySink<Count>()
  readonly key = `counting-${this.folder}`
  /** Called for each record; throws where the user's function fails. */
  onRecord: () => void = () => {}

  constructor() {
    const definition = defineJob({
      name: 'counting',
      graph: (job) => {
        job
          .from(
            'numbers',
            generatorSource({
              count: records,
              ratePerSecond: 15_000,
              splits: 4,
              generate: (index) => ({ key: index % keys }),
            }),
          )
          .keyBy((record) => record.key)
          .process('count', {
            state: { seen: counter() },
            onRecord: (record, { state }, emit: Emit<Count>) => {
              this.onRecord()
              const nth = state.seen.get() + 1
              state.seen.set(nth)
              emit({ key: record.key, nth })
            },
          })
          .to('out', this.results)
      },
    })
    onTestFinished(registerJob(this.key, definition as JobDefinition))
  }

  run(parallelism: number, onPhase: (phase: Phase, run: JobRun) => void = () => {}): JobRun {
    const run: JobRun = runJob(inlinePlatform().platform, {
      origin: { kind: 'registered', key: this.key },
      settings: {
        parallelism,
        checkpoint: { everyMs: 15, minPauseMs: 5, storage: this.folder },
        restart: { strategy: 'fixed', delayMs: 0, maxAttempts: 5 },
      },
      onPhase: (phase) => onPhase(phase, run),
    })
    return run
  }

  expectExact(): void {
    const nths = Array.from({ length: keys }, (): number[] => [])
    for (const { key, nth } of this.results.records) nths[key]?.push(nth)
    const once = Array.from({ length: records / keys }, (_, index) => index + 1)
    for (const seen of nths) expect(seen.sort((a, b) => a - b)).toEqual(once)
  }
}

const phases: readonly Phase[] = [
  'recovering',
  'reading',
  'triggered',
  'aligning',
  'acknowledged',
  'before-manifest',
  'after-manifest',
  'before-commit',
  'in-commit',
  'after-commit',
  'noted',
]

for (const phase of phases) {
  test(`ended at '${phase}', at any parallelism, nothing is lost or doubled`, async () => {
    const job = new CountingJob()
    for (const [parallelism, nth] of [
      [2, 2],
      [3, 1],
      [1, 2],
    ] as const) {
      let met = 0
      const run = job.run(parallelism, (at) => {
        if (at === phase && ++met === nth) run.cancel()
      })
      const { outcome, error } = await run.done
      expect(error).toBeUndefined()
      if (outcome !== 'cancelled') break
    }
    const last = await job.run(2).done
    expect(last.error).toBeUndefined()
    expect(['finished', 'finished-before']).toContain(last.outcome)
    job.expectExact()
  })
}

test('a user function that throws now and then costs restarts and no record', async () => {
  const job = new CountingJob()
  let seen = 0
  job.onRecord = () => {
    if (++seen === 700 || seen === 1_900) throw new Error('a bad day')
  }
  const run = job.run(2)
  const { outcome, restarts } = await run.done
  expect(outcome).toBe('finished')
  expect(restarts).toBe(2)
  job.expectExact()
})

test('stopped and started at another parallelism a job goes on where it was', async () => {
  const job = new CountingJob()
  for (const parallelism of [1, 3, 2]) {
    const run = job.run(parallelism)
    run.on('checkpoint-completed', () => {
      if (run.status().state === 'running') run.stop()
    })
    const { outcome } = await run.done
    expect(['stopped', 'finished', 'finished-before']).toContain(outcome)
  }
  const { error } = await job.run(2).done
  expect(error).toBeUndefined()
  job.expectExact()
})
