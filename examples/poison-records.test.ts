import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { testJob } from 'sluice/test'
import job from './poison-records.ts'

test('orders are copied', async () => {
  const order = { id: 'a', cents: 500, at: 1_000 }
  const run = await testJob(job, { sources: { orders: [order] } })
  deepEqual(run.sink('checked'), [order])
})
