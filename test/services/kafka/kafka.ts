// Kafka from its archives: brokers in KRaft mode on free ports of the loopback.

import { provisionJars } from '../maven-jars.ts'
import type { Service } from '../service.ts'
import { KafkaCluster } from './kafka-cluster.ts'
import { brokerJars } from './kafka-jars.ts'
import { type KafkaOptions, type KafkaVersion, kafkaVersions } from './kafka-options.ts'

/** Kafka of the version that the tests use unless they say another. */
export const kafka: Service = kafkaOf(kafkaVersions[0])

/** Kafka of any version, to be provisioned. */
export function kafkaOf(version: KafkaVersion): Service {
  return {
    name: 'kafka',
    provision: () => provisionJars('Kafka', brokerJars(version)),
    start: () => startKafka({ version }),
  }
}

/** Starts a cluster of its own for one test: nobody else sees it, so it may be treated badly. */
export function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  return KafkaCluster.start(options)
}
