// Joins orders with their payments, enriches them over HTTP, and indexes them for search.
// Upserts by document id make the index effectively exactly-once.

import { defineJob, json } from 'sluice'
import { elasticsearchSink } from '@sluice/elasticsearch'
import { fileSink } from '@sluice/files'
import { kafkaSource } from '@sluice/kafka'
import * as v from 'valibot' // any Standard Schema library works

const Order = v.object({ id: v.string(), customer: v.string(), total: v.number(), at: v.number() })
const Payment = v.object({ orderId: v.string(), method: v.string(), at: v.number() })
const Geo = v.object({ country: v.string() })

export default defineJob({
  name: 'order-search',
  params: v.object({ KAFKA_BROKERS: v.string(), ELASTIC_URL: v.string(), GEO_URL: v.string() }),
  checkpoint: { every: '30s', keep: 3 },

  graph(job, { KAFKA_BROKERS: brokers, ELASTIC_URL: node, GEO_URL }) {
    const orders = job.from(
      'orders',
      kafkaSource({ brokers, topic: 'orders', value: json(Order) }),
      { eventTime: (order) => order.at },
    )
    const payments = job.from(
      'payments',
      kafkaSource({ brokers, topic: 'payments', value: json(Payment) }),
      { eventTime: (payment) => payment.at, maxOutOfOrderness: '1m' },
    )
    const locate = async (customer: string, signal: AbortSignal) =>
      v.parse(Geo, await (await fetch(`${GEO_URL}/${customer}`, { signal })).json())

    orders
      .keyBy((order) => order.id)
      .join(
        'order-with-payment',
        payments.keyBy((payment) => payment.orderId),
        {
          within: '15m',
          select: (order, payment) => ({ ...order, method: payment.method, paidAt: payment.at }),
        },
      )
      .mapAsync(
        'geo',
        async (order, signal) => ({ ...order, ...(await locate(order.customer, signal)) }),
        { concurrency: 64, timeout: '5s' },
      )
      .to('orders-index', elasticsearchSink({ node, index: 'orders', id: (order) => order.id }))

    orders
      .filter((order) => order.total <= 0)
      .to('suspicious', fileSink({ path: './out', value: json(Order), roll: { every: '10m' } }))
  },
})
