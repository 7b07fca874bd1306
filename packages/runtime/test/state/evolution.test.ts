// Jobs that are changed and started again on what they left behind, on the real engine.

import {
  defineJob,
  type Emit,
  generatorSource,
  memorySink,
  type StateDeclaration,
  value,
  type ValueState,
} from '@sluice/core'
import { onTestFinished, expect, test } from 'vitest'
import { z } from 'zod'
import type { JobRun } from '../../src/coordinator/job-run.ts'
import { runJob } from '../../src/coordinator/run-job.ts'
import { registerJob } from '../../src/worker/job-registry.ts'
import { inlinePlatform } from '../coordinator/world/inline-workers.ts'
import { temporaryFolder } from '../coordinator/world/scripted-run.ts'

let jobs = 0
/** Outlives the jobs, as a real place would. */
const out = memorySink()

/** A job that remembers of each key what `make` gives. Tells every record that ran. */
function start<T>(
  folder: string,
  profile: StateDeclaration<ValueState<T>>,
  make: (before: unknown, n: number) => T,
  ran: (value: unknown) => void,
): JobRun {
  const definition = defineJob({
    name: 'profiles',
    graph(job) {
      job
        .from('numbers', generatorSource({ generate: (n) => n, ratePerSecond: 2000 }))
        .keyBy((n) => n % 10)
        .process('remember', {
          state: { profile },
          onRecord(n, { state }, emit: Emit<unknown>) {
            const before = state.profile.get()
            ran(before)
            const next = make(before, n)
            state.profile.set(next)
            emit(next)
          },
        })
        .to('out', out)
    },
  })
  const key = `evolution-${jobs++}`
  onTestFinished(registerJob(key, definition as Parameters<typeof registerJob>[1]))
  const run = runJob(inlinePlatform({ later: (call) => void setImmediate(call) }).platform, {
    origin: { kind: 'registered', key },
    settings: { parallelism: 2, checkpoint: { everyMs: 10, minPauseMs: 0, storage: folder } },
  })
  onTestFinished(async () => {
    run.cancel()
    await run.done
  })
  return run
}

/** Runs the first version until it has seen its own state again, and stops it with a checkpoint. */
async function firstVersion(folder: string): Promise<void> {
  let seenAgain = 0
  const run = start(
    folder,
    value<{ name: string; n: number }>(),
    (_before, n) => ({ name: `Ada Number${n}`, n }),
    (before) => {
      if (before !== undefined) seenAgain++
    },
  )
  await expect.poll(() => seenAgain, { timeout: 8000 }).toBeGreaterThan(20)
  run.stop()
  expect(await run.done).toMatchObject({ outcome: 'stopped', error: undefined })
}

test('a job whose schema has a new field with a default finds it in what was stored', async () => {
  const folder = temporaryFolder()
  await firstVersion(folder)
  const Profile = z.object({ name: z.string(), n: z.number(), country: z.string().default('IT') })
  const found: unknown[] = []
  const run = start(
    folder,
    value(Profile),
    (_before, n) => ({ name: 'x', n, country: 'DE' }),
    (it) => found.push(it),
  )
  await expect.poll(() => found.length, { timeout: 8000 }).toBeGreaterThan(10)
  run.stop()
  expect(await run.done).toMatchObject({ outcome: 'stopped', error: undefined })
  expect(found[0]).toMatchObject({ name: expect.stringMatching(/^Ada/), country: 'IT' })
})

test('a job with a migration goes on with what it makes, also after the next restart', async () => {
  const folder = temporaryFolder()
  await firstVersion(folder)
  interface Named {
    first: string
    last: string
  }
  for (const restart of [1, 2]) {
    let migrated = 0
    const found: unknown[] = []
    const profile = value<Named>({
      version: 2,
      migrate(old) {
        migrated++
        const [first = '', last = ''] = (old as { name: string }).name.split(' ')
        return { first, last }
      },
    })
    const run = start(
      folder,
      profile,
      (before) => before as Named,
      (it) => found.push(it),
    )
    await expect.poll(() => found.length, { timeout: 8000 }).toBeGreaterThan(20)
    await expect.poll(() => run.status().completedCheckpoints).toBeGreaterThan(0)
    run.stop()
    expect(await run.done).toMatchObject({ outcome: 'stopped', error: undefined })
    expect(found[0]).toEqual({ first: 'Ada', last: expect.stringMatching(/^Number/) })
    expect(migrated).toBe(restart === 1 ? 10 : 0)
  }
})

test('a job whose state does not fit runs no record, and the old one still goes on', async () => {
  const folder = temporaryFolder()
  await firstVersion(folder)
  const refusals = [
    value(z.object({ name: z.number() })),
    value({ example: { name: '', at: 0 } }),
    value<{ name: number }>({
      version: 2,
      migrate() {
        throw new Error('no idea')
      },
    }),
  ] as StateDeclaration<ValueState<unknown>>[]
  for (const profile of refusals) {
    let records = 0
    const run = start(
      folder,
      profile,
      () => ({}),
      () => records++,
    )
    const { outcome, error } = await run.done
    expect([outcome, error?.code, records]).toEqual(['failed', 'CHECKPOINT_INCOMPATIBLE', 0])
    expect(error?.where.step).toBe('remember')
    expect(error?.message).toMatch(
      /The state 'profile' cannot be restored: the value of the key \d/,
    )
  }
  await firstVersion(folder)
})
