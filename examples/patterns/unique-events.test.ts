import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { testJob } from 'sluice/test'
import job from './unique-events.ts'

const start = Date.UTC(2026, 0, 1)
const event = (id: string, minutes: number) => ({
  id,
  sender: 'ann',
  at: start + minutes * 60_000,
})

test('an event that is sent again counts once, also when a worker dies in between', async () => {
  const run = await testJob(job, {
    sources: {
      events: [event('a', 0), event('b', 1), event('a', 2), event('b', 3), event('c', 9)],
    },
    crashAfter: 2,
  })
  deepEqual(run.sink('screen'), [{ sender: 'ann', hour: '2026-01-01T00', unique: 3, again: 2 }])
})

test('after ten minutes an id is forgotten', async () => {
  const run = await testJob(job, { sources: { events: [event('a', 0), event('a', 11)] } })
  deepEqual(run.sink('screen'), [{ sender: 'ann', hour: '2026-01-01T00', unique: 2, again: 0 }])
})
