import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { testJob } from 'sluice/test'
import job from './card-fraud.ts'

const start = Date.UTC(2026, 0, 1)
const charge = (card: string, cents: number, seconds: number) => ({
  card,
  cents,
  at: start + seconds * 1000,
})

test('a large charge within a minute of a tiny one is flagged, through a crash', async () => {
  const large = charge('a', 900_00, 59)
  const again = charge('a', 700_00, 60)
  const run = await testJob(job, {
    sources: { charges: [charge('a', 50, 0), charge('b', 900_00, 1), large, again] },
    crashAfter: 2,
  })
  deepEqual(run.sink('alerts'), [
    { ...large, nth: 1 },
    { ...again, nth: 2 },
  ])
})

test('after a minute the tiny charge is forgotten, unless another one came', async () => {
  const flagged = charge('b', 900_00, 80)
  const run = await testJob(job, {
    sources: {
      charges: [
        charge('a', 50, 0),
        charge('b', 50, 0),
        charge('b', 60, 30),
        charge('c', 200_00, 70),
        charge('a', 900_00, 80),
        flagged,
      ],
    },
  })
  deepEqual(run.sink('alerts'), [{ ...flagged, nth: 1 }])
})

test('times are compared, for the timer that forgets comes when the watermark does', async () => {
  // The watermark is at 59 s, and the tiny charge still known.
  const run = await testJob(job, {
    sources: { charges: [charge('a', 50, 0), charge('a', 900_00, 61)] },
  })
  deepEqual(run.sink('alerts'), [])
})
