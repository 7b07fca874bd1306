// The types that a field of a message can have. From one declaration come reader, writer and the
// TypeScript types. How a length is written depends on the version: flexible ones write it as a
// variable number plus one, older ones with 16 or 32 bits and -1 for null.

import { MalformedMessage } from './malformed-message.ts'
import type { LengthForm, WireReader } from './wire-reader.ts'
import { encodeText, type WireWriter } from './wire-writer.ts'

/** What a version decides about the layout. */
export interface Layout {
  readonly version: number
  readonly flexible: boolean
}

/** Reads and writes values in one layout. */
export interface Codec<in In, out Out> {
  read(reader: WireReader): Out
  write(writer: WireWriter, value: In): void
}

/** `In` is what may be written, `Out` what is read: fields with a default may be left out. */
export interface FieldType<in In, out Out> {
  codec(layout: Layout): Codec<In, Out>
}

/** A type that has a form for null of its own. */
export interface NullableFieldType<in In, out Out> extends FieldType<In, Out> {
  nullableCodec(layout: Layout): Codec<In | null, Out | null>
}

function fixed<Value>(codec: Codec<Value, Value>): FieldType<Value, Value> {
  return { codec: () => codec }
}

export const int8 = fixed<number>({
  read: (reader) => reader.int8(),
  write: (writer, value) => writer.int8(value),
})

export const int16 = fixed<number>({
  read: (reader) => reader.int16(),
  write: (writer, value) => writer.int16(value),
})

export const int32 = fixed<number>({
  read: (reader) => reader.int32(),
  write: (writer, value) => writer.int32(value),
})

export const int64 = fixed<number>({
  read: (reader) => reader.int64(),
  write: (writer, value) => writer.int64(value),
})

export const boolean = fixed<boolean>({
  read: (reader) => reader.boolean(),
  write: (writer, value) => writer.boolean(value),
})

/** The topic id of nothing; also where a topic is named instead. */
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'

const uuidBytes = 16

/** As text in the form that Kafka's own tools print: 22 characters of base64 for addresses. */
export const uuid = fixed<string>({
  read: (reader) => base64Of(reader.bytes(uuidBytes)),
  write(writer, value) {
    const bytes = Buffer.from(value, 'base64url')
    if (bytes.length !== uuidBytes || base64Of(bytes) !== value) {
      throw writer.refused(`'${value}' is no id of 22 characters`)
    }
    writer.bytes(bytes)
  },
})

function base64Of({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('base64url')
}

interface Content<in In, out Out> {
  read(reader: WireReader, length: number): Out
  lengthOf(value: In): number
  write(writer: WireWriter, value: In): void
}

/** A type with its length in front, where there is a form for null, too. */
function counted<In, Out>(
  fixedLength: LengthForm,
  contentOf: (layout: Layout) => Content<In, Out>,
): NullableFieldType<In, Out> {
  const formOf = (layout: Layout): LengthForm => (layout.flexible ? 'compact' : fixedLength)
  return {
    codec(layout) {
      const form = formOf(layout)
      const content = contentOf(layout)
      return {
        read: (reader) => content.read(reader, reader.length(form)),
        write(writer, value) {
          writer.length(form, content.lengthOf(value))
          content.write(writer, value)
        },
      }
    },
    nullableCodec(layout) {
      const form = formOf(layout)
      const content = contentOf(layout)
      return {
        read(reader) {
          const length = reader.lengthOrNull(form)
          return length === null ? null : content.read(reader, length)
        },
        write(writer, value) {
          writer.length(form, value === null ? null : content.lengthOf(value))
          if (value !== null) content.write(writer, value)
        },
      }
    },
  }
}

const bytesContent = {
  read: (reader: WireReader, length: number) => reader.bytes(length),
  lengthOf: (value: Uint8Array) => value.length,
  write: (writer: WireWriter, value: Uint8Array) => writer.bytes(value),
}

/** Read as a view of the message. */
export const bytes: NullableFieldType<Uint8Array, Uint8Array> = counted('int32', () => bytesContent)

/** Record batches: bytes to this layer. */
export const records = bytes

const encodedString = counted<Uint8Array, string>('int16', () => ({
  ...bytesContent,
  read: (reader, length) => reader.text(length),
}))

function encodingFirst<Null extends null>(
  codec: Codec<Uint8Array | Null, string | Null>,
): Codec<string | Null, string | Null> {
  return {
    read: (reader) => codec.read(reader),
    write: (writer, value) =>
      codec.write(writer, typeof value === 'string' ? encodeText(value) : value),
  }
}

export const string: NullableFieldType<string, string> = {
  codec: (layout) => encodingFirst<never>(encodedString.codec(layout)),
  nullableCodec: (layout) => encodingFirst<null>(encodedString.nullableCodec(layout)),
}

/** No type of an element takes less than a byte, so a count above the bytes left is a lie. */
export function list<In, Out>(
  element: FieldType<In, Out>,
): NullableFieldType<readonly In[], readonly Out[]> {
  return counted('int32', (layout) => {
    const codec = element.codec(layout)
    return {
      read(reader, length) {
        if (length > reader.left) throw reader.missing(length)
        const values: Out[] = []
        for (let index = 0; index < length; index++) {
          try {
            values.push(codec.read(reader))
          } catch (error) {
            throw MalformedMessage.within(index, error)
          }
        }
        return values
      },
      lengthOf: (values) => values.length,
      write(writer, values) {
        for (const [index, value] of values.entries()) {
          try {
            codec.write(writer, value)
          } catch (error) {
            throw MalformedMessage.within(index, error)
          }
        }
      },
    }
  })
}

export function nullable<In, Out>(
  type: NullableFieldType<In, Out>,
): FieldType<In | null, Out | null> {
  return { codec: (layout) => type.nullableCodec(layout) }
}
