import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { testJob } from 'sluice/test'
import job from './card-fraud.ts'

const start = Date.UTC(2026, 0, 1)
const charge = (id: string, card: string, cents: number, seconds: number) => ({
  id,
  card,
  cents,
  at: start + seconds * 1000,
})

test('a large charge within a minute of a tiny one is flagged, through a crash', async () => {
  const run = await testJob(job, {
    sources: {
      charges: [
        charge('1', 'a', 50, 0),
        charge('2', 'b', 900_00, 1),
        charge('3', 'a', 900_00, 59),
        charge('4', 'a', 700_00, 60),
        charge('5', 'b', 100_00, 100), // by now the tiny charge is forgotten
        charge('6', 'a', 800_00, 130),
      ],
    },
    crashAfter: 2,
  })
  deepEqual(run.sink('alerts'), [
    { card: 'a', chargeId: '3', cents: 900_00, nth: 1 },
    { card: 'a', chargeId: '4', cents: 700_00, nth: 2 },
  ])
  equal(run.restarts, 1)
})

test('times are compared, for the timer that forgets comes when the watermark does', async () => {
  const run = await testJob(job, {
    sources: {
      charges: [
        charge('1', 'a', 50, 0),
        charge('2', 'a', 900_00, 61), // the watermark is at 59 s, and the tiny one still known
        charge('3', 'b', 50, 62),
        charge('4', 'b', 900_00, 61), // came later, and was before
      ],
    },
  })
  deepEqual(run.sink('alerts'), [])
})
