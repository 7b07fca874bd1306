// Copies orders. Records that are no orders go to a topic of their own, byte for byte as they were,
// with the reason in their headers.
//
//   npx sluice run examples/poison-records.ts

import { consoleSink, defineJob, json } from 'sluice'
import { kafkaDeadLetterSink, kafkaSink, kafkaSource } from '@sluice/kafka'
import { z } from 'zod'

const Order = z.object({ id: z.string(), cents: z.number().int(), at: z.number() })

export default defineJob({
  name: 'poison-records',
  params: z.object({ KAFKA_BROKERS: z.string().default('localhost:9092') }),

  graph(job, { KAFKA_BROKERS: brokers }) {
    const orders = job.from(
      'orders',
      kafkaSource({ brokers, topic: 'orders', value: json(Order), onMalformed: 'dead-letter' }),
    )
    orders.to(
      'checked',
      kafkaSink({ brokers, topic: 'orders.checked', value: json(), createTopic: true }),
    )
    orders.deadLetters.to(
      'poison',
      kafkaDeadLetterSink({
        brokers,
        topic: 'orders.dead',
        createTopic: { config: { 'retention.ms': '-1' } }, // kept until somebody has looked
      }),
    )
    orders.deadLetters
      .map(({ topic, partition, offset, reason }) => ({ topic, partition, offset, reason }))
      .to('seen', consoleSink())
  },
})
