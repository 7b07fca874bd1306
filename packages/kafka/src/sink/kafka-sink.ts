// The Kafka sink as `.to` takes it: options, checked once, and what the engine creates from them.

import type { Duration } from '@sluice/core'
import {
  type CommitterContext,
  type Sink,
  SluiceError,
  type WriterContext,
} from '@sluice/core/connector'
import { parseDuration } from '@sluice/core/internal'
import { requestFailure } from '../cluster/broker-refusal.ts'
import { ClusterClient } from '../cluster/cluster-client.ts'
import type { ClusterOptions } from '../cluster/cluster-options.ts'
import type { KafkaFormat } from '../format/kafka-format.ts'
import { ensureLedger } from '../ledger/ledger-topic.ts'
import {
  clusterOptionsOf,
  describedConnection,
  type KafkaConnectionOptions,
} from '../options/kafka-connection.ts'
import type { Compression } from '../records/compression/compression.ts'
import { grantedTimeout } from '../transaction/transaction-time.ts'
import { ClusterTransactions, transactionVersionOf } from './transaction/cluster-transactions.ts'
import { ensureTopic, type TopicToMake } from './topic-to-write.ts'
import { PlainWriter } from './writing/plain-writer.ts'
import type { HeadersToWrite, RecordShape } from './writing/record-shape.ts'
import { StagedCommitter } from './staged/staged-committer.ts'
import { StagedSending } from './staged/staged-sending.ts'
import { StagedWriter } from './staged/staged-writer.ts'
import { UnansweredProducer } from './transaction/transaction-client.ts'
import { TransactionCommitter } from './transaction/transaction-committer.ts'
import { TransactionSweeper } from './transaction/transaction-sweeper.ts'
import { TransactionWriter } from './transaction/transaction-writer.ts'
import type { WritingOptions } from './writing/writing-options.ts'

/** Options of {@link kafkaSink} besides what is written of a record. */
export interface KafkaWritingOptions extends KafkaConnectionOptions {
  /**
   * `exactly-once` unless said. `at-least-once` shows records as they are written, and some twice
   * after a restart; `none` does not even wait for them at a checkpoint.
   */
  readonly delivery?: 'exactly-once' | 'at-least-once' | 'none'
  /**
   * How exactly-once is kept. `transaction` (unless said): a transaction per checkpoint, which has
   * to be committed before the broker aborts it. `staged`: records are kept with the checkpoint and
   * sent when it is complete, so that no pause, however long, loses anything.
   */
  readonly commit?: 'transaction' | 'staged'
  /**
   * How long a transaction may stay open: longer than a checkpoint interval and whatever pause
   * is to be survived. `15m` unless said, cut to what the brokers allow.
   */
  readonly transactionTimeout?: Duration
  /** `none` unless said. */
  readonly compression?: Compression
  /** A batch that is not full is sent after so long. `20ms` unless said. */
  readonly linger?: Duration
  /** A batch is sent when it has so many bytes. 256 KiB unless said. */
  readonly batchBytes?: number
  /** What may wait to be acknowledged, for each subtask. 32 MiB unless said. */
  readonly bufferBytes?: number
  /** The largest record. 1 MiB unless said; the topic's `max.message.bytes` decides. */
  readonly recordBytes?: number
  /** How long a batch is tried. `2m` unless said. */
  readonly deliveryTimeout?: Duration
  /**
   * Makes the topic when the job starts and it is not there: with what the brokers have by default
   * (`true`), or as said. Without it a missing topic ends the start. For a topic that is named.
   */
  readonly createTopic?: boolean | TopicToMake
}

/** What is written of a record besides its value. */
export interface KafkaSinkOptions<T> extends KafkaWritingOptions {
  /** A topic, or the topic of each record. */
  readonly topic: string | ((record: T) => string)
  /** The format of the value: `json()`, `text()`, `bytes()`, `avro(…)`, `protobuf(…)`. */
  readonly value: KafkaFormat<T>
  /** Makes the value of a record: see {@link KafkaSelectingSinkOptions}. */
  readonly select?: undefined
  /** The key: a text, a number or bytes, or what `keyFormat` encodes. */
  readonly key?: (record: T) => unknown
  readonly keyFormat?: KafkaFormat<unknown>
  readonly headers?: (record: T) => HeadersToWrite
  /** Milliseconds since 1970; the event time of the record unless said. */
  readonly timestamp?: (record: T) => number
  /** By the key as Java's client does it, unless said; records without a key are spread. */
  readonly partition?: (record: T, partitionCount: number) => number
}

/** Options of {@link kafkaSink} where the value is not the record itself. */
export interface KafkaSelectingSinkOptions<T, Value>
  extends Omit<KafkaSinkOptions<T>, 'value' | 'select'> {
  readonly value: KafkaFormat<Value>
  /** The value of a record; null writes a tombstone where the format is `nullable`. */
  readonly select: (record: T) => Value
}

