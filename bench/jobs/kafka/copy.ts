// Copies a topic to another one, record by record.

import { kafkaSink, kafkaSource } from '@sluice/kafka'
import { bytes, defineJob } from 'sluice'
import { textParameters } from '../parameters.ts'
import { howWritten } from './how-written.ts'

export default defineJob({
  name: 'kafka-copy',
  params: textParameters,
  checkpoint: { every: '1s' },

  graph(job, { BROKERS: brokers = '', TOPIC: topic = '', TO: to = '', WRITTEN }) {
    // A history of its own for each topic: transactions of another one are not taken for ours.
    job
      .from('in', kafkaSource({ brokers, topic, value: bytes() }))
      .to(
        `copied-to-${to}`,
        kafkaSink({ brokers, topic: to, value: bytes(), ...howWritten(WRITTEN) }),
      )
  },
})
