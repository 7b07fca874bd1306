// Avro as a format: bare, with one schema for all records, or framed, with the schema of each
// record in a registry.

import { type Format, SluiceError } from '@sluice/core'
import { ByteBuilder } from '../byte-builder.ts'
import { ByteCursor, malformed } from '../byte-cursor.ts'
import { writeFrame } from '../confluent-frame.ts'
import { FramedDecoder } from '../framed-decoder.ts'
import type { RecordEncoder, SchemaFormat } from '../kafka-format.ts'
import type { RegisteredSchema } from '../registry/registered-schema.ts'
import { checkOptions, type RegistryFormatOptions, schemaToWrite } from '../schema-to-write.ts'
import { notEncodable } from '../unwritable.ts'
import { Readers } from './avro-reader.ts'
import { Resolution } from './avro-resolution.ts'
import { type AvroType, parseAvro, parseText } from './avro-type.ts'
import type { AvroSchema, AvroValue } from './avro-value.ts'
import { Writers } from './avro-writer.ts'
import type { ValueOptions } from './logical-value.ts'

/** How values are shown that JavaScript has more than one type for. */
export interface AvroShowing<
  Int64 extends 'number' | 'bigint' = 'number' | 'bigint',
  Dates extends 'number' | 'date' = 'number' | 'date',
> {
  /**
   * Integers of 64 bits: `number` unless said, and a record with one beyond 2^53 is malformed;
   * `bigint` is exact for all.
   */
  readonly int64?: Int64
  /** `date` and `timestamp-millis` as the number that is written, unless said, or as a Date. */
  readonly dates?: Dates
}

/** Options of `avro` with a registry. */
export interface AvroOptions<
  Int64 extends 'number' | 'bigint' = 'number' | 'bigint',
  Dates extends 'number' | 'date' = 'number' | 'date',
> extends RegistryFormatOptions,
    AvroShowing<Int64, Dates> {
  /**
   * The schema of the program. A source resolves every record to it, so that its type holds
   * whatever a record was written with; a sink writes it. Without it a source reads records as they
   * were written, and a sink writes what the registry has.
   */
  readonly schema?: AvroSchema
}

/**
 * Records are Avro. With a registry, each names the schema that it was written with (Confluent's
 * frame); with a schema alone, all are of that schema and have no frame. The type is that of the
 * schema if it is given as a literal, and otherwise inferred from its place or given:
 * `avro<Order>({ registry })`.
 *
 * Decimals are exact texts (`'12.50'`). A union whose branches JavaScript cannot tell apart is an
 * object that names its branch: `{ 'shop.Order': … }`.
 *
 * @example
 * const orders = avro({
 *   registry: schemaRegistry({ url: 'http://localhost:8081' }),
 *   schema: { type: 'record', name: 'Order', fields: [{ name: 'id', type: 'string' }] },
 * }) // SchemaFormat<{ id: string }>
 */
export function avro<
  const Schema extends AvroSchema,
  Int64 extends 'number' | 'bigint' = 'number',
  Dates extends 'number' | 'date' = 'number',
>(
  options: AvroOptions<Int64, Dates> & { readonly schema: Schema },
): SchemaFormat<AvroValue<Schema, Int64, Dates>>
export function avro<
  const Schema extends AvroSchema,
  Int64 extends 'number' | 'bigint' = 'number',
  Dates extends 'number' | 'date' = 'number',
>(schema: Schema, showing?: AvroShowing<Int64, Dates>): Format<AvroValue<Schema, Int64, Dates>>
export function avro<T>(options: AvroOptions): SchemaFormat<T>
export function avro<T>(schema: AvroSchema, showing?: AvroShowing): Format<T>
export function avro(
  given: AvroOptions | AvroSchema,
  showing: AvroShowing = {},
): SchemaFormat<unknown> | Format<unknown> {
  return isOptions(given) ? framedAvro(given) : bareAvro(given, shownAs(showing))
}

