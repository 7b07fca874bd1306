// The broker of a run, with a topic that is full before any clock starts. What was written for one
// figure is deleted behind it: the disk has no work left from it when the next one is measured.

import { runProgram, withFolder } from '../harness/child.ts'
import type { JobOrder } from '../programs/silent-run.ts'
import { startKafka } from '../../test/services/kafka/kafka.ts'
import type { KafkaCluster } from '../../test/services/kafka/kafka-cluster.ts'
import { connectKafkaJs, createTopics } from '../../test/services/kafka/kafkajs-client.ts'

const partitions = 4
/** Files of deleted topics would stay for a minute. */
const properties = { 'log.segment.delete.delay.ms': 500 }

export class BenchBroker {
  readonly #cluster: KafkaCluster
  readonly url: string
  #topics = 0
  #full: { readonly topic: string; readonly count: number } | undefined

  private constructor(cluster: KafkaCluster) {
    this.#cluster = cluster
    this.url = cluster.url
  }

  static async start(): Promise<BenchBroker> {
    return new BenchBroker(await startKafka({ tunedFor: 'throughput', properties }))
  }

  /** Calls with a new topic without records, of one partition or of several; deletes it then. */
  async withTopic<Result>(
    call: (topic: string) => Promise<Result>,
    partitionCount = partitions,
  ): Promise<Result> {
    const topic = await this.#emptyTopic(partitionCount)
    try {
      return await call(topic)
    } finally {
      await this.#deleteTopic(topic)
    }
  }

  /** A topic with so many values of a hundred bytes, the same for all that ask. */
  async fullTopic(count: number): Promise<string> {
    if (this.#full !== undefined && this.#full.count >= count) return this.#full.topic
    const topic = await this.#emptyTopic(partitions)
    await withFolder((folder) => {
      const order: JobOrder = {
        job: 'kafka/write',
        parameters: {
          BROKERS: this.url,
          TOPIC: topic,
          WRITTEN: 'at-least-once',
          COUNT: String(count),
        },
        settings: { parallelism: 1, checkpoint: { storage: folder } },
      }
      return runProgram('kafka/fill', order)
    })
    this.#full = { topic, count }
    return topic
  }

  stop(): Promise<void> {
    return this.#cluster.stop()
  }

  async #emptyTopic(partitionCount: number): Promise<string> {
    const topic = `bench-${++this.#topics}`
    await createTopics(this.url, [{ topic, partitions: partitionCount }])
    return topic
  }

  async #deleteTopic(topic: string): Promise<void> {
    const admin = connectKafkaJs(this.url).admin()
    await admin.connect()
    try {
      await admin.deleteTopics({ topics: [topic] })
    } finally {
      await admin.disconnect()
    }
  }
}
