// One broker: a process, and its data, which outlive each other.

import { ServerProcess } from '../server-process.ts'
import { knownBrokers } from './known-brokers.ts'
import { plainListener, type NodePlace } from './server-properties.ts'

const readyWithinMs = 90_000

export interface BrokerCommand {
  readonly place: NodePlace
  readonly java: readonly string[]
  /** Where its configuration is. */
  readonly folder: string
}

export class KafkaBroker {
  readonly nodeId: number
  /** Where its plain listener is. */
  readonly address: string
  /** Where its log segments are, a folder per partition. */
  readonly dataFolder: string
  readonly #command: BrokerCommand
  #process: ServerProcess | undefined

  constructor(command: BrokerCommand) {
    this.#command = command
    this.nodeId = command.place.nodeId
    this.address = this.addressOf(plainListener)
    this.dataFolder = command.place.dataFolder
  }

  addressOf(listener: string): string {
    return `127.0.0.1:${this.#portOf(listener)}`
  }

  /** Begins a process on the data that is there. */
  launch(): void {
    const { java, folder } = this.#command
    this.#process = new ServerProcess({
      name: `Kafka broker ${this.nodeId}`,
      file: 'java',
      args: [...java, 'kafka.Kafka', 'server.properties'],
      folder,
      stopSignal: 'SIGTERM',
      // One that stands still would keep any other signal for later.
      orphanSignal: 'SIGKILL',
    })
  }

  /** Resolves when it answers that it and these others are there. */
  async ready(others: readonly number[] = []): Promise<void> {
    const port = this.#portOf(plainListener)
    await this.#process?.waitUntil(async () => {
      const known = new Set(await knownBrokers(port))
      return [this.nodeId, ...others].every((nodeId) => known.has(nodeId))
    }, readyWithinMs)
  }

  /** Starts it again on the same data and port, after `kill` or `stop`. */
  async restart(): Promise<void> {
    this.launch()
    await this.ready()
  }

  /** It stands still: connections stay open, requests hang. */
  pause(): void {
    this.#process?.signal('SIGSTOP')
  }

  resume(): void {
    this.#process?.signal('SIGCONT')
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#process?.kill()
  }

  /** The clean end, after it has given away what it leads. Its data stays. */
  async stop(): Promise<void> {
    await this.#process?.stop()
  }

  #portOf(listener: string): number {
    const port = this.#command.place.ports[listener]
    if (port === undefined) throw new Error(`The broker has no listener ${listener}.`)
    return port
  }
}
