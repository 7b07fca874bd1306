// The Kafka source as `job.from` takes it: options, checked once, and what the engine creates from
// them.

import type { Duration } from '@sluice/core'
import {
  type OnMalformed,
  SluiceError,
  type Source,
  type SubtaskContext,
} from '@sluice/core/connector'
import { parseDuration } from '@sluice/core/internal'
import type { KafkaFormat } from '../format/kafka-format.ts'
import {
  clusterOptionsOf,
  describedConnection,
  type KafkaConnectionOptions,
} from '../options/kafka-connection.ts'
import { ClusterDirectory } from './discovery/cluster-directory.ts'
import { ClusterFetches, ClusterGroup } from './fetching/cluster-fetches.ts'
import { GroupOffsets } from './group-offsets.ts'
import { KafkaEnumerator } from './discovery/kafka-enumerator.ts'
import { KafkaReader } from './kafka-reader.ts'
import type { KafkaDeadLetter } from './partition/kafka-dead-letter.ts'
import type { KafkaSplit } from './partition/kafka-split.ts'
import { MalformedMessages } from './partition/malformed-messages.ts'
import { type Decoding, type KafkaMessage, MessageDecoder } from './partition/message-decoder.ts'
import { type OnOffsetLost, PartitionFetches } from './fetching/partition-fetches.ts'
import {
  checkStartFrom,
  checkStopAt,
  type StartFrom,
  type StopAt,
} from './discovery/start-position.ts'
import type { TopicSelection } from './discovery/topic-selection.ts'

/** How much is fetched at once, and how long a broker waits for it to be there. */
export interface FetchOptions {
  /** Of one partition, in bytes; twice as much may wait in memory. 1 MiB unless said. */
  readonly partitionBytes?: number
  /** Of one broker, in bytes. 16 MiB unless said. */
  readonly bytes?: number
  /** A broker answers when so much is there, or the wait is over. 1 unless said. */
  readonly minBytes?: number
  /** `500ms` unless said. */
  readonly maxWait?: Duration
  /** Largest batch of records after decompression. 64 MiB unless said. */
  readonly decompressedBytes?: number
}

/** Options of {@link kafkaSource} besides what records are decoded to. */
export interface KafkaReadingOptions extends KafkaConnectionOptions {
  /** One topic, several, or all that a pattern matches. */
  readonly topic: string | readonly string[] | RegExp
  /** Only these partitions of each topic. */
  readonly partitions?: readonly number[]
  /** Where a job without a checkpoint begins: `earliest` unless said. */
  readonly startFrom?: StartFrom
  /** Reading ends there, and so does the job. Without it the source never ends. */
  readonly stopAt?: StopAt
  /**
   * `read_committed` (unless said) shows a transaction when it is committed;
   * `read_uncommitted` shows records of open and aborted transactions as well.
   */
  readonly isolation?: 'read_committed' | 'read_uncommitted'
  /**
   * The consumer group that is told after each checkpoint how far the job is, for tools that show
   * lag. Nothing is decided by it. `sluice-<job>-<source>` unless said; false tells nobody.
   */
  readonly group?: string | false
  /** How often new partitions, and topics of a pattern, are looked for. `1m` unless said. */
  readonly discoverEvery?: Duration | false
  /**
   * What becomes of records that cannot be decoded: `fail` unless said. `skip` counts them in
   * `records-malformed`; `dead-letter` hands them to the source's `deadLetters` as well, as they
   * were, for `kafkaDeadLetterSink` or whatever is to become of them.
   */
  readonly onMalformed?: OnMalformed
  /**
   * What becomes of a partition whose next record was deleted before it was read: `fail` unless
   * said. `earliest` and `latest` leave a gap, which the log names.
   */
  readonly onOffsetLost?: OnOffsetLost
  readonly fetch?: FetchOptions
  /** Where this client is, so that a nearer replica may be read. */
  readonly rack?: string
}