type AnyOptions<T> = KafkaSinkOptions<T> | KafkaSelectingSinkOptions<T, unknown>

const MEBIBYTE = 1024 * 1024
/** Batches of other clients count the same way: the header of a batch, and of a record. */
const overheadBytes = 512
const requestTimeoutMs = 30_000

/**
 * Writes topics exactly once: what is written becomes visible to readers of committed records when
 * the checkpoint that holds it is complete.
 *
 * @example
 * revenue.to(
 *   'revenue',
 *   kafkaSink({ brokers, topic: 'revenue', key: (row) => row.shop, value: json() }),
 * )
 */
export function kafkaSink<T>(options: KafkaSinkOptions<T>): Sink<T>
export function kafkaSink<T, Value>(options: KafkaSelectingSinkOptions<T, Value>): Sink<T>
export function kafkaSink<T>(options: AnyOptions<T>): Sink<T> {
  const cluster = clusterOptionsOf('kafkaSink', options)
  const { delivery = 'exactly-once', commit = 'transaction' } = options
  checkChoice('delivery', delivery, ['exactly-once', 'at-least-once', 'none'])
  checkChoice('commit', commit, ['transaction', 'staged'])
  const writing = writingOf(options)
  const askedMs = parseDuration(
    options.transactionTimeout ?? '15m',
    'kafkaSink: transactionTimeout',
  )
  if (askedMs < 1_000) throw invalid('transactionTimeout is below a second', "Use '15m' or so.")
  const topic = topicAtStart(options)
  const common = {
    kind: 'kafka',
    guarantee: delivery,
    description: {
      ...describedConnection(options),
      topic: typeof options.topic === 'string' ? options.topic : 'by record',
      format: options.value.name,
      ...(delivery === 'exactly-once' ? { commit } : {}),
      ...(options.compression === undefined ? {} : { compression: options.compression }),
      ...(topic?.make === undefined ? {} : { createTopic: options.createTopic }),
    },
  }
  if (delivery !== 'exactly-once') {
    return {
      ...common,
      createWriter: (context) => plainWriter(context, cluster, writing, delivery, topic),
    }
  }
  const opening = { cluster, writing, askedMs, topic }
  return commit === 'staged'
    ? {
        ...common,
        createWriter: async (context) =>
          new StagedWriter(
            context,
            { ...writing, timeoutMs: askedMs },
            await ClusterTransactions.open(context, cluster),
          ),
        createCommitter: (context) => stagedCommitter(context, opening),
      }
    : {
        ...common,
        createWriter: (context) => transactionWriter(context, opening),
        createCommitter: (context) => transactionCommitter(context, cluster, topic),
      }
}

interface Opening<T> {
  readonly cluster: ClusterOptions
  readonly writing: Omit<WritingOptions<T>, 'timeoutMs'>
  readonly askedMs: number
  readonly topic: TopicAtStart | undefined
}

/** A topic that is known before there are records. */
interface TopicAtStart {
  readonly name: string
  readonly make: TopicToMake | undefined
}

/** Closes the client again where what needs it cannot be opened. */
async function opened<Client extends { close(): void }, Result>(
  client: Client,
  open: (client: Client) => Promise<Result>,
): Promise<Result> {
  try {
    return await open(client)
  } catch (error) {
    client.close()
    throw error instanceof UnansweredProducer
      ? requestFailure('Opening a producer', error.cause)
      : error
  }
}

async function plainWriter<T>(
  context: WriterContext,
  cluster: ClusterOptions,
  writing: Omit<WritingOptions<T>, 'timeoutMs'>,
  delivery: 'at-least-once' | 'none',
  topic: TopicAtStart | undefined,
): Promise<PlainWriter<T>> {
  if (topic?.make !== undefined) {
    const client = new ClusterClient(context, cluster)
    await opened(client, () => ensureTopic(client, context.timers, topic.name, topic.make))
    client.close()
  }
  return await opened(await ClusterTransactions.open(context, cluster), async (client) => {
    const { producerId, epoch } = await client.initialize(null, requestTimeoutMs)
    const producer = { producerId, epoch, transactionalId: undefined }
    const options = { ...writing, timeoutMs: requestTimeoutMs }
    return new PlainWriter(context, options, client, producer, delivery === 'at-least-once')
  })
}

async function transactionWriter<T>(
  context: WriterContext,
  { cluster, writing, askedMs }: Opening<T>,
): Promise<TransactionWriter<T>> {
  return await opened(await ClusterTransactions.open(context, cluster), async (client) => {
    const timeoutMs = await grantedMs(context, client, askedMs)
    return new TransactionWriter(context, { ...writing, timeoutMs }, client)
  })
}

