// Kafka from its archives: brokers in KRaft mode on free ports of the loopback.

import { existsSync } from 'node:fs'
import { copyFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { assertFree } from '../free-port.ts'
import { provisionJars } from '../maven-jars.ts'
import type { Service } from '../service.ts'
import { KafkaCluster } from './kafka-cluster.ts'
import { brokerJars, classArchive } from './kafka-jars.ts'
import { defaultKafkaVersion, type KafkaOptions, type KafkaVersion } from './kafka-options.ts'
import { createTopics } from './kafkajs-client.ts'

/** Kafka of the version that the tests use. People get topics that are created when first used. */
export const kafka: Service = {
  name: 'kafka',

  async provision() {
    const version = defaultKafkaVersion()
    await provisionJars('Kafka', brokerJars(version))
    if (!existsSync(classArchive(version))) await makeClassArchive(version)
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

/** A broker that has run once has read the classes that matter, and writes them when it ends. */
async function makeClassArchive(version: KafkaVersion): Promise<void> {
  const [name, file] = ['classes.jsa', classArchive(version)]
  const javaOptions = ['-XX:SharedArchiveFile=', `-XX:ArchiveClassesAtExit=${name}`]
  const cluster = await startKafka({ version, javaOptions })
  try {
    const broker = cluster.broker(1)
    await broker.stop()
    const partial = `${file}.partial-${process.pid}`
    await copyFile(join(broker.dataFolder, '..', name), partial)
    await rename(partial, file)
  } finally {
    await cluster.stop()
  }
}

/** Starts a cluster of its own for one test: nobody else sees it, so it may be treated badly. */
export function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  return KafkaCluster.start(options)
}