/** Options of {@link kafkaSource}. */
export interface KafkaSourceOptions<Value> extends KafkaReadingOptions {
  /** The format of the value: `json(Schema)`, `text()`, `bytes()`, `avro(…)`, `protobuf(…)`. */
  readonly value: KafkaFormat<Value>
}

/** Options of {@link kafkaSource} for who wants more of a record than its value. */
export interface KafkaMessageSourceOptions<Value, Key, T> extends KafkaSourceOptions<Value> {
  /** The format of the key. Without it `message.key` are its bytes, null without a key. */
  readonly key?: KafkaFormat<Key>
  /** Makes what the job sees of value, key, headers, timestamp and place. */
  readonly select: (value: Value, message: KafkaMessage<Key>) => T
}

const MEBIBYTE = 1024 * 1024

/**
 * Reads topics exactly once. Positions are in the checkpoint, and nowhere else: what a consumer
 * group has committed is never trusted. Each partition has a watermark of its own.
 *
 * @example
 * job.from('orders', kafkaSource({ brokers, topic: 'orders', value: json(Order) }), {
 *   eventTime: (order) => order.at,
 *   maxOutOfOrderness: '5s',
 * })
 */
export function kafkaSource<Value, T, Key = Uint8Array | null>(
  options: KafkaMessageSourceOptions<Value, Key, T>,
): Source<T, KafkaSplit, KafkaDeadLetter>
export function kafkaSource<Value>(
  options: KafkaSourceOptions<Value>,
): Source<Value, KafkaSplit, KafkaDeadLetter>
export function kafkaSource(options: AnyOptions): Source<unknown, KafkaSplit, KafkaDeadLetter> {
  const reading = checkedReading(options)
  const { cluster, selection, range, committedOnly, discoverEveryMs } = reading
  return {
    kind: 'kafka',
    bounded: range.stopAt !== undefined,
    ordered: 'none',
    description: describedSource(options),
    createEnumerator: (context, restored) => {
      const openDirectory = () => new ClusterDirectory(context, cluster, committedOnly)
      const enumerating = { selection, range, discoverEveryMs, openDirectory }
      return new KafkaEnumerator(context, enumerating, restored)
    },
    createReader: (context) => newReader(context, reading),
  }
}

type AnyOptions = KafkaSourceOptions<unknown> &
  Partial<KafkaMessageSourceOptions<unknown, unknown, unknown>>

type CheckedReading = ReturnType<typeof checkedReading>

function checkedReading(options: AnyOptions) {
  const { startFrom = 'earliest', stopAt, isolation = 'read_committed' } = options
  const { onMalformed = 'fail', onOffsetLost = 'fail', rack = '', group } = options
  checkStartFrom(startFrom)
  if (stopAt !== undefined) checkStopAt(stopAt)
  checkChoice('isolation', isolation, ['read_committed', 'read_uncommitted'])
  checkChoice('onMalformed', onMalformed, ['fail', 'skip', 'dead-letter'])
  checkChoice('onOffsetLost', onOffsetLost, ['fail', 'earliest', 'latest'])
  return {
    cluster: clusterOptionsOf('kafkaSource', options),
    selection: selectionOf(options),
    range: { startFrom, stopAt },
    committedOnly: isolation === 'read_committed',
    discoverEveryMs: discoveryOf(options),
    decoding: decodingOf(options),
    fetching: fetchingOf(options.fetch ?? {}),
    onMalformed,
    onOffsetLost,
    rack,
    group,
  }
}

function describedSource(options: AnyOptions): Readonly<Record<string, unknown>> {
  const { topic, value, startFrom = 'earliest', stopAt, isolation = 'read_committed' } = options
  const { onMalformed = 'fail', onOffsetLost = 'fail' } = options
  return {
    ...describedConnection(options),
    topic: topic instanceof RegExp ? String(topic) : topic,
    format: value.name,
    startFrom,
    ...(stopAt === undefined ? {} : { stopAt }),
    isolation,
    onMalformed,
    onOffsetLost,
  }
}

