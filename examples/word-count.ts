// How often each word was written so far: lines from one Kafka topic, counts into another. The
// record of a word replaces the one before it, so the topic may be compacted.
//
//   npx sluice run examples/word-count.ts

import { counter, defineJob, type Emit, json, text } from 'sluice'
import { kafkaSink, kafkaSource } from '@sluice/kafka'
import { z } from 'zod'

interface WordCount {
  word: string
  count: number
}

export default defineJob({
  name: 'word-count',
  params: z.object({ KAFKA_BROKERS: z.string().default('localhost:9092') }),
  checkpoint: { every: '1s' },

  graph(job, { KAFKA_BROKERS: brokers }) {
    job
      .from('lines', kafkaSource({ brokers, topic: 'lines', value: text() }))
      .flatMap((line) => line.toLowerCase().match(/\p{L}+/gu) ?? [])
      .keyBy((word) => word)
      .process('count', {
        state: { seen: counter() },

        onRecord(word, { state }, emit: Emit<WordCount>) {
          const count = state.seen.get() + 1
          state.seen.set(count)
          emit({ word, count })
        },
      })
      .to('words', kafkaSink({ brokers, topic: 'words', key: ({ word }) => word, value: json() }))
  },
})
