// Two people end a job at once, and not in the same way.

import { expect, test } from 'vitest'
import type { JobRun } from '../../../src/coordinator/job-run.ts'
import { CountingPlace, untilRunning } from '../../coordinator/world/counting-run.ts'

test('who asks for a drain is not told that it was one where a stop came first', async () => {
  const place = new CountingPlace({ records: 100_000 })
  const run = place.run()
  await untilRunning(run)
  run.stop()
  const drained = run.stopWith({ drain: true })
  const answer = await drained.then(
    () => 'drained',
    ({ code }: { readonly code: string }) => code,
  )
  expect({ answer, outcome: (await run.done).outcome }).toEqual({
    answer: 'JOB_NOT_RUNNING',
    outcome: 'stopped',
  })
})

test('a drain that came first is a drain for who only wanted to stop', async () => {
  const place = new CountingPlace({ records: 100_000 })
  const run = place.run()
  await untilRunning(run)
  await Promise.all([run.stopWith({ drain: true }), run.stopWith({})])
  expect((await run.done).outcome).toBe('finished')
})

test('who drains with a savepoint gets it also where the last commit took a restart', async () => {
  const place = new CountingPlace({ records: 100_000 })
  let failures = 0
  const run: JobRun = place.run({
    onPhase: (phase) => {
      if (phase !== 'before-commit' || run.status().state !== 'finishing' || failures > 0) return
      failures += 1
      throw new Error('the tasks fail here')
    },
  })
  await place.untilPublished()
  const { savepoint } = await run.stopWith({ drain: true, savepoint: { name: 'end' } })
  expect({ failures, name: savepoint?.name }).toEqual({ failures: 1, name: 'end' })
  const { outcome, lastCheckpoint } = await run.done
  expect(outcome).toBe('finished')
  expect(savepoint?.checkpoint).toBe(lastCheckpoint)
})
