// Large orders with the payment that came within a quarter of an hour, and all orders that were not
// paid in time.

import { consoleSink, defineJob, generatorSource } from 'sluice'

interface Order {
  readonly id: number
  readonly cents: number
  readonly at: number
}

interface Payment {
  readonly order: number
  readonly method: 'card' | 'transfer'
  readonly at: number
}

const start = Date.UTC(2026, 0, 1)
const orderTime = (id: number) => start + id * 1000

const orders = generatorSource({
  count: 5_000,
  generate: (id, random): Order => ({
    id,
    cents: 100 + random.integer(10_000),
    at: orderTime(id),
  }),
})

/** Most orders are paid within minutes; some much later. */
const payments = generatorSource({
  count: 5_000,
  seed: 1,
  generate: (order, random): Payment => ({
    order,
    method: random.pick(['card', 'transfer']),
    at: orderTime(order) + (random.integer(100) === 0 ? 3_600_000 : random.integer(600_000)),
  }),
})

export default defineJob({
  name: 'orders-with-payments',
  graph(job) {
    const paid = job
      .from('payments', payments, { eventTime: ({ at }) => at, maxOutOfOrderness: '1h' })
      .keyBy((payment) => payment.order)

    job
      .from('orders', orders, { eventTime: ({ at }) => at })
      .keyBy((order) => order.id)
      .join('order-with-payment', paid, {
        type: 'left',
        between: ['0ms', '15m'],
        select: ({ id, cents }, payment) => ({ id, cents, paid: payment?.method ?? 'not in time' }),
      })
      .filter(({ paid, cents }) => paid === 'not in time' || cents > 99_00)
      .to('screen', consoleSink())
  },
})
