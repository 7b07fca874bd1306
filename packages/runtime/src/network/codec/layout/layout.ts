// The layout of a channel: the shapes of its records, flattened to fixed rows, as plain data.
// A row is the number of its shape in one byte and then its fields at fixed offsets; characters of
// strings go to the text of the batch, and what has no fixed form to the loose values behind it.
// The encoder sends the layout as a value, and the decoder checks every part before it compiles it.

import { damaged } from '../byte-reader.ts'

/**
 * Fields of fixed width, in bytes; `value` is any value, written self-describing to the loose part.
 */
export const fieldBytes = {
  int: 4,
  number: 8,
  boolean: 1,
  string: 4,
  date: 8,
  bigint: 8,
  null: 0,
  undefined: 0,
  value: 0,
} as const

export type LeafKind = keyof typeof fieldBytes

/** A field that may also be null or undefined has one byte in front, which says which it is. */
export interface LeafLayout {
  readonly kind: LeafKind
  readonly nullable: boolean
}

/** A plain object of exactly these keys in this order. */
export interface ObjectLayout {
  readonly kind: 'object'
  readonly nullable: boolean
  readonly keys: readonly string[]
  readonly fields: readonly FieldLayout[]
}

/** An array of exactly so many elements, none of them undefined. */
export interface TupleLayout {
  readonly kind: 'tuple'
  readonly nullable: boolean
  readonly fields: readonly FieldLayout[]
}

export type FieldLayout = LeafLayout | ObjectLayout | TupleLayout

/** The first byte of a row whose record fits no shape and stands in the loose part. */
export const LOOSE_ROW = 255

/** The presence byte of a nullable field. */
export const PRESENT = 0
export const IS_NULL = 1
export const IS_UNDEFINED = 2

export const MAX_SHAPES = 16
export const MAX_FIELDS = 64
export const MAX_TUPLE = 8
export const MAX_NESTING = 4
/** Leaves of one shape; larger records are self-describing, so that generated code stays small. */
export const MAX_LEAVES = 128

/** The width of a field within its row. */
export function widthOf(layout: FieldLayout): number {
  let width = layout.nullable ? 1 : 0
  if (layout.kind === 'object' || layout.kind === 'tuple') {
    for (const field of layout.fields) width += widthOf(field)
  } else {
    width += fieldBytes[layout.kind]
  }
  return width
}

/** The widest row of any shape, the byte for the shape included. */
export function widestRow(shapes: readonly FieldLayout[]): number {
  let widest = 1
  for (const shape of shapes) widest = Math.max(widest, 1 + widthOf(shape))
  return widest
}

/** A layout as it came over a channel, checked through and through. */
export function parseShapes(definition: unknown): readonly FieldLayout[] {
  if (!Array.isArray(definition) || definition.length > MAX_SHAPES) {
    throw damaged('the layout of a channel is no list of shapes')
  }
  return definition.map((shape) => parseField(shape, 0))
}

function parseField(definition: unknown, depth: number): FieldLayout {
  if (typeof definition !== 'object' || definition === null || depth > MAX_NESTING) {
    throw damaged('a field of a layout is no object')
  }
  const { kind, nullable, keys, fields } = definition as Record<string, unknown>
  if (typeof nullable !== 'boolean')
    throw damaged('a field of a layout does not say if it may lack')
  if (kind === 'object') {
    const parsed = parseFields(fields, MAX_FIELDS, depth)
    return { kind, nullable, keys: parseKeys(keys, parsed.length), fields: parsed }
  }
  if (kind === 'tuple') return { kind, nullable, fields: parseFields(fields, MAX_TUPLE, depth) }
  if (typeof kind === 'string' && Object.hasOwn(fieldBytes, kind)) {
    return { kind: kind as LeafKind, nullable }
  }
  throw damaged(`a layout has a field of the unknown kind ${String(kind)}`)
}

function parseFields(fields: unknown, limit: number, depth: number): readonly FieldLayout[] {
  if (!Array.isArray(fields) || fields.length > limit)
    throw damaged('a layout has no list of fields')
  return fields.map((field) => parseField(field, depth + 1))
}

function parseKeys(keys: unknown, count: number): readonly string[] {
  if (!Array.isArray(keys) || keys.length !== count || new Set(keys).size !== count) {
    throw damaged('a layout has not one key for each field')
  }
  for (const key of keys)
    if (typeof key !== 'string') throw damaged('a layout has a key that is no text')
  return keys
}
