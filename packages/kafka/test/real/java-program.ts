// Runs the Java programs beside this file, and the tools that come with Kafka, with the archives
// that the runner of the services downloaded.

import { fileURLToPath } from 'node:url'
import {
  brokerJars,
  classPath,
  quickStart,
  toolJars,
} from '../../../../test/services/kafka/kafka-jars.ts'
import { kafkaVersions } from '../../../../test/services/kafka/kafka-options.ts'
import { provisionJars } from '../../../../test/services/maven-jars.ts'
import { runToEnd } from '../../../../test/services/run-to-end.ts'

const folder = fileURLToPath(new URL('java', import.meta.url))

export interface JavaRun {
  readonly args?: readonly string[]
  readonly input?: string
}

/** Runs one of the programs in `java/`; resolves with what it wrote. */
export async function runJavaProgram(
  name: 'write-records' | 'describe-segments' | 'partition-keys',
  { args = [], input = '' }: JavaRun,
): Promise<string> {
  const jars = classPath(brokerJars(kafkaVersions[0]))
  const command = ['java', ...quickStart, ...jars, `${name}.java`, ...args] as const
  return await runToEnd([...command], { folder, input })
}

/** Runs a command line tool of Kafka by the name of its class. */
export async function runKafkaTool(
  name: string,
  { args = [], input = '' }: JavaRun,
): Promise<string> {
  await provisionJars('the command line tools of Kafka', toolJars)
  const main = `org.apache.kafka.tools.${name}`
  const command = ['java', ...quickStart, ...classPath(toolJars), main, ...args] as const
  return await runToEnd([...command], { folder, input })
}
