// The self-describing format of any value, exact and total; docs/internals/codec.md holds the
// bytes. State segments and checkpoints store it, so tags are only ever added: a container writes
// VALUE_FORMAT_VERSION once, and a reader refuses a version that it does not know. Exact means:
// order of properties, -0, NaN, lone surrogates, array holes, absent against undefined,
// null-prototype objects and Buffers survive. Identity of shared references does not.

import { SluiceError } from '@sluice/core/internal'
import { type ByteReader, damaged } from './byte-reader.ts'
import { type ByteWriter, isWide } from './byte-writer.ts'
import {
  assertEncodable,
  isByteArray,
  isCollection,
  MAX_DEPTH,
  namedPropertyOfArray,
} from './encodable.ts'
import { defineKey, readKeys, writeKeys } from './object-shapes.ts'

/** The version of the format; whoever stores values stores it once in front of them. */
export const VALUE_FORMAT_VERSION = 1

/** The largest encoded record. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024

const NULL = 0x00
const UNDEFINED = 0x01
const FALSE = 0x02
const TRUE = 0x03
const HOLE = 0x04
const INTEGER = 0x05
const NEGATIVE_INTEGER = 0x06
const DOUBLE = 0x07
const BIGINT = 0x08
const NEGATIVE_BIGINT = 0x09
const LATIN1 = 0x0a
const UTF16 = 0x0b
const DATE = 0x0c
const BYTES = 0x0d
const BUFFER = 0x0e
const ARRAY = 0x0f
const MAP = 0x10
const SET = 0x11
const OBJECT = 0x12
const NULL_PROTOTYPE_OBJECT = 0x13
/** 0x40 + length: a text of at most 63 one-byte characters. */
const SHORT_LATIN1 = 0x40
/** 0x80 + value: an integer from 0 to 127. */
const SMALL_INTEGER = 0x80

/** What windows keep: arrays of so many numbers are known without a look at all their keys. */
const FEW_NUMBERS = 8

/** Thrown inside the encoder; the walk of `assertEncodable` then finds out what and where. */
const NOT_ENCODABLE = new Error('not encodable')

/**
 * Writes any value of the domain behind what `writer` holds.
 *
 * @throws SluiceError RECORD_NOT_ENCODABLE with the path of the offending value, RECORD_TOO_LARGE
 * above 64 MiB. The writer is then where it was before.
 */
export function encodeValue(writer: ByteWriter, value: unknown): void {
  const start = writer.position
  try {
    write(writer, value, 0)
  } catch (error) {
    writer.position = start
    if (error !== NOT_ENCODABLE) throw error
    assertEncodable(value, 'value')
    throw new SluiceError('RECORD_NOT_ENCODABLE', 'A value changed while it was encoded.', {
      hint: 'Do not mutate records or state, and do not emit proxies.',
    })
  }
  if (writer.position - start > MAX_RECORD_BYTES) {
    const sizeBytes = writer.position - start
    writer.position = start
    throw recordTooLarge(sizeBytes)
  }
}

/**
 * Writes numbers of a column as `encodeValue` writes an array of them, without making the array: so
 * many from a place on, or where `length` is 0 the single number at that place.
 */
export function encodeNumbers(
  writer: ByteWriter,
  numbers: Float64Array,
  at: number,
  length: number,
): void {
  if (length === 0) return writeNumber(writer, numbers[at] as number)
  writer.u8(ARRAY)
  writer.varint(length)
  for (let i = at; i < at + length; i++) writeNumber(writer, numbers[i] as number)
}

/**
 * Writes an array of a few plain numbers as `encodeValue` does, without the search for what else it
 * may have; false, and nothing written, where it is anything else.
 */
export function encodeFewNumbers(writer: ByteWriter, value: unknown): boolean {
  if (!Array.isArray(value) || Object.getPrototypeOf(value) !== Array.prototype) return false
  const { length } = value
  if (length === 0 || length > FEW_NUMBERS) return false
  for (let i = 0; i < length; i++) if (typeof value[i] !== 'number') return false
  writer.u8(ARRAY)
  writer.varint(length)
  for (let i = 0; i < length; i++) writeNumber(writer, value[i] as number)
  return true
}

/** The error for a record above the limit. */
export function recordTooLarge(sizeBytes: number): SluiceError {
  return new SluiceError(
    'RECORD_TOO_LARGE',
    `A record takes ${sizeBytes} bytes encoded; the limit is ${MAX_RECORD_BYTES} (64 MiB).`,
    { hint: 'Split the record, or keep large content outside and pass on a reference to it.' },
  )
}

