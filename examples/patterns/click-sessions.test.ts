import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { testJob } from 'sluice/test'
import job from './click-sessions.ts'

const start = Date.UTC(2026, 0, 1)
const minute = 60_000
const click = (user: string, minutes: number, page = '/') => ({
  user,
  page,
  at: start + minutes * minute,
})

test('a visit ends after half an hour without a click', async () => {
  const run = await testJob(job, {
    sources: {
      clicks: [click('ann', 0), click('bob', 5), click('ann', 29, '/cart'), click('ann', 60)],
    },
    crashAfter: 3,
  })
  const visits = run.sink<{ user: string; began: string; minutes: number; clicks: number }>(
    'screen',
  )
  deepEqual(
    visits.map(({ user, began, minutes, clicks }) => [user, began, minutes, clicks]),
    [
      ['ann', '2026-01-01T00:00:00.000Z', 29, 2],
      ['ann', '2026-01-01T01:00:00.000Z', 0, 1],
      ['bob', '2026-01-01T00:05:00.000Z', 0, 1],
    ],
  )
})

test('a click that comes after its visit was counted is shown', async () => {
  const run = await testJob(job, {
    sources: { clicks: [click('ann', 0), click('ann', 90), click('ann', 40)] },
  })
  deepEqual(run.sink('late'), ['too late: ann at 2026-01-01T00:40:00.000Z'])
})
