// Copies a topic, as its parameters say. What is wrong is in them.

import { type Duration, defineJob, generatorSource, text } from 'sluice'
import { kafkaSink, kafkaSource } from '@sluice/kafka'
import { z } from 'zod'

export default defineJob({
  name: process.env['SLUICE_TEST_JOB'] ?? 'copying',
  parallelism: 1,
  restart: { strategy: 'none' },
  params: z.object({
    BROKERS: z.string(),
    /** Without it numbers are generated. */
    FROM: z.string().optional(),
    TO: z.string(),
    TLS: z.literal('yes').optional(),
    PASSWORD: z.string().optional(),
    LENGTH: z.coerce.number().default(1),
    TIMEOUT: z.string().default('15m'),
    RETENTION: z.string().optional(),
  }),

  graph(job, { BROKERS, FROM, TO, TLS, PASSWORD, LENGTH, TIMEOUT, RETENTION }) {
    const cluster = {
      brokers: BROKERS,
      tls: TLS !== undefined,
      ...(PASSWORD === undefined
        ? {}
        : { sasl: { mechanism: 'plain', username: 'clerk', password: PASSWORD } as const }),
    }
    const numbers = generatorSource({ generate: String, ratePerSecond: 200, splits: 1 })
    const lines =
      FROM === undefined
        ? job.from('lines', numbers)
        : job.from('lines', kafkaSource({ ...cluster, topic: FROM, value: text() }))
    lines
      .map((line) => line.padEnd(LENGTH))
      .to(
        'out',
        kafkaSink({
          ...cluster,
          topic: TO,
          value: text(),
          transactionTimeout: TIMEOUT as Duration,
          createTopic: RETENTION === undefined ? false : { config: { 'retention.ms': RETENTION } },
        }),
      )
  },
})