/**
 * Reads the next value. Its strings, bytes and objects share no memory with the reader.
 *
 * @throws SluiceError CODEC_DAMAGED for bytes that `encodeValue` cannot have written.
 */
export function decodeValue(reader: ByteReader): unknown {
  return read(reader, 0)
}

/** Raises CHECKPOINT_FORMAT_NEWER for values of a version that this engine does not know. */
export function assertValueFormat(version: number): void {
  if (version === VALUE_FORMAT_VERSION) return
  throw new SluiceError(
    'CHECKPOINT_FORMAT_NEWER',
    `Values are stored in format ${version}; this version of Sluice reads ${VALUE_FORMAT_VERSION}.`,
    { hint: 'Run the version of Sluice that wrote them, or a newer one.' },
  )
}

function write(writer: ByteWriter, value: unknown, depth: number): void {
  switch (typeof value) {
    case 'string':
      return writeText(writer, value)
    case 'number':
      return writeNumber(writer, value)
    case 'boolean':
      return writer.u8(value ? TRUE : FALSE)
    case 'undefined':
      return writer.u8(UNDEFINED)
    case 'bigint':
      return writeBigint(writer, value)
    case 'object':
      if (value === null) return writer.u8(NULL)
      return writeObject(writer, value, depth)
    default:
      throw NOT_ENCODABLE
  }
}

function writeText(writer: ByteWriter, text: string): void {
  if (writer.shortString(SHORT_LATIN1, text)) return
  const wide = isWide(text)
  if (!wide && text.length < 64) writer.u8(SHORT_LATIN1 + text.length)
  else {
    writer.u8(wide ? UTF16 : LATIN1)
    writer.varint(text.length)
  }
  writer.characters(text, wide)
}

function writeNumber(writer: ByteWriter, value: number): void {
  // Whole numbers up to 2^42 are shorter as a varint than as a double; -0 is none of them.
  if (
    value >= 0 &&
    value < 0x400_0000_0000 &&
    Math.floor(value) === value &&
    !Object.is(value, -0)
  ) {
    if (value < 128) return writer.u8(SMALL_INTEGER + value)
    writer.u8(INTEGER)
    return writer.varint(value)
  }
  if (value < 0 && value > -0x400_0000_0000 && Math.floor(value) === value) {
    writer.u8(NEGATIVE_INTEGER)
    return writer.varint(-value)
  }
  writer.u8(DOUBLE)
  writer.f64(value)
}

function writeBigint(writer: ByteWriter, value: bigint): void {
  writer.u8(value < 0n ? NEGATIVE_BIGINT : BIGINT)
  writer.magnitude(value < 0n ? -value : value)
}

function writeObject(writer: ByteWriter, value: object, depth: number): void {
  if (depth >= MAX_DEPTH) throw NOT_ENCODABLE
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return writePlainObject(writer, value, OBJECT, depth)
  if (prototype === Array.prototype && Array.isArray(value)) {
    return writeArray(writer, value, depth)
  }
  if (prototype === null) return writePlainObject(writer, value, NULL_PROTOTYPE_OBJECT, depth)
  if (prototype === Uint8Array.prototype || prototype === Buffer.prototype) {
    if (!isByteArray(value)) throw NOT_ENCODABLE
    writer.u8(prototype === Buffer.prototype ? BUFFER : BYTES)
    writer.varint(value.length)
    return writer.raw(value)
  }
  if (!isCollection(value, prototype) || Reflect.ownKeys(value).length > 0) throw NOT_ENCODABLE
  writeCollection(writer, value, depth)
}

function writeCollection(
  writer: ByteWriter,
  value: Date | Map<unknown, unknown> | Set<unknown>,
  depth: number,
): void {
  if (value instanceof Date) {
    writer.u8(DATE)
    return writer.f64(value.getTime())
  }
  writer.u8(value instanceof Map ? MAP : SET)
  writer.varint(value.size)
  if (value instanceof Map) {
    for (const [key, entry] of value) {
      write(writer, key, depth + 1)
      write(writer, entry, depth + 1)
    }
    return
  }
  for (const entry of value) write(writer, entry, depth + 1)
}

function writePlainObject(writer: ByteWriter, value: object, tag: number, depth: number): void {
  if (Object.getOwnPropertySymbols(value).length > 0) throw NOT_ENCODABLE
  const keys = Object.getOwnPropertyNames(value)
  writer.u8(tag)
  writeKeys(writer, keys)
  for (let i = 0; i < keys.length; i++) {
    // The descriptor tells an accessor from data, and gives the value without running user code.
    const property = Object.getOwnPropertyDescriptor(value, keys[i] as string)
    if (property === undefined || property.enumerable !== true) throw NOT_ENCODABLE
    if (property.get !== undefined || property.set !== undefined) throw NOT_ENCODABLE
    write(writer, property.value, depth + 1)
  }
}

