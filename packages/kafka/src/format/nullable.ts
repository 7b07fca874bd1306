// Records without a key or value. In a compacted topic a record without a value is a tombstone: it
// says that what was under its key is gone.

import type { KafkaFormat, RecordDecoder, SchemaFormat } from './kafka-format.ts'

/**
 * Reads a tombstone (a record without a value) or a missing key as null, and writes null as one.
 * Without it such a record is malformed, so that nobody takes a deletion for a value.
 *
 * @example
 * const orders = kafkaSource({ brokers, topic: 'orders', value: nullable(json(Order)) })
 */
export function nullable<T>(format: KafkaFormat<T>): SchemaFormat<T | null> {
  return {
    name: `nullable ${format.name}`,
    createDecoder(formats) {
      const decoder = formats.decoder(format)
      const nulls: RecordDecoder<T | null> = {
        isFramed: decoder.isFramed === true,
        decode: (bytes) => (bytes === null ? null : decoder.decode(bytes)),
      }
      if (decoder.prepare === undefined) return nulls
      const prepare = decoder.prepare.bind(decoder)
      return { ...nulls, prepare: (bytes) => (bytes === null ? undefined : prepare(bytes)) }
    },
    async createEncoder(formats, place) {
      const encoder = await formats.encoder(format, place)
      return { encode: (value) => (value === null ? null : encoder.encode(value)) }
    },
  }
}
