import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { testJob } from 'sluice/test'
import job from './kafka-sample-data.ts'

test('what the sources make up goes to the topic of its kind', async () => {
  const order = { id: 'order-0', shop: 'rome', cents: 500, at: 0 }
  const charge = { id: 'charge-0', card: 'card-7', cents: 99, at: 0 }
  const run = await testJob(job, {
    sources: { orders: [order], charges: [charge], lines: ['To be, or not to be,'] },
  })
  deepEqual(run.sink('to-orders'), [order])
  deepEqual(run.sink('to-charges'), [charge])
  equal(run.sink('to-lines')[0], 'To be, or not to be,')
})
