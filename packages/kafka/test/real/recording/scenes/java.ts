// What Kafka's own producer writes: every compression, with and without a producer id, both kinds
// of timestamp, several batches, and transactions with their markers.

import { createTopics } from '../../../../../../test/services/kafka/kafkajs-client.ts'
import type { ProducerScript } from '../../java-client.ts'
import { large, nullHeader, shapes } from '../sample-records.ts'
import type { SegmentRecorder } from '../segment-recorder.ts'

const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const everyShape = [...shapes, nullHeader]

export async function recordJava(recorder: SegmentRecorder): Promise<void> {
  const { url } = recorder.cluster
  const names = compressions.flatMap((each) => [`java-${each}`, `java-${each}-large`])
  const others = ['java-without-id', 'java-batches', 'java-transactions']
  await createTopics(
    url,
    [...names, ...others].map((topic) => ({ topic })),
  )
  const appendTime = { 'message.timestamp.type': 'LogAppendTime' }
  await createTopics(url, [{ topic: 'java-append-time', properties: appendTime }])
  await recorder.java.produce(
    ...compressions.flatMap(compressed),
    {
      config: { 'enable.idempotence': false, acks: 1 },
      steps: [{ do: 'send', topic: 'java-without-id', partition: 0, records: everyShape }],
    },
    {
      config: {},
      steps: [{ do: 'send', topic: 'java-append-time', partition: 0, records: everyShape }],
    },
    batches,
    ...transactions,
  )
  for (const name of names) {
    await recorder.keep(name, {
      name,
      writtenBy: 'java',
      sample: name.endsWith('large') ? 'large' : 'shapes',
    })
  }
  for (const name of [...others, 'java-append-time']) {
    await recorder.keep(name, { name, writtenBy: 'java', sample: 'other' })
  }
}

function compressed(compression: string): ProducerScript[] {
  const config = { 'compression.type': compression }
  const topic = `java-${compression}`
  return [
    { config, steps: [{ do: 'send', topic, partition: 0, records: everyShape }] },
    { config, steps: [{ do: 'send', topic: `${topic}-large`, partition: 0, records: large }] },
  ]
}

const batches: ProducerScript = {
  config: {},
  steps: shapes.flatMap((record) => [
    { do: 'send', topic: 'java-batches', partition: 0, records: [record, record] },
    { do: 'flush' },
  ]),
}

const topic = 'java-transactions'

/** Two that end each way, and one whose batches lie between those of another producer. */
const transactions: readonly ProducerScript[] = [
  {
    config: { 'transactional.id': 'java-one' },
    steps: [
      { do: 'begin' },
      { do: 'send', topic, partition: 0, records: shapes.slice(0, 3) },
      { do: 'flush' },
      { do: 'send', topic, partition: 0, records: shapes.slice(3, 5) },
      { do: 'commit' },
      { do: 'begin' },
      { do: 'send', topic, partition: 0, records: shapes.slice(5, 7) },
      { do: 'abort' },
      { do: 'begin' },
      { do: 'send', topic, partition: 0, records: shapes.slice(7, 8) },
      { do: 'commit' },
    ],
  },
  {
    config: { 'transactional.id': 'java-two' },
    steps: [
      { do: 'begin' },
      { do: 'send', topic, partition: 0, records: shapes.slice(8) },
      { do: 'abort' },
    ],
  },
]
