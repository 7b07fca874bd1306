// Row encoder and decoder without generated code: they walk the layout for each record. Used where
// the process disallows code from strings, and by channels too quiet to be worth compiling for.
// They write and read the very bytes of the generated functions; the tests compare the two.

import { type ByteReader, damaged } from '../byte-reader.ts'
import type { ByteWriter } from '../byte-writer.ts'
import { defineKey } from '../object-shapes.ts'
import { decodeValue, encodeValue } from '../value-codec.ts'
import type { RowDecoder } from './decoder-source.ts'
import type { RowEncoder } from './encoder-source.ts'
import {
  fieldBytes,
  type FieldLayout,
  IS_NULL,
  IS_UNDEFINED,
  type LeafKind,
  LOOSE_ROW,
  PRESENT,
  widthOf,
} from './layout.ts'
import { isInt, isInt64, isPlainDate } from './learn.ts'

interface RowSink {
  readonly rows: ByteWriter
  readonly loose: ByteWriter
  text: string
}

/** A row encoder that interprets the shapes. */
export function interpretRowEncoder(shapes: readonly FieldLayout[]): RowEncoder {
  return (values, count, rows, loose, misfit) => {
    const sink: RowSink = { rows, loose, text: '' }
    for (let i = 0; i < count; i++) {
      const record = values[i]
      const index = shapes.findIndex((shape) => fits(shape, record))
      if (index >= 0) {
        rows.u8(index)
        put(sink, shapes[index] as FieldLayout, record)
        continue
      }
      rows.u8(LOOSE_ROW)
      encodeValue(loose, record)
      misfit(record)
    }
    return sink.text
  }
}

function fits(layout: FieldLayout, value: unknown): boolean {
  if (layout.nullable && (value === null || value === undefined)) return true
  switch (layout.kind) {
    case 'int':
      return isInt(value)
    case 'number':
    case 'boolean':
    case 'string':
    case 'undefined':
      return typeof value === layout.kind
    case 'date':
      return isPlainDate(value)
    case 'bigint':
      return isInt64(value)
    case 'null':
      return value === null
    case 'value':
      return true
    default:
      return fitsNested(layout, value)
  }
}

function fitsNested(
  layout: Exclude<FieldLayout, { kind: LeafKind }>,
  value: unknown,
): value is object {
  if (typeof value !== 'object' || value === null) return false
  const { fields } = layout
  if (layout.kind === 'tuple') {
    if (!Array.isArray(value) || Object.getPrototypeOf(value) !== Array.prototype) return false
    if (value.length !== fields.length) return false
    return fields.every((field, i) => value[i] !== undefined && fits(field, value[i]))
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  const keys = Object.keys(value)
  if (keys.length !== fields.length) return false
  return fields.every(
    (field, i) =>
      keys[i] === layout.keys[i] &&
      fits(field, (value as Record<string, unknown>)[keys[i] as string]),
  )
}

/** Writes a value that fits. The width of the field is always taken up, present or not. */
function put(sink: RowSink, layout: FieldLayout, value: unknown): void {
  const { rows } = sink
  if (layout.nullable) {
    const lacking = value === null ? IS_NULL : value === undefined ? IS_UNDEFINED : PRESENT
    rows.u8(lacking)
    if (lacking !== PRESENT) {
      rows.position += widthOf(layout) - 1
      return
    }
  }
  if (layout.kind === 'object') {
    const record = value as Record<string, unknown>
    layout.fields.forEach((field, i) => put(sink, field, record[layout.keys[i] as string]))
  } else if (layout.kind === 'tuple') {
    layout.fields.forEach((field, i) => put(sink, field, (value as unknown[])[i]))
  } else putLeaf(sink, layout.kind, value)
}

function putLeaf(sink: RowSink, kind: LeafKind, value: unknown): void {
  const { rows } = sink
  switch (kind) {
    case 'int':
      return rows.u32(value as number)
    case 'number':
      return rows.f64(value as number)
    case 'boolean':
      return rows.u8(value === true ? 1 : 0)
    case 'string':
      rows.u32((value as string).length)
      sink.text += value as string
      return
    case 'date':
      return rows.f64((value as Date).getTime())
    case 'bigint':
      rows.reserve(8)
      rows.view.setBigInt64(rows.position, value as bigint, true)
      rows.position += 8
      return
    case 'value':
      return encodeValue(sink.loose, value)
    default:
      return undefined
  }
}

interface RowSource {
  readonly rows: DataView
  readonly text: string
  readonly loose: ByteReader
  position: number
  textPosition: number
}

/** A row decoder that interprets the shapes. */
export function interpretRowDecoder(shapes: readonly FieldLayout[]): RowDecoder {
  return (count, rows, text, loose) => {
    const source: RowSource = { rows, text, loose, position: 0, textPosition: 0 }
    const values: unknown[] = new Array(count)
    for (let i = 0; i < count; i++) {
      const index = rows.getUint8(source.position++)
      const shape = shapes[index]
      if (shape !== undefined) values[i] = take(source, shape)
      else if (index === LOOSE_ROW) values[i] = decodeValue(loose)
      else throw damaged('a row is of no known shape')
    }
    if (source.position !== rows.byteLength) throw damaged('rows are longer than their records')
    if (source.textPosition !== text.length) {
      throw damaged('the text of a batch is not as long as its strings')
    }
    return values
  }
}

function take(source: RowSource, layout: FieldLayout): unknown {
  if (layout.nullable) {
    const lacking = source.rows.getUint8(source.position)
    if (lacking !== PRESENT) {
      source.position += widthOf(layout)
      if (lacking === IS_NULL) return null
      if (lacking === IS_UNDEFINED) return undefined
      throw damaged('a field is neither present nor lacking')
    }
    source.position++
  }
  if (layout.kind === 'tuple') return layout.fields.map((field) => take(source, field))
  if (layout.kind !== 'object') return takeLeaf(source, layout.kind)
  const record: Record<string, unknown> = {}
  layout.fields.forEach((field, i) =>
    defineKey(record, layout.keys[i] as string, take(source, field)),
  )
  return record
}

function takeLeaf(source: RowSource, kind: LeafKind): unknown {
  const { rows, position } = source
  source.position += fieldBytes[kind]
  switch (kind) {
    case 'int':
      return rows.getInt32(position, true)
    case 'number':
      return rows.getFloat64(position, true)
    case 'boolean':
      return rows.getUint8(position) === 1
    case 'string': {
      const start = source.textPosition
      source.textPosition += rows.getUint32(position, true)
      return source.text.substring(start, source.textPosition)
    }
    case 'date':
      return new Date(rows.getFloat64(position, true))
    case 'bigint':
      return rows.getBigInt64(position, true)
    case 'null':
      return null
    case 'undefined':
      return undefined
    case 'value':
      return decodeValue(source.loose)
  }
}
