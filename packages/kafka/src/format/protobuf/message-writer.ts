// Writes plain objects as messages of Protobuf, fields in the order of their numbers. What a field
// cannot say is refused with its place, and so is a property that the message does not have.

import type protobuf from 'protobufjs'
import type { ByteBuilder } from '../byte-builder.ts'
import { ownProperty } from '../plain-object.ts'
import { kindOf, Unwritable, unwritableIn } from '../unwritable.ts'
import { layoutOf, type ProtobufShowing, type ProtoField } from './message-layout.ts'
import { isScalar } from './message-reader.ts'
import { type Scalar, wireType } from './scalar.ts'

/** Appends a message, or one value of a field. */
export type WriteMessage = (builder: ByteBuilder, value: unknown) => void

/** Writers of messages; a message that holds itself finds itself here. */
export class MessageWriters {
  readonly #showing: ProtobufShowing
  readonly #writers = new Map<protobuf.Type, WriteMessage>()

  constructor(showing: ProtobufShowing) {
    this.#showing = showing
  }

  of(message: protobuf.Type): WriteMessage {
    const known = this.#writers.get(message)
    if (known !== undefined) return known
    this.#writers.set(message, (builder, value) => made(builder, value))
    const made = this.#build(message)
    this.#writers.set(message, made)
    return made
  }

  #build(message: protobuf.Type): WriteMessage {
    const layout = layoutOf(message, this.#showing)
    const writers = layout.map((field) => this.#fieldWriter(field))
    const names = layout.map(({ name }) => name)
    const known = new Set(names)
    const valuesOf = new Function(
      'v',
      `let all = 0
      for (const name in v) all++
      return [${[...names.map(ownProperty), 'all'].join(', ')}]`,
    ) as (value: unknown) => unknown[]
    const refuseUnknown = (value: object) => {
      for (const [name, each] of Object.entries(value)) {
        if (each === undefined || known.has(name)) continue
        throw new Unwritable(`${message.fullName.slice(1)} has no such field`, `.${name}`)
      }
    }
    return (builder, value) => {
      if (!isObject(value)) throw new Unwritable(`${kindOf(value)} is no object`)
      const values = valuesOf(value)
      let place = 0
      let present = 0
      try {
        for (; place < writers.length; place++) {
          if (values[place] !== undefined) present++
          writers[place]?.(builder, values[place])
        }
      } catch (error) {
        throw unwritableIn(`.${names[place]}`, error)
      }
      if (present !== values[writers.length]) refuseUnknown(value)
    }
  }

  #fieldWriter(field: ProtoField): WriteMessage {
    const writeElement = this.#elementWriter(field.element)
    const { element } = field
    const wire = isScalar(element) && field.form !== 'map' ? element.wire : wireType.measured
    const write = tagged((field.number << 3) | wire, writeElement)
    if (field.form === 'map') return mapWriter(field, this.#elementWriter(element))
    if (field.form === 'repeated') return listWriter(field, write, writeElement)
    const isSkipped = (value: unknown) =>
      !field.hasPresence && isScalar(element) && element.isZero(value)
    return (builder, value) => {
      if (value === undefined) {
        if (field.isRequired) throw new Unwritable('nothing is there, and it is required')
      } else if (!isSkipped(value)) write(builder, value)
    }
  }

  #elementWriter(element: Scalar | protobuf.Type): WriteMessage {
    if (isScalar(element)) return element.write
    const write = this.of(element)
    return (builder, value) => builder.measured(() => write(builder, value))
  }
}

function tagged(tag: number, write: WriteMessage): WriteMessage {
  return (builder, value) => {
    builder.varint(tag >>> 0)
    write(builder, value)
  }
}

function listWriter(field: ProtoField, write: WriteMessage, writeItem: WriteMessage): WriteMessage {
  const isPacked = field.isPacked && isScalar(field.element) && field.element.wire !== 2
  const tag = ((field.number << 3) | wireType.measured) >>> 0
  return (builder, value) => {
    if (value === undefined) return
    if (!Array.isArray(value)) throw new Unwritable(`${kindOf(value)} is no array`)
    if (value.length === 0) return
    let place = 0
    const writeAll = (writeEach: WriteMessage) => {
      for (; place < value.length; place++) writeEach(builder, value[place])
    }
    try {
      if (!isPacked) writeAll(write)
      else {
        builder.varint(tag)
        builder.measured(() => writeAll(writeItem))
      }
    } catch (error) {
      throw unwritableIn(`[${place}]`, error)
    }
  }
}

function mapWriter(field: ProtoField, writeValue: WriteMessage): WriteMessage {
  const key = field.key as Scalar
  const tag = ((field.number << 3) | wireType.measured) >>> 0
  const { element } = field
  const valueTag = (2 << 3) | (isScalar(element) ? element.wire : wireType.measured)
  return (builder, value) => {
    if (value === undefined) return
    if (!isObject(value)) throw new Unwritable(`${kindOf(value)} is no object`)
    for (const [name, each] of Object.entries(value)) {
      if (each === undefined) continue
      try {
        builder.varint(tag)
        builder.measured(() => {
          builder.varint((1 << 3) | key.wire)
          key.write(builder, keyOf(name, key))
          builder.varint(valueTag)
          writeValue(builder, each)
        })
      } catch (error) {
        throw unwritableIn(`[${JSON.stringify(name)}]`, error)
      }
    }
  }
}

/** The name of a property as the key that it stands for. */
function keyOf(name: string, key: Scalar): unknown {
  const zero = key.zero()
  if (typeof zero === 'string') return name
  if (typeof zero === 'boolean') return name === 'true' ? true : name === 'false' ? false : name
  if (!/^-?\d{1,20}$/.test(name)) throw new Unwritable('the name is no integer')
  return typeof zero === 'bigint' ? BigInt(name) : Number(name)
}

function isObject(value: unknown): value is object {
  const isOther = Array.isArray(value) || value instanceof Uint8Array || value instanceof Date
  return typeof value === 'object' && value !== null && !isOther
}
