// JSON whose schema is in a registry. A reader does not need that schema: it takes the frame off
// and validates with what the program knows.

import { json, SluiceError } from '@sluice/core'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { frameBytes, schemaIdOf, writeFrame } from './confluent-frame.ts'
import { ByteBuilder } from './byte-builder.ts'
import type { SchemaFormat } from './kafka-format.ts'
import { noValue } from './open-formats.ts'
import { checkOptions, type RegistryFormatOptions, schemaToWrite } from './schema-to-write.ts'

/** Options of `jsonSchema`. */
export interface JsonSchemaOptions extends RegistryFormatOptions {
  /**
   * The JSON Schema that a sink writes under, for registering and looking up its id. Without it a
   * sink writes under what the registry has. Records are not held against it.
   */
  readonly schema?: Readonly<Record<string, unknown>>
}

/**
 * Records are JSON, and each names its JSON Schema in a registry (Confluent's frame). What is read
 * is validated with `validate` (any Standard Schema), whose output is its type; without it the type
 * is inferred from its place or given: `jsonSchema<Order>({ registry })`.
 *
 * @example
 * const orders = jsonSchema({ registry, validate: Order })
 */
export function jsonSchema<Schema extends StandardSchemaV1>(
  options: JsonSchemaOptions & { readonly validate: Schema },
): SchemaFormat<StandardSchemaV1.InferOutput<Schema>>
export function jsonSchema<T>(options: JsonSchemaOptions): SchemaFormat<T>
export function jsonSchema(
  options: JsonSchemaOptions & { readonly validate?: StandardSchemaV1 },
): SchemaFormat<unknown> {
  const { schema, validate } = options
  checkOptions(options, schema !== undefined)
  const format = validate === undefined ? json<unknown>() : json(validate)
  const text = schema === undefined ? undefined : JSON.stringify(schema)
  return {
    name: 'json-schema',
    createDecoder: () => ({
      isFramed: true,
      decode(bytes) {
        if (bytes === null) throw noValue('jsonSchema')
        // What has no frame is refused, even where it is JSON.
        schemaIdOf(bytes)
        return format.decode(bytes.subarray(frameBytes))
      },
    }),
    async createEncoder(formats, place) {
      const given =
        text === undefined ? undefined : { language: 'JSON' as const, text, references: [] }
      const found = await schemaToWrite(
        formats.registry(options.registry),
        options,
        { language: 'JSON', given, record: titleOf(schema) },
        place,
      )
      const frame = new ByteBuilder()
      writeFrame(frame, found.id)
      const head = frame.finish()
      return {
        encode(value) {
          const body = format.encode(value)
          const record = new Uint8Array(head.length + body.length)
          record.set(head)
          record.set(body, head.length)
          return record
        },
      }
    },
  }
}

/** A JSON Schema is known by its title, as records of other languages are by their name. */
function titleOf(schema: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const title = schema?.['title']
  if (title === undefined) return undefined
  if (typeof title === 'string') return title
  throw new SluiceError('KAFKA_SCHEMA_INVALID', 'The title of a JSON Schema is no text.')
}
