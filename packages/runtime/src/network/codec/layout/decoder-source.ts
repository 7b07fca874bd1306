// Generates the function that reads the rows of a batch back for one list of shapes.
// Objects and tuples come from literals, so that all records of a shape share one hidden class.
// Field by field, in the order of the encoder: text and loose values are taken as they come.

import { ByteReader, damaged } from '../byte-reader.ts'
import { compile, literalKey } from '../code-generation.ts'
import { decodeValue } from '../value-codec.ts'
import {
  type FieldLayout,
  IS_NULL,
  IS_UNDEFINED,
  type LeafKind,
  LOOSE_ROW,
  PRESENT,
  widthOf,
} from './layout.ts'

/** Reads the rows that `rows` covers, exactly, and the text that belongs to them. */
export type RowDecoder = (
  count: number,
  rows: DataView,
  text: string,
  loose: ByteReader,
) => unknown[]

/** Compiles the row decoder of these shapes. */
export function compileRowDecoder(shapes: readonly FieldLayout[]): RowDecoder {
  const cases = shapes.map((shape, index) => {
    const lines: string[] = []
    const value = readField(lines, shape, `s${index}`, 1)
    return `      case ${index}: {
        ${lines.join('\n        ')}
        values[i] = ${value}
        p += ${1 + widthOf(shape)}
        break
      }`
  })
  const body = `return (count, view, text, loose) => {
  const values = new Array(count)
  let p = 0
  let t = 0
  for (let i = 0; i < count; i++) {
    switch (view.getUint8(p)) {
${cases.join('\n')}
      case ${LOOSE_ROW}:
        values[i] = decodeValue(loose)
        p++
        break
      default:
        throw damaged('a row is of no known shape')
    }
  }
  if (p !== view.byteLength) throw damaged('rows are longer than their records')
  if (t !== text.length) throw damaged('the text of a batch is not as long as its strings')
  return values
}`
  return compile<RowDecoder>('decode', { decodeValue, damaged, presenceOf }, body)
}

/** What a nullable field holds where it is not present. */
function presenceOf(byte: number): null | undefined {
  if (byte === IS_NULL) return null
  if (byte === IS_UNDEFINED) return undefined
  throw damaged('a field is neither present nor lacking')
}

/** Adds the lines that read one field and answers the expression of its value. */
function readField(lines: string[], layout: FieldLayout, name: string, offset: number): string {
  if (!layout.nullable) return readPresent(lines, layout, name, offset)
  const inner: string[] = []
  const value = readPresent(inner, layout, `${name}p`, offset + 1)
  lines.push(
    `let ${name}`,
    `if (view.getUint8(p + ${offset}) === ${PRESENT}) {`,
    ...inner,
    `${name} = ${value}`,
    `} else ${name} = presenceOf(view.getUint8(p + ${offset}))`,
  )
  return name
}

function readPresent(lines: string[], layout: FieldLayout, name: string, offset: number): string {
  if (layout.kind !== 'object' && layout.kind !== 'tuple') {
    return readLeaf(lines, layout.kind, name, `p + ${offset}`)
  }
  let at = offset
  const values = layout.fields.map((field, i) => {
    const value = readField(lines, field, `${name}_${i}`, at)
    at += widthOf(field)
    return value
  })
  if (layout.kind === 'tuple') return `[${values.join(', ')}]`
  const properties = layout.keys.map((key, i) => `${literalKey(key)}: ${values[i]}`)
  return `{ ${properties.join(', ')} }`
}

function readLeaf(lines: string[], kind: LeafKind, name: string, at: string): string {
  switch (kind) {
    case 'int':
      return `view.getInt32(${at}, true)`
    case 'number':
      return `view.getFloat64(${at}, true)`
    case 'boolean':
      return `view.getUint8(${at}) === 1`
    case 'string':
      // The end is compared with the text once for all rows, so that a slice costs no check.
      lines.push(`const ${name} = text.substring(t, t += view.getUint32(${at}, true))`)
      return name
    case 'date':
      return `new Date(view.getFloat64(${at}, true))`
    case 'bigint':
      return `view.getBigInt64(${at}, true)`
    case 'null':
    case 'undefined':
      return kind
    case 'value':
      lines.push(`const ${name} = decodeValue(loose)`)
      return name
  }
}
