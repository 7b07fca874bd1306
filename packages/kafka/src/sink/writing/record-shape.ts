// What a sink writes of a record: which topic and partition, key, value, headers, timestamp.
// Checked where the program's types could be wrong.

import { SluiceError } from '@sluice/core/connector'
import type { KafkaFormat } from '../../format/kafka-format.ts'
import type { RecordHeader } from '../../records/record-headers.ts'

/** Headers as a program gives them; a list where a name comes several times. */
export type HeadersToWrite = Readonly<Record<string, string | Uint8Array>> | readonly RecordHeader[]

/** How records of the job become records of Kafka. */
export interface RecordShape<T> {
  readonly topic: string | ((record: T) => string)
  readonly value: KafkaFormat<unknown>
  readonly select: ((record: T) => unknown) | undefined
  readonly key: ((record: T) => unknown) | undefined
  /** Undefined: keys are texts, numbers or bytes. */
  readonly keyFormat: KafkaFormat<unknown> | undefined
  readonly headers: ((record: T) => HeadersToWrite) | undefined
  readonly timestamp: ((record: T) => number) | undefined
  readonly partition: ((record: T, partitionCount: number) => number) | undefined
}

const encoder = new TextEncoder()

/** Bytes of a key that has no format; undefined for none. */
export function plainKey(key: unknown): Uint8Array | undefined {
  switch (typeof key) {
    case 'string':
      return encoder.encode(key)
    case 'number':
    case 'bigint':
      return encoder.encode(String(key))
    case 'undefined':
      return undefined
    default:
      if (key === null) return undefined
      if (key instanceof Uint8Array) return key
      throw new SluiceError('KEY_INVALID', `A key is a ${typeof key}.`, {
        hint: 'Keys are texts, numbers or bytes; anything else needs `keyFormat`.',
      })
  }
}

/** Headers in the form in which they are written. */
export function headersOf(given: HeadersToWrite): readonly RecordHeader[] {
  if (Array.isArray(given)) return given as readonly RecordHeader[]
  return Object.entries(given as Readonly<Record<string, string | Uint8Array>>).map(
    ([key, value]) => ({
      key,
      value: typeof value === 'string' ? encoder.encode(value) : value,
    }),
  )
}

export function checkTopic(topic: unknown): asserts topic is string {
  if (typeof topic === 'string' && /^[A-Za-z0-9._-]{1,249}$/.test(topic)) return
  throw new SluiceError(
    'KAFKA_TOPIC_MISSING',
    `'${String(topic)}' cannot be the name of a topic.`,
    {
      hint: 'Names have up to 249 letters, digits, dots, hyphens and underscores.',
    },
  )
}

export function checkPartition(partition: unknown, partitionCount: number, topic: string): number {
  const isThere = Number.isInteger(partition) && (partition as number) >= 0
  if (isThere && (partition as number) < partitionCount) return partition as number
  throw new SluiceError(
    'USER_FUNCTION_FAILED',
    `The partition function chose ${String(partition)} of topic '${topic}', ` +
      `which has ${partitionCount}.`,
    { hint: 'Partitions are counted from 0.' },
  )
}