function writeArray(writer: ByteWriter, array: readonly unknown[], depth: number): void {
  if (namedPropertyOfArray(array) !== undefined) throw NOT_ENCODABLE
  writer.u8(ARRAY)
  writer.varint(array.length)
  for (let i = 0; i < array.length; i++) {
    const element = array[i]
    if (element === undefined && !Object.hasOwn(array, i)) writer.u8(HOLE)
    else write(writer, element, depth + 1)
  }
}

function read(reader: ByteReader, depth: number): unknown {
  const tag = reader.u8()
  if (tag >= SMALL_INTEGER) return tag - SMALL_INTEGER
  if (tag >= SHORT_LATIN1) return reader.characters(tag - SHORT_LATIN1, false)
  switch (tag) {
    case NULL:
      return null
    case UNDEFINED:
      return undefined
    case FALSE:
      return false
    case TRUE:
      return true
    case INTEGER:
      return reader.varint()
    case NEGATIVE_INTEGER:
      return -reader.varint()
    case DOUBLE:
      return reader.f64()
    case BIGINT:
      return reader.magnitude()
    case NEGATIVE_BIGINT:
      return -reader.magnitude()
    case LATIN1:
      return reader.characters(reader.varint(), false)
    case UTF16:
      return reader.characters(reader.varint(), true)
    case DATE:
      return new Date(reader.f64())
    case BYTES:
      return reader.raw(reader.varint())
    case BUFFER:
      return Buffer.from(reader.raw(reader.varint()).buffer)
    default:
      return readNested(reader, tag, depth)
  }
}

function readNested(reader: ByteReader, tag: number, depth: number): unknown {
  if (depth >= MAX_DEPTH) throw damaged('values are nested too deep')
  switch (tag) {
    case OBJECT:
      return readPlainObject(reader, depth + 1)
    case NULL_PROTOTYPE_OBJECT:
      return readNullPrototypeObject(reader, depth + 1)
    case ARRAY:
      return readArray(reader, depth + 1)
    case MAP:
      return readMap(reader, depth + 1)
    case SET:
      return readSet(reader, depth + 1)
    default:
      throw damaged(`no value begins with the byte ${tag}`)
  }
}

function readPlainObject(reader: ByteReader, depth: number): object {
  const { keys, build } = readKeys(reader)
  if (build !== undefined) return build(reader, depth, read)
  const target: Record<string, unknown> = {}
  for (let i = 0; i < keys.length; i++) defineKey(target, keys[i] as string, read(reader, depth))
  return target
}

function readNullPrototypeObject(reader: ByteReader, depth: number): object {
  const { keys } = readKeys(reader)
  const target: Record<string, unknown> = Object.create(null)
  for (let i = 0; i < keys.length; i++) target[keys[i] as string] = read(reader, depth)
  return target
}

function readArray(reader: ByteReader, depth: number): unknown[] {
  const length = reader.count()
  // An array written out takes as much memory as it needs, one that grows several times as much.
  if (length !== 2 && length !== 3) return readElements(reader, [], length, depth)
  if (isHoleNext(reader)) return readElements(reader, [], length, depth)
  const first = read(reader, depth)
  if (isHoleNext(reader)) return readElements(reader, [first], length, depth)
  const second = read(reader, depth)
  if (length === 2) return [first, second]
  if (isHoleNext(reader)) return readElements(reader, [first, second], length, depth)
  return [first, second, read(reader, depth)]
}

function isHoleNext({ bytes, position, end }: ByteReader): boolean {
  return position < end && bytes[position] === HOLE
}

/** Adds the elements from the first that an array lacks. */
function readElements(
  reader: ByteReader,
  array: unknown[],
  length: number,
  depth: number,
): unknown[] {
  for (let i = array.length; i < length; i++) {
    if (isHoleNext(reader)) {
      reader.position++
      array.length = i + 1
    } else array.push(read(reader, depth))
  }
  return array
}

function readMap(reader: ByteReader, depth: number): Map<unknown, unknown> {
  const size = reader.count()
  const map = new Map<unknown, unknown>()
  for (let i = 0; i < size; i++) {
    const key = read(reader, depth)
    map.set(key, read(reader, depth))
  }
  return map
}

function readSet(reader: ByteReader, depth: number): Set<unknown> {
  const size = reader.count()
  const set = new Set<unknown>()
  for (let i = 0; i < size; i++) set.add(read(reader, depth))
  return set
}
