// Reads a topic as bytes or as objects, and throws them away.

import { kafkaSource } from '@sluice/kafka'
import { bytes, defineJob, json } from 'sluice'
import { textParameters } from '../parameters.ts'
import { probeSink } from '../probe-sink.ts'
import type { Order } from './payload.ts'

export default defineJob({
  name: 'kafka-read',
  params: textParameters,
  checkpoint: { every: '1s' },

  graph(job, { BROKERS: brokers = '', TOPIC: topic = '', FORMAT }) {
    const read =
      FORMAT === 'json'
        ? kafkaSource<unknown>({ brokers, topic, value: json<Order>() })
        : kafkaSource<unknown>({ brokers, topic, value: bytes() })
    job.from('in', read).to('out', probeSink())
  },
})
