// Writes the fixtures of the record format and of the partitioner anew: with a real broker, by
// Kafka's own producer and by kafkajs, described by Kafka's own reader. Run it by hand where the
// samples grow, and `npm run format` after it:
// `npx node --conditions=sluice-source packages/kafka/test/real/recording/main.ts`.

import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { kafka, startKafka } from '../../../../../test/services/kafka/kafka.ts'
import { kafkaVersions } from '../../../../../test/services/kafka/kafka-options.ts'
import { JavaClient } from '../java-client.ts'
import { recordPartitions } from './record-partitions.ts'
import { SegmentRecorder } from './segment-recorder.ts'
import { recordCompacted } from './scenes/compacted.ts'
import { recordJava } from './scenes/java.ts'
import { recordKafkaJs } from './scenes/kafkajs.ts'

const fixtures = fileURLToPath(new URL('../../records/fixtures/', import.meta.url))
const command = 'node --conditions=sluice-source packages/kafka/test/real/recording/main.ts'

async function write(name: string, madeFrom: string, contents: object): Promise<void> {
  const fixture = { madeBy: command, madeFrom, ...contents }
  await mkdir(fixtures, { recursive: true })
  await writeFile(`${fixtures}${name}.json`, `${JSON.stringify(fixture, undefined, 2)}\n`)
  console.log(`${name}.json`)
}

await kafka.provision()
const cluster = await startKafka({
  // The samples are older than the markers behind them, which is no reason for another segment.
  properties: {
    'log.cleaner.backoff.ms': 100,
    'log.initial.task.delay.ms': 100,
    'log.roll.ms': 1e15,
  },
})
const java = await JavaClient.start(cluster.url)
try {
  const recorder = new SegmentRecorder(cluster, java)
  const scenes = { java: recordJava, kafkajs: recordKafkaJs, compacted: recordCompacted }
  for (const [name, record] of Object.entries(scenes)) {
    await record(recorder)
    await write(name, `log segments of Kafka ${kafkaVersions[0]}`, {
      segments: await recorder.take(),
    })
  }
  await write(
    'partitions',
    `the partitioner of Kafka ${kafkaVersions[0]}`,
    await recordPartitions(),
  )
} finally {
  await java.close()
  await cluster.stop()
}