function newReader(context: SubtaskContext, reading: CheckedReading): KafkaReader<unknown> {
  const { cluster, committedOnly, fetching, onOffsetLost, rack, group } = reading
  const name = group ?? `sluice-${context.job}-${context.step}`
  return new KafkaReader(context, {
    selection: reading.selection,
    reading: {
      decoder: new MessageDecoder(reading.decoding, context),
      malformed: new MalformedMessages(context, reading.onMalformed),
      committedOnly,
      fetchBytes: fetching.partitionBytes,
      decompressedBytes: fetching.decompressedBytes,
    },
    openFetches: (arrived) =>
      new PartitionFetches(context, {
        client: new ClusterFetches(context, cluster),
        committedOnly,
        onOffsetLost,
        maxWaitMs: fetching.maxWaitMs,
        minBytes: fetching.minBytes,
        maxBytes: fetching.bytes,
        rack,
        arrived,
      }),
    group:
      name === false
        ? undefined
        : new GroupOffsets(context, name, new ClusterGroup(context, cluster, name)),
  })
}

function selectionOf({ topic, partitions }: KafkaReadingOptions): TopicSelection {
  if (topic instanceof RegExp) return { topics: topic, partitions }
  const named: readonly unknown[] = Array.isArray(topic) ? topic : [topic]
  const isName = (each: unknown): each is string =>
    typeof each === 'string' && /^[A-Za-z0-9._-]{1,249}$/.test(each)
  if (named.length === 0 || !named.every(isName)) {
    throw invalid('topic names no topic', "Name one, several or a pattern: topic: 'orders'.")
  }
  const isNumber = (each: unknown): boolean => Number.isInteger(each) && (each as number) >= 0
  if (partitions !== undefined && !(partitions.length > 0 && partitions.every(isNumber))) {
    throw invalid('partitions are no numbers', 'Partitions are counted from 0: partitions: [0, 1].')
  }
  return { topics: [...new Set(named)], partitions }
}

function decodingOf({ value, key, select }: AnyOptions): Decoding<unknown> {
  if (typeof value?.name !== 'string') {
    throw invalid('value is no format', 'Say what values are: value: json(Order).')
  }
  if (key !== undefined && select === undefined) {
    throw invalid('key has no use without select', 'select: (value, { key }) => ({ …value, key })')
  }
  return { value, key, select }
}

function discoveryOf({ discoverEvery = '1m', stopAt }: KafkaReadingOptions): number | undefined {
  if (discoverEvery === false || stopAt !== undefined) return undefined
  const everyMs = parseDuration(discoverEvery, 'kafkaSource: discoverEvery')
  if (everyMs > 0) return everyMs
  throw invalid("discoverEvery is '0'", "Look every '10s' or so, or never: false.")
}

function fetchingOf(fetch: FetchOptions): Required<Omit<FetchOptions, 'maxWait'>> & {
  readonly maxWaitMs: number
} {
  const size = (name: keyof FetchOptions, fallback: number): number => {
    const bytes = fetch[name] ?? fallback
    if (Number.isSafeInteger(bytes) && (bytes as number) > 0 && (bytes as number) < 2 ** 31) {
      return bytes as number
    }
    throw invalid(`fetch.${name} is ${String(bytes)}`, 'It is a number of bytes above 0.')
  }
  return {
    partitionBytes: size('partitionBytes', MEBIBYTE),
    bytes: size('bytes', 16 * MEBIBYTE),
    minBytes: size('minBytes', 1),
    decompressedBytes: size('decompressedBytes', 64 * MEBIBYTE),
    maxWaitMs: parseDuration(fetch.maxWait ?? '500ms', 'kafkaSource: fetch.maxWait'),
  }
}

function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (choices.includes(value as string)) return
  throw invalid(`${name} is '${String(value)}'`, `Use one of ${choices.join(', ')}.`)
}

function invalid(what: string, hint: string): SluiceError {
  return new SluiceError('SETTING_INVALID', `kafkaSource: ${what}.`, { hint })
}
