// Writes values of a hundred bytes into a topic, without end unless COUNT says how many.

import { kafkaSink } from '@sluice/kafka'
import { bytes, defineJob, generatorSource } from 'sluice'
import { textParameters } from '../parameters.ts'
import { howWritten } from './how-written.ts'
import { payloads } from './payload.ts'

export default defineJob({
  name: 'kafka-write',
  params: textParameters,
  checkpoint: { every: '1s' },

  graph(job, { BROKERS: brokers = '', TOPIC: topic = '', WRITTEN, COUNT }) {
    const count = COUNT === undefined ? {} : { count: Number(COUNT) }
    // A history of its own for each topic: transactions of another one are not taken for ours.
    job
      .from('in', generatorSource({ generate: payloads(), ...count }))
      .to(
        `written-to-${topic}`,
        kafkaSink({ brokers, topic, value: bytes(), ...howWritten(WRITTEN) }),
      )
  },
})
