// Revenue per shop per minute: Kafka in, Kafka out, exactly once.
//
//   npx sluice dev examples/shop-revenue.ts

import { count, defineJob, json, sum, tumbling } from 'sluice'
import { kafkaSink, kafkaSource } from '@sluice/kafka'
import { z } from 'zod'

const Order = z.object({
  id: z.string(),
  shop: z.string(),
  cents: z.number().int(),
  at: z.number(), // epoch milliseconds
})

export default defineJob({
  name: 'shop-revenue',
  params: z.object({ KAFKA_BROKERS: z.string().default('localhost:9092') }),
  checkpoint: { every: '10s' },

  graph(job, { KAFKA_BROKERS: brokers }) {
    const orders = job.from(
      'orders',
      kafkaSource({ brokers, topic: 'orders', value: json(Order) }),
      { eventTime: (order) => order.at, maxOutOfOrderness: '5s' },
    )

    const revenue = orders
      .keyBy((order) => order.shop)
      .window(tumbling('1m', { allowedLateness: '30s' }))
      .aggregate('revenue-per-minute', {
        orders: count(),
        cents: sum((order) => order.cents),
      })

    revenue
      .map(({ key, window, value }) => ({ shop: key, minute: window.start, ...value }))
      .to(
        'revenue',
        kafkaSink({ brokers, topic: 'revenue', key: (row) => row.shop, value: json() }),
      )

    revenue.late.to('late', kafkaSink({ brokers, topic: 'orders.late', value: json(Order) }))
  },
})
