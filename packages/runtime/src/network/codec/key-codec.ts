// The stored form of a key: string, number, bigint, boolean, or a tuple of up to four of them.
// It is canonical: two keys are equal (as a Map finds them equal, so that 0 and -0 are one key)
// exactly when their bytes are equal. Lone surrogates survive.
// The format is stored in segments and never changes: tags are only added.

import { SluiceError } from '@sluice/core/internal'
import type { Key, KeyPart } from '@sluice/core/internal'
import { type ByteReader, damaged } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

const TEXT = 1
const NUMBER = 2
const BIGINT = 3
const NEGATIVE_BIGINT = 4
const FALSE = 5
const TRUE = 6
/** TUPLE + the number of parts, 1 to 4. */
const TUPLE = 8
const MAX_PARTS = 4

/**
 * Writes a key behind what `writer` holds.
 *
 * @throws SluiceError KEY_INVALID for anything that is no key.
 */
export function encodeKey(writer: ByteWriter, key: unknown): void {
  if (typeof key === 'object' && Array.isArray(key)) {
    if (key.length === 0 || key.length > MAX_PARTS) {
      throw invalidKey(`a tuple of ${key.length} parts; one to ${MAX_PARTS}`)
    }
    const start = writer.position
    writer.u8(TUPLE + key.length)
    try {
      for (let i = 0; i < key.length; i++) encodePart(writer, key[i], i)
    } catch (error) {
      writer.position = start
      throw error
    }
    return
  }
  encodePart(writer, key, -1)
}

function invalidKey(what: string): SluiceError {
  return new SluiceError('KEY_INVALID', `A key is ${what}.`, {
    hint: 'A key is a string, number, bigint or boolean, or an array of one to four of these.',
  })
}

function encodePart(writer: ByteWriter, key: unknown, part: number): void {
  switch (typeof key) {
    case 'string':
      writer.u8(TEXT)
      return writer.string(key)
    case 'number':
      if (Number.isNaN(key))
        throw invalidKey(part < 0 ? 'NaN' : `a tuple whose part ${part} is NaN`)
      writer.u8(NUMBER)
      // A Map takes -0 for 0; so do the bytes.
      return writer.f64(key === 0 ? 0 : key)
    case 'bigint':
      writer.u8(key < 0n ? NEGATIVE_BIGINT : BIGINT)
      return writer.magnitude(key < 0n ? -key : key)
    case 'boolean':
      return writer.u8(key ? TRUE : FALSE)
    default: {
      const kind = key === null ? 'null' : Array.isArray(key) ? 'an array' : typeof key
      throw invalidKey(part < 0 ? kind : `a tuple whose part ${part} is ${kind}`)
    }
  }
}

/**
 * Reads the next key.
 *
 * @throws SluiceError CODEC_DAMAGED for bytes that `encodeKey` cannot have written.
 */
export function decodeKey(reader: ByteReader): Key {
  const tag = reader.u8()
  if (tag < TUPLE) return decodePart(reader, tag)
  if (tag === TUPLE || tag > TUPLE + MAX_PARTS) throw damaged(`no key begins with the byte ${tag}`)
  const tuple: KeyPart[] = []
  for (let i = TUPLE; i < tag; i++) tuple.push(decodePart(reader, reader.u8()))
  return tuple as readonly KeyPart[] as Key
}

function decodePart(reader: ByteReader, tag: number): KeyPart {
  switch (tag) {
    case TEXT:
      return reader.string()
    case NUMBER:
      return reader.f64()
    case BIGINT:
      return reader.magnitude()
    case NEGATIVE_BIGINT:
      return -reader.magnitude()
    case FALSE:
      return false
    case TRUE:
      return true
    default:
      throw damaged(`no key begins with the byte ${tag}`)
  }
}
