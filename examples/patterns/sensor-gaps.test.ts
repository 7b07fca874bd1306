import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { testJob } from 'sluice/test'
import job from './sensor-gaps.ts'

const start = Date.UTC(2026, 0, 1)
const reading = (sensor: string, minutes: number) => ({
  sensor,
  degrees: 20,
  at: start + minutes * 60_000,
})

test('a sensor is silent after five minutes, and back with its next reading', async () => {
  const run = await testJob(job, {
    sources: {
      readings: [
        reading('a', 0),
        reading('b', 0),
        reading('b', 4),
        reading('a', 3.9),
        reading('b', 8),
        reading('b', 12),
        reading('a', 13),
      ],
    },
    crashAfter: 4,
  })
  deepEqual(run.sink('screen'), [
    { sensor: 'a', is: 'silent', since: '00:03:54' },
    { sensor: 'a', is: 'back', since: '00:13:00' },
    { sensor: 'a', is: 'silent', since: '00:13:00' },
    { sensor: 'b', is: 'silent', since: '00:12:00' },
  ])
})
