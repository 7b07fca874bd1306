// A cluster of one to three brokers with its own fresh data, which is deleted with it.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'
import { runToEnd } from '../run-to-end.ts'
import type { RunningService } from '../service.ts'
import { asServiceUser, giveToServiceUser } from '../service-user.ts'
import {
  type ClientCertificates,
  type ClusterCertificates,
  makeCertificates,
} from './certificates.ts'
import { KafkaBroker } from './kafka-broker.ts'
import { brokerJars, classArchive, classPath, quickStart } from './kafka-jars.ts'
import { defaultKafkaVersion, type KafkaOptions, type KafkaVersion } from './kafka-options.ts'
import { type NodePlace, plainListener, serverProperties } from './server-properties.ts'

/** What it says on its standard output is kept for the message of a failure. */
const logging = `<Configuration>
  <Appenders>
    <Console name="console"><PatternLayout pattern="%d{HH:mm:ss.SSS} %p %m (%c{1})%n"/></Console>
  </Appenders>
  <Loggers><Root level="WARN"><AppenderRef ref="console"/></Root></Loggers>
</Configuration>
`

function javaOptionsOf({
  tunedFor = 'start',
  javaOptions = [],
  ...options
}: KafkaOptions): string[] {
  if (tunedFor === 'throughput') {
    return ['-Xms1g', '-Xmx1g', '-XX:+UseG1GC', '-Djava.awt.headless=true', ...javaOptions]
  }
  const classes = `-XX:SharedArchiveFile=${classArchive(versionOf(options))}`
  return ['-Xmx256m', ...quickStart, classes, ...javaOptions]
}

function versionOf({ version = defaultKafkaVersion() }: KafkaOptions): KafkaVersion {
  return version
}

export class KafkaCluster implements RunningService {
  /** The plain listeners of all brokers, with commas between them. */
  readonly url: string
  readonly brokers: readonly KafkaBroker[]
  /** For listeners with TLS; undefined where there is none. */
  readonly certificates: ClientCertificates | undefined
  readonly #folder: string

  private constructor(
    folder: string,
    brokers: readonly KafkaBroker[],
    certificates: ClientCertificates | undefined,
  ) {
    this.#folder = folder
    this.brokers = brokers
    this.certificates = certificates
    this.url = this.addressOf(plainListener)
  }

  /** Formats fresh data for each broker and starts them all. */
  static async start(options: KafkaOptions): Promise<KafkaCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-kafka-'))
    giveToServiceUser(folder)
    let cluster: KafkaCluster | undefined
    try {
      const withTls = Object.values(options.listeners ?? {}).some(({ tls }) => tls !== undefined)
      const certificates = withTls ? await makeCertificates(folder) : undefined
      const places = await Promise.all(
        Array.from({ length: options.brokers ?? 1 }, (_, n) => placeOf(n + 1, folder, options)),
      )
      const brokers = await formatAll(options, places, certificates)
      cluster = new KafkaCluster(folder, brokers, certificates?.forClients)
      await cluster.restart()
      return cluster
    } catch (error) {
      await cluster?.kill()
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** What a client of a listener connects to. */
  addressOf(listener: string): string {
    return this.brokers.map((broker) => broker.addressOf(listener)).join(',')
  }

  /** The broker with this id, as metadata names them: they count from 1. */
  broker(nodeId: number): KafkaBroker {
    const broker = this.brokers[nodeId - 1]
    if (broker === undefined) throw new Error(`There is no broker ${nodeId}.`)
    return broker
  }

  pause(): void {
    for (const broker of this.brokers) broker.pause()
  }

  resume(): void {
    for (const broker of this.brokers) broker.resume()
  }

  async kill(): Promise<void> {
    await Promise.all(this.brokers.map((broker) => broker.kill()))
  }

  async restart(): Promise<void> {
    for (const broker of this.brokers) broker.launch()
    const all = this.brokers.map(({ nodeId }) => nodeId)
    await Promise.all(this.brokers.map((broker) => broker.ready(all)))
  }

  async stop(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function placeOf(nodeId: number, folder: string, options: KafkaOptions): Promise<NodePlace> {
  const { brokers = 1, listeners = {}, port } = options
  const ports: Record<string, number> = { [plainListener]: port ?? (await freePort()) }
  for (const name of Object.keys(listeners)) ports[name] = await freePort()
  // Two votes would be worth less than one: either's death would end the quorum.
  const votes = nodeId === 1 || brokers === 3
  const controllerPort = votes ? await freePort() : undefined
  return { nodeId, ports, controllerPort, dataFolder: join(folder, `node-${nodeId}`, 'data') }
}

async function formatAll(
  options: KafkaOptions,
  places: readonly NodePlace[],
  certificates: ClusterCertificates | undefined,
): Promise<KafkaBroker[]> {
  const clusterId = randomBytes(16).toString('base64url')
  const jars = classPath(brokerJars(versionOf(options)))
  return await Promise.all(
    places.map(async (place) => {
      const folder = join(place.dataFolder, '..')
      await mkdir(folder)
      const properties = serverProperties(options, place, places, certificates?.files)
      await writeFile(join(folder, 'server.properties'), properties)
      await writeFile(join(folder, 'log4j2.xml'), logging)
      giveToServiceUser(folder)
      const set = ['-Dlog4j2.configurationFile=log4j2.xml']
      const format = ['kafka.tools.StorageTool', ...formatArguments(clusterId, options)]
      const command = ['java', ...quickStart, ...set, ...jars, ...format] as const
      await runToEnd(asServiceUser([...command], 'SIGKILL'), { folder })
      return new KafkaBroker({ place, folder, java: [...javaOptionsOf(options), ...set, ...jars] })
    }),
  )
}

function formatArguments(clusterId: string, options: KafkaOptions): string[] {
  const { transactionVersion = 2, users = {}, listeners = {} } = options
  const mechanisms = new Set(Object.values(listeners).flatMap(({ sasl = [] }) => sasl))
  const scram = [...mechanisms]
    .filter((mechanism) => mechanism.startsWith('SCRAM'))
    .flatMap((mechanism) =>
      Object.entries(users).flatMap(([name, password]) => [
        '--add-scram',
        `${mechanism}=[name=${name},password=${password}]`,
      ]),
    )
  const features = ['--feature', `transaction.version=${transactionVersion}`]
  // An id may begin with a hyphen, and would be taken for an option if it stood alone.
  const id = `--cluster-id=${clusterId}`
  return ['format', '-c', 'server.properties', id, ...features, ...scram]
}
