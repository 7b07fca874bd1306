// Copies orders and does with malformed ones what POLICY says.

import { fileSink, fileSource, ndjson } from '@sluice/files'
import { defineJob, json } from 'sluice'
import { z } from 'zod'

const Order = z.object({ id: z.number(), password: z.string() })
const decoder = new TextDecoder()

export default defineJob({
  name: 'letters',
  parallelism: 1,
  params: z.object({ POLICY: z.enum(['fail', 'skip', 'dead-letter']) }),

  graph(job, { POLICY }) {
    const orders = job.from(
      'orders',
      fileSource({ path: './orders', format: ndjson(Order), onMalformed: POLICY }),
    )
    orders.to('copied', fileSink({ path: './out', value: json() }))
    orders.deadLetters
      .map(({ raw, ...letter }) => ({
        ...letter,
        text: typeof raw === 'string' ? raw : decoder.decode(raw),
      }))
      .to('malformed', fileSink({ path: './malformed', value: json() }))
  },
})
