// Collects the log segments of topics of a real broker, with what Kafka's own reader says of them.

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KafkaCluster } from '../../../../../test/services/kafka/kafka-cluster.ts'
import type { JavaClient } from '../java-client.ts'
import { runJavaProgram } from '../java-program.ts'
import type { RecordedBatch, RecordedSegment } from './recorded-segment.ts'

type Heading = Omit<RecordedSegment, 'bytes' | 'batches'>

interface Taken {
  readonly heading: Heading
  readonly file: string
}

export class SegmentRecorder {
  readonly cluster: KafkaCluster
  readonly java: JavaClient
  #taken: Taken[] = []

  constructor(cluster: KafkaCluster, java: JavaClient) {
    this.cluster = cluster
    this.java = java
  }

  /** The log of partition 0 of a topic as it is now: the broker may write on. */
  async logOf(topic: string): Promise<Buffer> {
    const folder = join(this.cluster.broker(1).dataFolder, `${topic}-0`)
    const segments = (await readdir(folder)).filter((name) => name.endsWith('.log')).toSorted()
    return Buffer.concat(await Promise.all(segments.map((name) => readFile(join(folder, name)))))
  }

  /** Keeps the log as it is now. */
  async keep(topic: string, heading: Heading): Promise<void> {
    const file = join(this.cluster.broker(1).dataFolder, `kept-${heading.name}.bytes`)
    await writeFile(file, await this.logOf(topic))
    this.#taken.push({ heading, file })
  }

  /** All that was kept since the last time. */
  async take(): Promise<RecordedSegment[]> {
    const taken = this.#taken
    this.#taken = []
    const lines = await runJavaProgram('describe-segments', { args: taken.map(({ file }) => file) })
    const described = lines.trimEnd().split('\n')
    return await Promise.all(
      taken.map(async ({ heading, file }, index) => {
        const batches: RecordedBatch[] = JSON.parse(described[index] ?? '[]')
        return {
          ...heading,
          batches: heading.sample === 'large' ? batches.map(withoutRecords) : batches,
          bytes: (await readFile(file)).toString('base64'),
        }
      }),
    )
  }
}

function withoutRecords(batch: RecordedBatch): RecordedBatch {
  const { records: _, ...fields } = batch
  return fields
}
