// Dead letters as records of a topic: key, value and headers of the record byte for byte as they
// were, and headers that say where it stood and why it could not be decoded.

import { bytes, type DeadLetter } from '@sluice/core'
import type { Sink } from '@sluice/core/connector'
import { nullable } from '../format/nullable.ts'
import type { RecordHeader } from '../records/record-headers.ts'
import type { KafkaDeadLetter } from '../source/partition/kafka-dead-letter.ts'
import { kafkaSink, type KafkaWritingOptions } from './kafka-sink.ts'

/** Options of {@link kafkaDeadLetterSink}. */
export interface KafkaDeadLetterSinkOptions extends KafkaWritingOptions {
  /** A topic, or the topic of each letter. */
  readonly topic: string | ((letter: DeadLetter) => string)
}

/** Above what sources are usually asked for: a record that could be read can be written. */
const recordBytes = 16 * 1024 * 1024
/** A reason may hold a list of everything that is wrong with a record. */
const longestText = 4096
const encoder = new TextEncoder()

/**
 * Writes dead letters to a topic. A record of Kafka keeps its key, value and headers; headers that
 * begin with `sluice-` say where it was and why it is here. Letters of other sources have their
 * bytes as value. The time of a record is that of writing, so that the topic keeps it for as long
 * as it keeps anything; its own time is in `sluice-timestamp`.
 *
 * @example
 * orders.deadLetters.to('poison', kafkaDeadLetterSink({ brokers, topic: 'orders.dead' }))
 */
export function kafkaDeadLetterSink(options: KafkaDeadLetterSinkOptions): Sink<DeadLetter> {
  return kafkaSink<DeadLetter, Uint8Array | null>({
    recordBytes,
    ...options,
    value: nullable(bytes()),
    select: valueOf,
    key: (letter) => (isOfKafka(letter) ? letter.key : null),
    headers: headersOf,
  })
}

function isOfKafka(letter: DeadLetter): letter is KafkaDeadLetter {
  return 'isTombstone' in letter && 'headers' in letter
}

function valueOf(letter: DeadLetter): Uint8Array | null {
  if (isOfKafka(letter) && letter.isTombstone) return null
  return typeof letter.raw === 'string' ? encoder.encode(letter.raw) : letter.raw
}

/** Those of the record come first, as they were: of a name that comes twice the last is ours. */
function headersOf(letter: DeadLetter): readonly RecordHeader[] {
  const header = (name: string, text: string | number): RecordHeader => ({
    key: `sluice-${name}`,
    value: encoder.encode(String(text)),
  })
  const why = [
    header('error-code', letter.code),
    header('error-message', cut(letter.reason)),
    header('job', letter.job),
    header('source', letter.source),
  ]
  if (!isOfKafka(letter)) {
    return [...why, header('split', letter.split), header('position', letter.position)]
  }
  return [
    ...letter.headers,
    ...why,
    header('topic', letter.topic),
    header('partition', letter.partition),
    header('offset', letter.offset),
    ...(letter.timestamp < 0 ? [] : [header('timestamp', letter.timestamp)]),
  ]
}

function cut(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)}…`
}
