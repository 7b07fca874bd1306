// Reads messages of Protobuf into plain objects. Fields that the schema does not have are passed
// over, as newer writers may have more; of a field that comes twice the later one counts, and two
// messages of one field are merged, as the specification has it.

import type protobuf from 'protobufjs'
import { ByteCursor, malformed } from '../byte-cursor.ts'
import { objectMaker, setEntry } from '../plain-object.ts'
import { layoutOf, type ProtobufShowing, type ProtoField } from './message-layout.ts'
import { type Scalar, wireType } from './scalar.ts'

/** Reads a message up to the end of the cursor. */
export type ReadMessage = (cursor: ByteCursor) => Record<string, unknown>

/** Reads one value of a field whose tag was read. */
type ReadElement = (cursor: ByteCursor) => unknown

interface FieldReading {
  readonly field: ProtoField
  readonly place: number
  readonly wire: number
  readonly read: ReadElement
  readonly isMessage: boolean
}

/** Readers of messages; a message that holds itself finds itself here. */
export class MessageReaders {
  readonly #showing: ProtobufShowing
  readonly #readers = new Map<protobuf.Type, ReadMessage>()

  constructor(showing: ProtobufShowing) {
    this.#showing = showing
  }

  of(message: protobuf.Type): ReadMessage {
    const known = this.#readers.get(message)
    if (known !== undefined) return known
    this.#readers.set(message, (cursor) => made(cursor))
    const made = this.#build(message)
    this.#readers.set(message, made)
    return made
  }

  #build(message: protobuf.Type): ReadMessage {
    const layout = layoutOf(message, this.#showing)
    const byNumber = new Map<number, FieldReading>()
    for (const [place, field] of layout.entries()) {
      byNumber.set(field.number, this.#reading(field, place))
    }
    const places = [...layout.keys()]
    const optional = new Set(places.filter((place) => layout[place]?.hasPresence))
    const make = objectMaker(
      layout.map(({ name }) => name),
      optional,
    )
    const start = layout.map((field) => startOf(field))
    const finish = requiredCheck(message.fullName.slice(1), layout)
    return (cursor) => {
      const values: unknown[] = new Array(start.length)
      for (let place = 0; place < start.length; place++) values[place] = start[place]?.()
      const from = cursor.position
      while (cursor.position < cursor.end) {
        const tagAt = cursor.position
        const tag = cursor.int32() >>> 0
        const reading = byNumber.get(tag >>> 3)
        if (reading === undefined) skip(cursor, tag)
        else take(cursor, { reading, values, wire: tag & 7, from, tagAt })
      }
      finish?.(values)
      return make(values)
    }
  }

  #reading(field: ProtoField, place: number): FieldReading {
    const { element, key } = field
    const isMessage = !isScalar(element)
    const readElement = isMessage ? within(this.of(element)) : element.read
    const wire = isMessage || key !== undefined ? wireType.measured : element.wire
    const read =
      key === undefined
        ? readElement
        : entryReader(key, readElement, isMessage ? () => this.#empty(element) : element.zero)
    return { field, place, wire, read, isMessage: isMessage && key === undefined }
  }

  #empty(message: protobuf.Type): unknown {
    return this.of(message)(new ByteCursor(new Uint8Array(0)))
  }
}

/** Whether the type of a field is a scalar or an enum, and not a message. */
export function isScalar(element: Scalar | protobuf.Type): element is Scalar {
  return 'zero' in element
}

/** What a field is as long as nothing of it was read; undefined for absent. */
function startOf(field: ProtoField): (() => unknown) | undefined {
  if (field.form === 'repeated') return () => []
  if (field.form === 'map') return () => ({})
  return field.hasPresence || !isScalar(field.element) ? undefined : field.element.zero
}

function requiredCheck(
  message: string,
  layout: readonly ProtoField[],
): ((values: readonly unknown[]) => void) | undefined {
  const required = layout.filter(({ isRequired }) => isRequired)
  if (required.length === 0) return undefined
  const places = required.map((field) => layout.indexOf(field))
  return (values) => {
    const missing = places.find((place) => values[place] === undefined)
    if (missing === undefined) return
    throw malformed(`The record has no ${layout[missing]?.name}, which ${message} requires.`)
  }
}