function isOptions(given: AvroOptions | AvroSchema): given is AvroOptions {
  return typeof given === 'object' && 'registry' in given
}

function shownAs({ int64 = 'number', dates = 'number' }: AvroShowing): ValueOptions {
  return { int64, dates }
}

function bareAvro(schema: AvroSchema, showing: ValueOptions): Format<unknown> {
  const type = typeOf(schema)
  const read = new Readers(showing).of(type)
  const encode = encoderOf(type, showing, 'its Avro schema')
  const cursor = new ByteCursor()
  return {
    name: 'avro',
    decode(bytes) {
      cursor.moveTo(bytes)
      try {
        const value = read(cursor)
        if (cursor.position === cursor.end) return value
        throw malformed(`${cursor.end - cursor.position} bytes are left at the end of the record.`)
      } catch (error) {
        // Anything else is a record that is nested deeper than the stack.
        throw error instanceof SluiceError ? error : malformed(String(error), error)
      }
    },
    encode: (value) => encode(value),
  }
}

function typeOf(schema: AvroSchema): AvroType {
  return parseAvro(parsedSchema(schema), [], 'What a format was given')
}

function parsedSchema(schema: AvroSchema): unknown {
  if (typeof schema !== 'string') return schema
  try {
    return parseText(schema)
  } catch (error) {
    throw new SluiceError('KAFKA_SCHEMA_INVALID', 'An Avro schema that is a text is not JSON.', {
      cause: error,
    })
  }
}

function framedAvro(options: AvroOptions): SchemaFormat<unknown> {
  const { registry, schema } = options
  checkOptions(options, schema !== undefined)
  const showing = shownAs(options)
  const type = schema === undefined ? undefined : typeOf(schema)
  const resolution = new Resolution(showing)
  const given = schema === undefined ? undefined : JSON.stringify(parsedSchema(schema))
  return {
    name: 'avro',
    createDecoder: (formats) =>
      new FramedDecoder({
        format: 'avro',
        language: 'AVRO',
        client: formats.registry(registry),
        clock: formats.clock,
        readerOf: (written) => {
          const writtenType = parseRegistered(written)
          return type === undefined
            ? new Readers(showing).of(writtenType)
            : resolution.reader(writtenType, type)
        },
      }),
    async createEncoder(formats, place) {
      const found = await schemaToWrite(
        formats.registry(registry),
        options,
        {
          language: 'AVRO',
          given: given === undefined ? undefined : avroText(given),
          record: type !== undefined && 'name' in type ? type.name : undefined,
        },
        place,
      )
      const encode = encoderOf(
        type ?? parseRegistered(found),
        showing,
        `schema ${found.id}`,
        found.id,
      )
      const encoder: RecordEncoder<unknown> = { encode }
      return encoder
    },
  }
}

function avroText(text: string): { language: 'AVRO'; text: string; references: readonly [] } {
  return { language: 'AVRO', text, references: [] }
}

function parseRegistered({ id, text, dependencies }: RegisteredSchema): AvroType {
  const of = `Schema ${id}`
  let parsed: unknown
  try {
    parsed = parseText(text)
  } catch (error) {
    throw new SluiceError('KAFKA_SCHEMA_INVALID', `${of} is not JSON.`, { cause: error })
  }
  return parseAvro(
    parsed,
    dependencies.map((used) => used.text),
    of,
  )
}

function encoderOf(
  type: AvroType,
  showing: ValueOptions,
  what: string,
  schemaId?: number,
): (value: unknown) => Uint8Array {
  const write = new Writers(showing).of(type)
  const builder = new ByteBuilder()
  return (value) => {
    // What a record that was refused has left.
    builder.length = 0
    if (schemaId !== undefined) writeFrame(builder, schemaId)
    try {
      write(builder, value)
    } catch (error) {
      throw notEncodable(error, what)
    }
    return builder.finish()
  }
}
