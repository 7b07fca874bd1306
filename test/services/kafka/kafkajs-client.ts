// kafkajs, a client that is not ours: what it writes and reads is what the tests compare with.

import { setTimeout as sleep } from 'node:timers/promises'
import { type Admin, Kafka, type KafkaJSError, logLevel } from 'kafkajs'

// kafkajs sets timers for moments that are over, which is harmless; Node says so at each.
const { emitWarning } = process
process.emitWarning = (warning: string | Error, ...more: unknown[]) => {
  if (more[0] !== 'TimeoutNegativeWarning') Reflect.apply(emitWarning, process, [warning, ...more])
}

/** A client of these addresses that keeps quiet and gives up after seconds. */
export function connectKafkaJs(url: string): Kafka {
  return new Kafka({
    clientId: 'sluice-test',
    brokers: url.split(','),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 10 },
  })
}

export interface TopicWish {
  readonly topic: string
  readonly partitions?: number
  readonly replicas?: number
  readonly properties?: Readonly<Record<string, string>>
}

/** How long a new topic may be without leaders on a busy machine. */
const leadsWithinMs = 30_000

/** Creates topics and waits until each partition has a leader that answers. */
export async function createTopics(url: string, wishes: readonly TopicWish[]): Promise<void> {
  if (wishes.length === 0) return
  const admin = connectKafkaJs(url).admin()
  await admin.connect()
  try {
    await admin.createTopics({
      // Its own wait ends with the first answer of a broker that has yet to hear of the topic.
      waitForLeaders: false,
      topics: wishes.map(({ topic, partitions = 1, replicas = 1, properties = {} }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: replicas,
        configEntries: Object.entries(properties).map(([name, value]) => ({ name, value })),
      })),
    })
    for (const { topic } of wishes) await untilLed(admin, topic)
  } finally {
    await admin.disconnect()
  }
}

async function untilLed(admin: Admin, topic: string): Promise<void> {
  for (const begun = performance.now(); ; ) {
    try {
      await admin.fetchTopicOffsets(topic)
      return
    } catch (error) {
      const isLate = performance.now() - begun > leadsWithinMs
      if (isLate || (error as Partial<KafkaJSError>).retriable !== true) throw error
    }
    await sleep(50)
  }
}