interface Taking {
  readonly reading: FieldReading
  readonly values: unknown[]
  readonly wire: number
  /** Where the message and the tag of this field begin. */
  readonly from: number
  readonly tagAt: number
}

function take(cursor: ByteCursor, { reading, values, wire, from, tagAt }: Taking): void {
  const { field, place, read } = reading
  if (field.form === 'repeated' && wire === wireType.measured && reading.wire !== wire) {
    const end = enter(cursor)
    while (cursor.position < cursor.end) (values[place] as unknown[]).push(read(cursor))
    cursor.end = end
    return
  }
  if (wire !== reading.wire) {
    skip(cursor, (field.number << 3) | wire)
    return
  }
  if (field.form === 'repeated') (values[place] as unknown[]).push(read(cursor))
  else if (field.form === 'map') {
    const [name, value] = read(cursor) as [string, unknown]
    setEntry(values[place] as Record<string, unknown>, name, value)
  } else {
    const isSecond = reading.isMessage && values[place] !== undefined
    values[place] = isSecond ? merged(cursor, reading, from, tagAt) : read(cursor)
    for (const other of field.exclusive) values[other] = undefined
  }
}

/** All of the messages of one field, up to and with the one at the cursor, read as one. */
function merged(
  cursor: ByteCursor,
  { field, read }: FieldReading,
  from: number,
  tagAt: number,
): unknown {
  const parts: Uint8Array[] = []
  const afterTag = cursor.position
  cursor.position = from
  while (cursor.position < tagAt) {
    const tag = cursor.int32() >>> 0
    if (tag >>> 3 === field.number && (tag & 7) === wireType.measured) {
      parts.push(cursor.raw(cursor.varint()))
    } else skip(cursor, tag)
  }
  cursor.position = afterTag
  parts.push(cursor.raw(cursor.varint()))
  const whole = Buffer.concat(parts)
  const measured = new ByteCursor(Buffer.concat([lengthOf(whole), whole]))
  return read(measured)
}

function lengthOf(bytes: Uint8Array): Uint8Array {
  const length: number[] = []
  let rest = bytes.length
  for (; rest >= 0x80; rest >>>= 7) length.push((rest & 0x7f) | 0x80)
  return Uint8Array.from([...length, rest])
}

/** Reads a message that has its length before it. */
function within(read: ReadMessage): ReadElement {
  return (cursor) => {
    const end = enter(cursor)
    const value = read(cursor)
    cursor.end = end
    return value
  }
}

/** Limits the cursor to what is measured here, and gives the end that it had. */
function enter(cursor: ByteCursor): number {
  const sizeBytes = cursor.varint()
  const { end } = cursor
  const inner = cursor.position + sizeBytes
  if (inner > end) throw malformed('The record ends in the middle of a value.')
  cursor.end = inner
  return end
}

/** An entry of a map is a message of a key and a value, each of which may be left out for zero. */
function entryReader(key: Scalar, readValue: ReadElement, none: () => unknown): ReadElement {
  return (cursor) => {
    const end = enter(cursor)
    let name = String(key.zero())
    let value: unknown
    while (cursor.position < cursor.end) {
      const tag = cursor.int32() >>> 0
      if (tag >>> 3 === 1) name = String(key.read(cursor))
      else if (tag >>> 3 === 2) value = readValue(cursor)
      else skip(cursor, tag)
    }
    cursor.end = end
    return [name, value ?? none()]
  }
}

/** Passes over a field; a group ends with its own mark. */
function skip(cursor: ByteCursor, tag: number): void {
  switch (tag & 7) {
    case wireType.varint:
      cursor.int32()
      return
    case wireType.eight:
      cursor.skip(8)
      return
    case wireType.four:
      cursor.skip(4)
      return
    case wireType.measured:
      cursor.skip(cursor.varint())
      return
    case wireType.groupStart:
      for (;;) {
        const inner = cursor.int32() >>> 0
        if ((inner & 7) === wireType.groupEnd) {
          if (inner >>> 3 === tag >>> 3) return
          throw malformed('The record ends a group that it did not begin.')
        }
        skip(cursor, inner)
      }
    default:
      throw malformed('The record holds a field of an unknown kind.')
  }
}
