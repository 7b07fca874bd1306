// Fills the topics that the examples read: orders, charges of cards, and lines of text. The same
// records every time, for all that is random comes from a seed.
//
//   npx sluice run examples/kafka-sample-data.ts --param COUNT=100000

import { defineJob, generatorSource, json, text } from 'sluice'
import { kafkaSink } from '@sluice/kafka'
import { z } from 'zod'

const start = Date.UTC(2026, 0, 1)
const shops = ['rome', 'oslo', 'lima', 'kyoto']
const lines = ['To be, or not to be,', 'that is the question:', 'whether it is nobler']

export default defineJob({
  name: 'kafka-sample-data',
  params: z.object({
    KAFKA_BROKERS: z.string().default('localhost:9092'),
    COUNT: z.coerce.number().int().positive().default(100_000),
  }),

  graph(job, { KAFKA_BROKERS: brokers, COUNT: count }) {
    const orders = generatorSource({
      count,
      generate: (index, random) => ({
        id: `order-${index}`,
        shop: random.pick(shops),
        cents: 100 + random.integer(100_00),
        at: start + index * 100 - random.integer(4000),
      }),
    })
    const charges = generatorSource({
      count,
      generate: (index, random) => ({
        id: `charge-${index}`,
        card: `card-${random.integer(500)}`,
        cents: random.integer(50) === 0 ? 99 : random.integer(600_00),
        at: start + index * 100 - random.integer(2000),
      }),
    })
    const phrases = generatorSource({ count, generate: (index) => lines[index % 3] ?? '' })

    job
      .from('orders', orders)
      .to(
        'to-orders',
        kafkaSink({ brokers, topic: 'orders', key: ({ shop }) => shop, value: json() }),
      )
    job
      .from('charges', charges)
      .to(
        'to-charges',
        kafkaSink({ brokers, topic: 'charges', key: ({ card }) => card, value: json() }),
      )
    job.from('lines', phrases).to('to-lines', kafkaSink({ brokers, topic: 'lines', value: text() }))
  },
})
