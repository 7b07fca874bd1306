import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { testJob } from 'sluice/test'
import job from './orders-with-payments.ts'

const start = Date.UTC(2026, 0, 1)
const order = (id: number, cents: number, minutes: number) => ({
  id,
  cents,
  at: start + minutes * 60_000,
})
const payment = (paid: number, minutes: number) => ({
  order: paid,
  method: 'card',
  at: start + minutes * 60_000,
})

test('an order has the payment that came within a quarter of an hour, or none', async () => {
  const run = await testJob(job, {
    sources: {
      orders: [order(1, 100_00, 0), order(2, 100_00, 1), order(3, 5_00, 2), order(4, 5_00, 3)],
      payments: [payment(1, 15), payment(2, 16.1), payment(3, 3)],
    },
    crashAfter: 3,
  })
  deepEqual(
    run.sink<{ id: number }>('screen').toSorted((a, b) => a.id - b.id),
    [
      { id: 1, cents: 100_00, paid: 'card' },
      { id: 2, cents: 100_00, paid: 'not in time' },
      { id: 4, cents: 5_00, paid: 'not in time' },
    ],
  )
})
