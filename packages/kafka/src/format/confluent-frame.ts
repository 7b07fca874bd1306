// The frame around a record whose schema is in a registry, as Confluent's serializers write it: a
// zero byte, the id of the schema in four bytes (big-endian), and for Protobuf the place of the
// message in its file.

import { SluiceError } from '@sluice/core'
import type { ByteBuilder } from './byte-builder.ts'
import { type ByteCursor, malformed } from './byte-cursor.ts'

const magicByte = 0
export const frameBytes = 5

/** The id of the schema with which a record was written. Throws RECORD_MALFORMED. */
export function schemaIdOf(bytes: Uint8Array): number {
  if (bytes.length < frameBytes) {
    throw malformed(
      `A record of ${bytes.length} bytes is too short for the id of a schema: ` +
        'it was not written with a schema registry.',
    )
  }
  if (bytes[0] !== magicByte) {
    const first = `0x${(bytes[0] as number).toString(16).padStart(2, '0')}`
    throw malformed(
      `A record begins with ${first} and not with 0: it was not written with a schema registry.`,
    )
  }
  const [, a, b, c, d] = bytes as unknown as [number, number, number, number, number]
  return a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d
}

const schemaHeaders = { key: '__key_schema_id', value: '__value_schema_id' } as const

/**
 * Newer serializers of Confluent can put the id of the schema, as a GUID, into a header instead of
 * before the bytes. What the bytes begin with is then no id, whatever it looks like. Throws
 * RECORD_MALFORMED for a record of which one of the parts is like that.
 */
export function refuseIdInHeader(
  headers: readonly { readonly key: string }[],
  parts: readonly ('key' | 'value')[],
): void {
  for (const part of parts) {
    const name = schemaHeaders[part]
    if (!headers.some(({ key }) => key === name)) continue
    throw new SluiceError(
      'RECORD_MALFORMED',
      `The id of the schema of its ${part} stands in the header ${name}, ` +
        'and is only read before its bytes.',
      {
        hint: 'Let its producer write the id before the bytes, as serializers do by default.',
      },
    )
  }
}

/** Begins a record that is written with this schema. */
export function writeFrame(builder: ByteBuilder, schemaId: number): void {
  builder.byte(magicByte)
  builder.uint32BigEndian(schemaId)
}

/** A file of Protobuf has rarely more levels of messages. */
const mostLevels = 64

/** The place of a message in its file: its number, then that of a message inside it, and so on. */
export function readMessagePath(cursor: ByteCursor): readonly number[] {
  const levels = cursor.zigzag()
  // The first message of a file, which nearly all are, is a single zero.
  if (levels === 0) return [0]
  if (levels === undefined || levels < 0 || levels > mostLevels) {
    throw malformed('The record does not say which message of its schema it is.')
  }
  return Array.from({ length: levels }, () => cursor.zigzag() ?? -1)
}

export function writeMessagePath(builder: ByteBuilder, path: readonly number[]): void {
  if (path.length === 1 && path[0] === 0) {
    builder.byte(0)
    return
  }
  builder.zigzag(path.length)
  for (const place of path) builder.zigzag(place)
}
