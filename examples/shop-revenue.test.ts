import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { testJob } from 'sluice/test'
import job from './shop-revenue.ts'

test('each order is counted once, even when a worker dies mid-window', async () => {
  const minute = Date.UTC(2026, 0, 1)
  const run = await testJob(job, {
    sources: {
      orders: [
        { id: 'a', shop: 'rome', cents: 500, at: minute + 1_000 },
        { id: 'b', shop: 'rome', cents: 250, at: minute + 9_000 },
        { id: 'c', shop: 'oslo', cents: 999, at: minute + 61_000 },
      ],
    },
    crashAfter: 2, // records; replayed deterministically from the seed
    seed: 42,
  })

  deepEqual(run.sink('revenue')[0], { shop: 'rome', minute, orders: 2, cents: 750 })
  equal(run.restarts, 1)
})
