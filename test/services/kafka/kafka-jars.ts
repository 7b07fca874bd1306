// The archives of Kafka: those of a broker by version, and the command line tools, which are not
// published for every version and understand the brokers of all.

import { jarFolder, type JarSet, type MavenArtefact } from '../maven-jars.ts'
import type { KafkaVersion } from './kafka-options.ts'

const group = 'org.apache.kafka'

/** Without it a broker writes no log. */
const logging: MavenArtefact = {
  group: 'org.apache.logging.log4j',
  name: 'log4j-slf4j-impl',
  version: '2.25.4',
}

export function brokerJars(version: KafkaVersion): JarSet {
  return { name: `kafka-${version}`, artefacts: [{ group, name: 'kafka_2.13', version }, logging] }
}

export const toolJars: JarSet = {
  name: 'kafka-tools-4.3.1',
  artefacts: [{ group, name: 'kafka-tools', version: '4.3.1' }, logging],
}

/** The part of a `java` command that names a set. */
export function classPath(jars: JarSet): readonly [string, string] {
  return ['-cp', `${jarFolder(jars)}/*`]
}

/**
 * The classes of a broker as Java has read them once: with this file a broker starts in half the
 * processor time. Without it everything works, slower.
 */
export function classArchive(version: KafkaVersion): string {
  return `${jarFolder(brokerJars(version))}.jsa`
}

/** For programs that run for seconds: the compiler that starts fast, and no parallel collector. */
export const quickStart = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-Djava.awt.headless=true',
]
