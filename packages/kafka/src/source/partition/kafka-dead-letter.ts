// A record that could not be decoded, as the job sees it: its own bytes, what it takes to write it
// somewhere else as it was, and the reason. It keeps no reference to what was fetched.

import type { DeadLetter, SluiceError } from '@sluice/core/connector'
import type { RecordCursor } from '../../records/record-cursor.ts'
import type { RecordHeader } from '../../records/record-headers.ts'
import { partitionText, type TopicPartition } from './kafka-split.ts'
import { keyOf, valueOf } from './message-decoder.ts'

/**
 * A record of `kafkaSource` that could not be decoded, byte for byte as it was.
 * `kafkaDeadLetterSink` writes it to a topic.
 */
export interface KafkaDeadLetter extends DeadLetter {
  /** The bytes of the value; empty where the record has none. */
  readonly raw: Uint8Array
  /** The record has no value: it is a tombstone, which the format refuses. */
  readonly isTombstone: boolean
  /** The bytes of the key, null without one. */
  readonly key: Uint8Array | null
  /** In their order; a name may come several times. */
  readonly headers: readonly RecordHeader[]
  /** Milliseconds since 1970; -1 where the record has none. */
  readonly timestamp: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** The letter of the record at the cursor. The bytes of the fetch are let go of soon. */
export function letterOf(
  { job, step }: { readonly job: string; readonly step: string },
  error: SluiceError,
  cursor: RecordCursor,
  place: TopicPartition,
): KafkaDeadLetter {
  const value = valueOf(cursor)
  const { offset, timestamp } = cursor
  return {
    job,
    source: step,
    split: partitionText(place),
    position: `offset ${offset}`,
    code: error.code,
    reason: error.message,
    raw: value?.slice() ?? new Uint8Array(),
    isTombstone: value === null,
    key: keyOf(cursor)?.slice() ?? null,
    headers: cursor.headers().map(({ key, value: bytes }) => ({ key, value: bytes?.slice() })),
    timestamp,
    topic: place.topic,
    partition: place.partition,
    offset,
  }
}