async function transactionCommitter(
  context: CommitterContext,
  cluster: ClusterOptions,
  topic: TopicAtStart | undefined,
): Promise<TransactionCommitter> {
  return await opened(new ClusterClient(context, cluster), async (client) => {
    if (topic !== undefined) await ensureTopic(client, context.timers, topic.name, topic.make)
    const ledger = await ensureLedger(client, context.timers)
    const sweeper = new TransactionSweeper(context, client)
    return new TransactionCommitter(context, client, ledger, sweeper)
  })
}

async function stagedCommitter<T>(
  context: CommitterContext,
  { cluster, writing, askedMs, topic }: Opening<T>,
): Promise<StagedCommitter> {
  return await opened(new ClusterClient(context, cluster), async (client) => {
    if (topic !== undefined) await ensureTopic(client, context.timers, topic.name, topic.make)
    const ledger = await ensureLedger(client, context.timers)
    const version = await transactionVersionOf(client)
    const transactions = new ClusterTransactions(client, version)
    const timeoutMs = await grantedMs(context, transactions, askedMs)
    const sweeper = new TransactionSweeper(context, client)
    return new StagedCommitter(context, client, ledger, version, sweeper, (committable) => {
      const options = { ...writing, timeoutMs }
      return new StagedSending(context, committable, client, transactions, options)
    })
  })
}

/** What the brokers grant of what was asked for; said where it is less. */
async function grantedMs(
  { log, step }: WriterContext | CommitterContext,
  transactions: ClusterTransactions,
  askedMs: number,
): Promise<number> {
  const longestMs = await transactions.longestTimeoutMs()
  if (longestMs === undefined) return askedMs
  const { timeoutMs, cut } = grantedTimeout(askedMs, longestMs)
  if (cut) {
    log.warn(
      `The brokers allow transactions of at most ${longestMs / 1000} s; ` +
        `${askedMs / 1000} s were asked for.`,
      { step },
    )
  }
  return timeoutMs
}

function writingOf<T>(options: AnyOptions<T>): Omit<WritingOptions<T>, 'timeoutMs'> {
  const { topic, value, compression = 'none' } = options
  if (typeof topic !== 'function' && !/^[A-Za-z0-9._-]{1,249}$/.test(String(topic))) {
    throw invalid('topic names no topic', "topic: 'revenue', or a function of the record.")
  }
  if (typeof value?.name !== 'string') {
    throw invalid('value is no format', 'Say how values are written: value: json().')
  }
  checkChoice('compression', compression, ['none', 'gzip', 'snappy', 'lz4', 'zstd'])
  const batchBytes = sizeOf('batchBytes', options.batchBytes, MEBIBYTE / 4)
  const recordBytes = sizeOf('recordBytes', options.recordBytes, MEBIBYTE)
  const shape: RecordShape<T> = {
    topic,
    value: value as KafkaFormat<unknown>,
    select: options.select,
    key: options.key,
    keyFormat: options.keyFormat,
    headers: options.headers,
    timestamp: options.timestamp,
    partition: options.partition,
  }
  return {
    shape,
    compression,
    limits: {
      batchBytes,
      recordBytes: recordBytes + overheadBytes,
      messageBytes: Math.max(batchBytes, recordBytes) + overheadBytes,
    },
    bufferBytes: sizeOf('bufferBytes', options.bufferBytes, 32 * MEBIBYTE),
    lingerMs: parseDuration(options.linger ?? '20ms', 'kafkaSink: linger'),
    requestTimeoutMs,
    deliveryTimeoutMs: parseDuration(options.deliveryTimeout ?? '2m', 'kafkaSink: deliveryTimeout'),
  }
}

function topicAtStart({
  topic,
  createTopic = false,
}: Pick<AnyOptions<never>, 'topic' | 'createTopic'>): TopicAtStart | undefined {
  if (typeof topic === 'function') {
    if (createTopic === false) return undefined
    throw invalid(
      'createTopic goes with one topic, and topic is a function',
      'Make the topics before, or write to one that is named.',
    )
  }
  if (typeof createTopic === 'boolean') return { name: topic, make: createTopic ? {} : undefined }
  for (const name of ['partitions', 'replicas'] as const) {
    const count = createTopic[name]
    if (count === undefined || (Number.isInteger(count) && count > 0 && count < 2 ** 15)) continue
    throw invalid(`createTopic.${name} is ${String(count)}`, 'It is a number above 0.')
  }
  return { name: topic, make: createTopic }
}

function sizeOf(name: string, given: number | undefined, fallback: number): number {
  const bytes = given ?? fallback
  if (Number.isSafeInteger(bytes) && bytes > 0 && bytes < 2 ** 31) return bytes
  throw invalid(`${name} is ${String(given)}`, 'It is a number of bytes above 0.')
}

function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (choices.includes(value as string)) return
  throw invalid(`${name} is '${String(value)}'`, `Use one of ${choices.join(', ')}.`)
}

function invalid(what: string, hint: string): SluiceError {
  return new SluiceError('SETTING_INVALID', `kafkaSink: ${what}.`, { hint })
}
