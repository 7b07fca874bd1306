// What a format is for Kafka: a plain one of core's, or one that has to ask a schema registry and
// is therefore opened with a context first. Source and sink see decoders and encoders alone.

import type { Format } from '@sluice/core'
import type { OpenFormats } from './open-formats.ts'

/** Where a format is used: schemas are registered by topic, and keys apart from values. */
export interface FormatPlace {
  readonly topic: string
  readonly part: 'key' | 'value'
}

/** Decodes the keys or the values of one reader. */
export interface RecordDecoder<T> {
  /**
   * Undefined where these bytes can be decoded at once. Otherwise a schema is being fetched: the
   * reader hands over nothing behind this record until the promise is settled, and then decodes.
   * Rejects where the registry cannot be asked; that it does not know the schema is said by
   * `decode`. Absent where nothing ever has to be fetched.
   */
  prepare?(bytes: Uint8Array | null): Promise<void> | undefined
  /**
   * The key or value of a record; null is none (of a value: a tombstone). Keeps no reference to
   * the bytes. Throws RECORD_MALFORMED.
   */
  decode(bytes: Uint8Array | null): T
  /** The bytes begin with the id of their schema, which therefore may not stand in a header. */
  readonly isFramed?: boolean
}

/** Encodes the keys or the values of one writer for one topic. */
export interface RecordEncoder<T> {
  /** The bytes of a key or value; null for none. Throws RECORD_NOT_ENCODABLE. */
  encode(value: T): Uint8Array | null
}

/** A format that is opened before it is used. */
export interface SchemaFormat<T> {
  /** `avro`, `protobuf`, `json-schema`, …; shown by `sluice plan`. */
  readonly name: string
  /** Called by the source; the decoder serves one reader. */
  createDecoder(formats: OpenFormats): RecordDecoder<T>
  /** Called by the sink before the first record of a topic. */
  createEncoder(formats: OpenFormats, place: FormatPlace): Promise<RecordEncoder<T>>
}

/**
 * How keys or values of a topic become records and come back: `json`, `text` and `bytes` of
 * `sluice`, and `avro`, `protobuf`, `jsonSchema` and `nullable` of this package.
 */
export type KafkaFormat<T> = Format<T> | SchemaFormat<T>
