// Two people end a job at once, and not in the same way.

import { expect, test } from 'vitest'
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
