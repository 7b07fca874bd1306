// Protobuf as a format: bare, with one message for all records, or framed, with the schema of each
// record in a registry and its message named in the frame.

import { type Format, SluiceError } from '@sluice/core'
import type protobufjs from 'protobufjs'
import { ByteBuilder } from '../byte-builder.ts'
import { ByteCursor, malformed } from '../byte-cursor.ts'
import { readMessagePath, writeFrame, writeMessagePath } from '../confluent-frame.ts'
import { FramedDecoder, type ReadFramed } from '../framed-decoder.ts'
import type { SchemaFormat } from '../kafka-format.ts'
import type { RegisteredSchema } from '../registry/registered-schema.ts'
import { checkOptions, type RegistryFormatOptions, schemaToWrite } from '../schema-to-write.ts'
import { notEncodable } from '../unwritable.ts'
import type { ProtobufShowing } from './message-layout.ts'
import { MessageReaders } from './message-reader.ts'
import { MessageWriters } from './message-writer.ts'
import { parseProto, type ProtoFile } from './proto-file.ts'

/** A schema that is in the program. */
export interface ProtobufSchema extends ProtobufShowing {
  /** The text of a `.proto` file. It may import what comes with Protobuf, and nothing else. */
  readonly schema: string
  /** The message of the records, with or without its package: the first of the file unless said. */
  readonly message?: string
}

/** Options of `protobuf` with a registry. */
export interface ProtobufOptions extends RegistryFormatOptions, ProtobufShowing {
  /**
   * The text of a `.proto` file, as the program knows it. A source reads every record with it; a
   * sink writes it. Without it a source reads records with the schema that they were written with,
   * and a sink writes what the registry has.
   */
  readonly schema?: string
  /**
   * The message, with or without its package. A source takes any message unless it is said, and
   * a sink writes the first of the file.
   */
  readonly message?: string
}

/**
 * Records are messages of Protobuf. With a registry, each names its schema and message (Confluent's
 * frame); with a schema alone, all are one message and have no frame. The type is inferred from its
 * place or given: `protobuf<Order>({ registry })`.
 *
 * A field that can be absent is an optional property, any other is always there. Enums are their
 * names, maps are objects, messages that come with Protobuf (timestamps, wrappers) are messages.
 *
 * @example
 * const orders = protobuf<{ id: string; cents: number }>({
 *   schema: 'syntax = "proto3"; message Order { string id = 1; int64 cents = 2; }',
 * })
 */
export function protobuf<T>(options: ProtobufOptions): SchemaFormat<T>
export function protobuf<T>(options: ProtobufSchema & { readonly registry?: never }): Format<T>
export function protobuf(
  options: ProtobufOptions | ProtobufSchema,
): SchemaFormat<unknown> | Format<unknown> {
  return 'registry' in options ? framedProtobuf(options) : bareProtobuf(options)
}

interface Chosen {
  readonly message: protobufjs.Type
  readonly path: readonly number[]
}

/** The message of a name, or the first of the file. */
function choose(file: ProtoFile, name: string | undefined, of: string): Chosen {
  const first = file.messageAt([0])
  const found = name === undefined ? first && { message: first, path: [0] } : file.find(name)
  if (found !== undefined) return found
  const what = name === undefined ? 'no message' : `no message ${name}`
  throw new SluiceError('KAFKA_SCHEMA_INVALID', `${of} has ${what}.`)
}

function bareProtobuf(options: ProtobufSchema): Format<unknown> {
  const of = 'The schema that a format was given'
  const { message } = choose(parseProto(options.schema, [], of), options.message, of)
  const read = new MessageReaders(options).of(message)
  const encode = encoderOf({ message, path: [] }, options, `its message ${nameOf(message)}`)
  const cursor = new ByteCursor()
  return {
    name: 'protobuf',
    decode(bytes) {
      cursor.moveTo(bytes)
      try {
        return read(cursor)
      } catch (error) {
        // Anything else is a record that is nested deeper than the stack.
        throw error instanceof SluiceError ? error : malformed(String(error), error)
      }
    },
    encode,
  }
}

function nameOf(message: protobufjs.Type): string {
  return message.fullName.slice(1)
}

function framedProtobuf(options: ProtobufOptions): SchemaFormat<unknown> {
  const { registry, schema, message: name } = options
  checkOptions(options, schema !== undefined)
  const of = 'The schema that a format was given'
  const own = schema === undefined ? undefined : choose(parseProto(schema, [], of), name, of)
  return {
    name: 'protobuf',
    createDecoder: (formats) =>
      new FramedDecoder({
        format: 'protobuf',
        language: 'PROTOBUF',
        client: formats.registry(registry),
        clock: formats.clock,
        readerOf: (written) => framedReader(written, own, options),
      }),
    async createEncoder(formats, place) {
      const given =
        schema === undefined
          ? undefined
          : { language: 'PROTOBUF' as const, text: schema, references: [] }
      const record = own === undefined ? name : nameOf(own.message)
      const found = await schemaToWrite(
        formats.registry(registry),
        options,
        { language: 'PROTOBUF', given, record },
        place,
      )
      const chosen = own ?? choose(parseRegistered(found), name, `Schema ${found.id}`)
      const what = `${nameOf(chosen.message)} of schema ${found.id}`
      return { encode: encoderOf(chosen, options, what, found.id) }
    },
  }
}

function parseRegistered({ id, text, dependencies }: RegisteredSchema): ProtoFile {
  return parseProto(text, dependencies, `Schema ${id}`)
}

/** Reads the place of the message, and then the message: with the own schema where there is one. */
function framedReader(
  written: RegisteredSchema,
  own: Chosen | undefined,
  options: ProtobufOptions,
): ReadFramed<unknown> {
  const file = parseRegistered(written)
  const wanted =
    own?.message ??
    (options.message === undefined ? undefined : file.find(options.message)?.message)
  const readers = new MessageReaders(options)
  const byPath = new Map<string, ReadFramed<unknown>>()
  const readerAt = (path: readonly number[]): ReadFramed<unknown> => {
    const message = file.messageAt(path)
    if (message === undefined) {
      throw malformed(
        `The record is message ${path.join('.')} of its schema, which has none there.`,
      )
    }
    const isWanted =
      (wanted === undefined && options.message === undefined) ||
      (wanted !== undefined && nameOf(message) === nameOf(wanted))
    if (isWanted) return readers.of(own?.message ?? message)
    const expected = wanted === undefined ? options.message : nameOf(wanted)
    throw malformed(`The record is of the message ${nameOf(message)}; ${expected} is read.`)
  }
  return (cursor) => {
    const path = readMessagePath(cursor)
    const key = path.join('.')
    let read = byPath.get(key)
    if (read === undefined) {
      read = readerAt(path)
      byPath.set(key, read)
    }
    return read(cursor)
  }
}

function encoderOf(
  { message, path }: Chosen,
  showing: ProtobufShowing,
  what: string,
  schemaId?: number,
): (value: unknown) => Uint8Array {
  const write = new MessageWriters(showing).of(message)
  const builder = new ByteBuilder()
  return (value) => {
    // What a record that was refused has left.
    builder.length = 0
    if (schemaId !== undefined) {
      writeFrame(builder, schemaId)
      writeMessagePath(builder, path)
    }
    try {
      write(builder, value)
    } catch (error) {
      throw notEncodable(error, what)
    }
    return builder.finish()
  }
}
