// From a record to what the job sees: its value alone, or what the job's function makes of value,
// key, headers and place.

import type { ConnectorContext } from '@sluice/core/connector'
import { refuseIdInHeader } from '../../format/confluent-frame.ts'
import type { KafkaFormat, RecordDecoder } from '../../format/kafka-format.ts'
import { OpenFormats } from '../../format/open-formats.ts'
import type { RecordCursor } from '../../records/record-cursor.ts'
import type { RecordHeader } from '../../records/record-headers.ts'
import type { TopicPartition } from './kafka-split.ts'

/**
 * What a record says besides its value. It is a view of the record that is decoded just now: take
 * from it what is needed, and do not keep it.
 */
export interface KafkaMessage<Key> {
  /** Decoded by the format of the key; its bytes where there is none, null without a key. */
  readonly key: Key
  /** In their order; a name may come several times. */
  readonly headers: readonly RecordHeader[]
  /** Milliseconds since 1970; -1 where the record has none. */
  readonly timestamp: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** How records are decoded. */
export interface Decoding<T> {
  readonly value: KafkaFormat<unknown>
  /** Undefined: keys stay bytes. */
  readonly key: KafkaFormat<unknown> | undefined
  /** Undefined: the job sees the value. */
  readonly select: ((value: unknown, message: KafkaMessage<unknown>) => T) | undefined
}

/** Decodes the records of one reader. */
export class MessageDecoder<T> {
  readonly #formats: OpenFormats
  readonly #value: RecordDecoder<unknown>
  readonly #key: RecordDecoder<unknown> | undefined
  readonly #select: Decoding<T>['select']
  readonly #message = new MessageView()
  /** Those that begin with the id of their schema. */
  readonly #framed: readonly ('key' | 'value')[]
  /** Whether a record may have to wait for its schema. */
  readonly mayWait: boolean

  constructor({ value, key, select }: Decoding<T>, context: ConnectorContext) {
    this.#formats = new OpenFormats(context)
    this.#value = this.#formats.decoder(value)
    this.#key = key === undefined ? undefined : this.#formats.decoder(key)
    this.#select = select
    this.#framed = [
      ...(this.#value.isFramed === true ? (['value'] as const) : []),
      ...(this.#key?.isFramed === true ? (['key'] as const) : []),
    ]
    this.mayWait = this.#value.prepare !== undefined || this.#key?.prepare !== undefined
  }

  /** Undefined where the record at the cursor can be decoded at once. */
  prepare(cursor: RecordCursor): Promise<void> | undefined {
    const key = this.#key?.prepare?.(keyOf(cursor))
    const value = this.#value.prepare?.(valueOf(cursor))
    if (key === undefined || value === undefined) return key ?? value
    return Promise.all([key, value]).then(() => {})
  }

  /** Throws RECORD_MALFORMED, and what the job's function throws. */
  decode(cursor: RecordCursor, place: TopicPartition): T {
    if (cursor.headerCount > 0 && this.#framed.length > 0) {
      refuseIdInHeader(cursor.headers(), this.#framed)
    }
    const value = this.#value.decode(valueOf(cursor))
    const select = this.#select
    if (select === undefined) return value as T
    const message = this.#message
    const key = keyOf(cursor)
    message.stand(cursor, place, this.#key === undefined ? key : this.#key.decode(key))
    return select(value, message)
  }

  close(): void {
    this.#formats.close()
  }
}

/** One object shows all records of a reader. */
class MessageView implements KafkaMessage<unknown> {
  key: unknown
  #cursor: RecordCursor | undefined
  #place: TopicPartition | undefined

  stand(cursor: RecordCursor, place: TopicPartition, key: unknown): void {
    this.#cursor = cursor
    this.#place = place
    this.key = key
  }

  get headers(): readonly RecordHeader[] {
    return this.#cursor?.headers() ?? []
  }

  get timestamp(): number {
    return this.#cursor?.timestamp ?? -1
  }

  get topic(): string {
    return this.#place?.topic ?? ''
  }

  get partition(): number {
    return this.#place?.partition ?? -1
  }

  get offset(): number {
    return this.#cursor?.offset ?? -1
  }
}

/** The bytes of the value at the cursor; null for a tombstone. */
export function valueOf({ bytes, valueStart, valueEnd }: RecordCursor): Uint8Array | null {
  return valueStart < 0 ? null : bytes.subarray(valueStart, valueEnd)
}

/** The bytes of the key at the cursor; null for a record without one. */
export function keyOf({ bytes, keyStart, keyEnd }: RecordCursor): Uint8Array | null {
  return keyStart < 0 ? null : bytes.subarray(keyStart, keyEnd)
}
