// Kafka from its archives: brokers in KRaft mode on free ports of the loopback.

import { assertFree } from '../free-port.ts'
import { provisionJars } from '../maven-jars.ts'
import type { Service } from '../service.ts'
import { KafkaCluster } from './kafka-cluster.ts'
import { brokerJars } from './kafka-jars.ts'
import { defaultKafkaVersion, type KafkaOptions } from './kafka-options.ts'
import { createTopics } from './kafkajs-client.ts'

/** Kafka of the version that the tests use. People get topics that are created when first used. */
export const kafka: Service = {
  name: 'kafka',

  async provision() {
    await provisionJars('Kafka', brokerJars(defaultKafkaVersion()))
  },

  async start({ port = 9092, topics = [] } = {}) {
    await assertFree(port)
    const properties = { 'auto.create.topics.enable': true }
    const cluster = await startKafka({ port, properties })
    try {
      await createTopics(cluster.url, topics)
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  },
}

/** Starts a cluster of its own for one test: nobody else sees it, so it may be treated badly. */
export function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  return KafkaCluster.start(options)
}
