// Kafka's own clients, in a Java program that lives as long as a test wants: they judge what our
// sinks wrote, write what our sources read, and do to a cluster what an administrator would.

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { provisionJars } from '../../../../test/services/maven-jars.ts'
import { clientJars, javaCommand, javaFolder } from './java-program.ts'
import { type JavaRecord, type ReadRecord, readRecordOf } from './read-record.ts'

/** By the names of Kafka's own configuration. */
export type JavaConfiguration = Readonly<Record<string, string | number | boolean>>

/** A record to write, with base64 for its bytes. */
export interface WrittenRecord {
  readonly key: string | null
  readonly value: string | null
  readonly headers?: readonly (readonly [name: string, value: string | null])[]
  readonly timestamp?: number
}

/** To leave is to end without a word, so that a transaction stays open. */
export type ProducerStep =
  | { readonly do: 'begin' | 'flush' | 'commit' | 'abort' | 'leave' }
  | {
      readonly do: 'send'
      readonly topic: string
      /** The partitioner chooses where none is named. */
      readonly partition?: number
      readonly records: readonly WrittenRecord[]
    }

/** A producer that takes its steps and is closed, which aborts a transaction that is open. */
export interface ProducerScript {
  readonly config: JavaConfiguration
  readonly steps: readonly ProducerStep[]
}

export interface ReadTopic {
  /** By partition, each in its order. */
  readonly records: readonly ReadRecord[]
  readonly partitions: readonly {
    readonly partition: number
    readonly begin: number
    /** Behind what can be read with this isolation. */
    readonly end: number
    /** With committed reading it is above the end while a transaction is open. */
    readonly highWatermark: number
  }[]
}

export interface DescribedTransaction {
  readonly transactionalId: string
  readonly state: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly timeoutMs: number
  /** As `topic-0`. */
  readonly partitions: readonly string[]
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

type Isolation = 'read_committed' | 'read_uncommitted'

export class JavaClient {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #waiting: Waiting[] = []
  #said = ''

  private constructor(config: JavaConfiguration) {
    const command = javaCommand('java-client', [JSON.stringify(config)])
    const [file, ...args] = command
    this.#child = spawn(file, args, { cwd: javaFolder, stdio: ['pipe', 'pipe', 'pipe'] })
    createInterface(this.#child.stdout).on('line', (line) => this.#settle(JSON.parse(line)))
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text
    })
    this.#child.stdin.on('error', () => {})
    this.#child.once('close', () => {
      const error = new Error(`The Java client ended:\n${this.#said}`)
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    })
  }

  /** A client of these addresses. It ends when it is closed, and with this program. */
  static async start(url: string, config: JavaConfiguration = {}): Promise<JavaClient> {
    await provisionJars('Kafka', clientJars)
    const inFewBatches = { 'linger.ms': 10_000, 'batch.size': 4_000_000 }
    return new JavaClient({ 'bootstrap.servers': url, ...inFewBatches, ...config })
  }

  /**
   * Runs producers one after the other; what is sent until a flush shares batches. Returns the
   * places of all records in the order in which they were sent.
   */
  async produce(
    ...producers: readonly ProducerScript[]
  ): Promise<readonly { readonly partition: number; readonly offset: number }[]> {
    return (await this.#ask('produce', { producers })) as { partition: number; offset: number }[]
  }

  /** Reads a topic from its beginning to the end that the isolation gives it now. */
  async read(topic: string, isolation: Isolation = 'read_committed'): Promise<ReadTopic> {
    const answer = (await this.#ask('read', { topic, isolation })) as {
      records: JavaRecord[]
      partitions: ReadTopic['partitions']
    }
    const records = answer.records.map(readRecordOf)
    return {
      records: records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset),
      partitions: answer.partitions,
    }
  }

  async createTopic(
    topic: string,
    { partitions = 1, replicas = 1, properties = {} as JavaConfiguration } = {},
  ): Promise<void> {
    await this.#ask('createTopic', { topic, partitions, replicas, properties })
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#ask('deleteTopic', { topic })
  }

  /** Adds partitions until there are so many. */
  async addPartitions(topic: string, total: number): Promise<void> {
    await this.#ask('addPartitions', { topic, total })
  }

  /** Changes settings of a topic, or of all brokers. */
  async configure(properties: JavaConfiguration, topic?: string): Promise<void> {
    await this.#ask('configure', { properties, topic })
  }

  /** Drops what is before an offset, as retention does. */
  async deleteRecords(topic: string, partition: number, before: number): Promise<void> {
    await this.#ask('deleteRecords', { topic, partition, before })
  }

  /** Moves a partition to these brokers, the first of which is to lead it. */
  async reassign(topic: string, partition: number, replicas: readonly number[]): Promise<void> {
    await this.#ask('reassign', { topic, partition, replicas })
  }

  /** Makes the first of a partition's brokers its leader. */
  async electLeader(topic: string, partition: number): Promise<void> {
    await this.#ask('electLeader', { topic, partition })
  }

  /** Id of the broker that leads a partition, or -1. */
  async leader(topic: string, partition: number): Promise<number> {
    return (await this.#ask('leader', { topic, partition })) as number
  }

  /** All transactional ids that the brokers know. */
  async transactions(): Promise<readonly DescribedTransaction[]> {
    return (await this.#ask('transactions', {})) as DescribedTransaction[]
  }

  /** Aborts what an id has open and shuts its producer out. */
  async fence(transactionalId: string): Promise<void> {
    await this.#ask('fence', { transactionalId })
  }

  /** Finalized levels by name. */
  async features(): Promise<Readonly<Record<string, number>>> {
    return (await this.#ask('features', {})) as Record<string, number>
  }

  /** What a group has committed, by `topic-0`. */
  async groupOffsets(group: string): Promise<Readonly<Record<string, number | null>>> {
    return (await this.#ask('groupOffsets', { group })) as Record<string, number | null>
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.stdin.end()
    await ended
  }

  #ask(command: string, parameters: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        reject(new Error(`The Java client ended:\n${this.#said}`))
        return
      }
      this.#waiting.push({ resolve, reject })
      this.#child.stdin.write(`${JSON.stringify({ do: command, ...parameters })}\n`)
    })
  }

  #settle(answer: { readonly result?: unknown; readonly error?: string }): void {
    const first = this.#waiting.shift()
    if (answer.error === undefined) first?.resolve(answer.result)
    else first?.reject(new Error(answer.error))
  }
}
