// Runs the Java programs beside this file, and the tools that come with Kafka, with the archives
// that the runner of the services downloads.

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

export const javaFolder = fileURLToPath(new URL('java', import.meta.url))

/** The programs are written for one version of the clients; brokers of all versions know it. */
export const clientJars = brokerJars(kafkaVersions[0])

type JavaProgram = 'java-client' | 'describe-segments' | 'partition-keys'

/** The command that runs one of the programs in `java/`, from there. */
export function javaCommand(name: JavaProgram, args: readonly string[]): [string, ...string[]] {
  return ['java', '-Xmx256m', ...quickStart, ...classPath(clientJars), `${name}.java`, ...args]
}

export interface JavaRun {
  readonly args?: readonly string[]
  readonly input?: string
}

/** Runs one of the programs to its end; resolves with what it wrote. */
export async function runJavaProgram(
  name: JavaProgram,
  { args = [], input = '' }: JavaRun,
): Promise<string> {
  await provisionJars('Kafka', clientJars)
  return await runToEnd(javaCommand(name, args), { folder: javaFolder, input })
}

/** Runs a command line tool of Kafka by the name of its class. */
export async function runKafkaTool(
  name: string,
  { args = [], input = '' }: JavaRun,
): Promise<string> {
  await provisionJars('the command line tools of Kafka', toolJars)
  const main = `org.apache.kafka.tools.${name}`
  const command = ['java', ...quickStart, ...classPath(toolJars), main, ...args] as const
  return await runToEnd([...command], { folder: javaFolder, input })
}
