// Generates the function that writes the rows of a batch for one list of shapes.
// For each record it checks one shape after another, first all of it and then writes; a record that
// fits none is handed to `loose`. Nothing is written before the whole record is known to fit.

import type { ByteWriter } from '../byte-writer.ts'
import { compile } from '../code-generation.ts'
import { encodeValue } from '../value-codec.ts'
import {
  type FieldLayout,
  IS_NULL,
  IS_UNDEFINED,
  type LeafKind,
  LOOSE_ROW,
  type ObjectLayout,
  PRESENT,
  type TupleLayout,
  widthOf,
} from './layout.ts'
import { isInt64, isPlainDate } from './learn.ts'

/**
 * Writes `count` rows to `rows`, which has room for them all, and answers the text of the batch.
 * Values without fixed form go to `loose`; `misfit` is told each record that fits no shape.
 */
export type RowEncoder = (
  values: readonly unknown[],
  count: number,
  rows: ByteWriter,
  loose: ByteWriter,
  misfit: (record: unknown) => void,
) => string

/** Collects the lines of one shape; each field gets a variable of its own. */
class ShapeSource {
  readonly variables: string[] = []
  readonly checks: string[] = []
  readonly writes: string[] = []
  readonly #label: string

  constructor(label: string) {
    this.#label = label
  }

  assign(expression: string): string {
    const name = `${this.#label}v${this.variables.length}`
    this.variables.push(name)
    this.checks.push(`${name} = ${expression}`)
    return name
  }

  /** Leaves the shape: the record does not fit. */
  get breakOut(): string {
    return `break ${this.#label}`
  }

  fitsUnless(condition: string): void {
    this.checks.push(`if (${condition}) ${this.breakOut}`)
  }
}

/** Compiles the row encoder of these shapes. */
export function compileRowEncoder(shapes: readonly FieldLayout[]): RowEncoder {
  const blocks = shapes.map((shape, index) => shapeBlock(shape, index))
  const body = `return (values, count, rows, loose, misfit) => {
  const view = rows.view
  const bytes = rows.bytes
  let p = rows.position
  let text = ''
  for (let i = 0; i < count; i++) {
    const record = values[i]
${blocks.join('\n')}
    bytes[p++] = ${LOOSE_ROW}
    encodeValue(loose, record)
    misfit(record)
  }
  rows.position = p
  return text
}`
  const scope = {
    encodeValue,
    isInt64,
    isPlainDate,
    timeOf: (date: Date) => date.getTime(),
    objectPrototype: Object.prototype,
    arrayPrototype: Array.prototype,
    prototypeOf: Object.getPrototypeOf,
    isArray: Array.isArray,
  }
  return compile<RowEncoder>('encode', scope, body)
}

function shapeBlock(shape: FieldLayout, index: number): string {
  const source = new ShapeSource(`s${index}`)
  addField(source, shape, 'record', 1)
  const variables = source.variables.length > 0 ? `let ${source.variables.join(', ')}` : ''
  return `    s${index}: {
      ${[variables, ...source.checks].join('\n      ')}
      bytes[p] = ${index}
      ${source.writes.join('\n      ')}
      p += ${1 + widthOf(shape)}
      continue
    }`
}

/** Adds the checks and writes of one field that stands in `name`, `offset` bytes into the row. */
function addField(source: ShapeSource, layout: FieldLayout, name: string, offset: number): void {
  if (!layout.nullable) {
    addPresent(source, layout, name, offset)
    return
  }
  source.checks.push(`if (${name} !== null && ${name} !== undefined) {`)
  source.writes.push(
    `if (${name} === null) bytes[p + ${offset}] = ${IS_NULL}`,
    `else if (${name} === undefined) bytes[p + ${offset}] = ${IS_UNDEFINED}`,
    `else { bytes[p + ${offset}] = ${PRESENT}`,
  )
  addPresent(source, layout, name, offset + 1)
  source.checks.push('}')
  source.writes.push('}')
}

function addPresent(source: ShapeSource, layout: FieldLayout, name: string, offset: number): void {
  if (layout.kind === 'object') addObject(source, layout, name, offset)
  else if (layout.kind === 'tuple') addTuple(source, layout, name, offset)
  else {
    const code = leafCode(layout.kind, name, `p + ${offset}`)
    if (code.misfit !== '') source.fitsUnless(code.misfit)
    if (code.write !== '') source.writes.push(code.write)
  }
}

function addObject(source: ShapeSource, layout: ObjectLayout, name: string, offset: number): void {
  source.fitsUnless(`typeof ${name} !== 'object' || ${name} === null`)
  source.fitsUnless(`prototypeOf(${name}) !== objectPrototype`)
  // Own keys in their order, and nothing besides; a key that is inherited makes the count wrong.
  const counter = source.assign('0')
  const cases = layout.keys.map(
    (key, i) => `case ${i}: if (key !== ${JSON.stringify(key)}) ${source.breakOut}; break;`,
  )
  source.checks.push(
    `for (const key in ${name}) {`,
    `  switch (${counter}++) { ${cases.join(' ')} default: ${source.breakOut} }`,
    '}',
  )
  source.fitsUnless(`${counter} !== ${layout.keys.length}`)
  let at = offset
  layout.fields.forEach((field, i) => {
    const variable = source.assign(`${name}[${JSON.stringify(layout.keys[i])}]`)
    addField(source, field, variable, at)
    at += widthOf(field)
  })
}

function addTuple(source: ShapeSource, layout: TupleLayout, name: string, offset: number): void {
  source.fitsUnless(`!isArray(${name}) || ${name}.length !== ${layout.fields.length}`)
  source.fitsUnless(`prototypeOf(${name}) !== arrayPrototype`)
  let at = offset
  layout.fields.forEach((field, i) => {
    const variable = source.assign(`${name}[${i}]`)
    // An element that reads as undefined may be a hole; the self-describing format tells them
    // apart.
    source.fitsUnless(`${variable} === undefined`)
    addField(source, field, variable, at)
    at += widthOf(field)
  })
}

interface LeafCode {
  readonly misfit: string
  readonly write: string
}

function leafCode(kind: LeafKind, name: string, at: string): LeafCode {
  switch (kind) {
    case 'int':
      return {
        // Anything but a number would be converted by `|`, which runs code of the user.
        misfit: [
          `typeof ${name} !== 'number'`,
          `(${name} | 0) !== ${name}`,
          `(${name} === 0 && 1 / ${name} < 0)`,
        ].join(' || '),
        write: `view.setInt32(${at}, ${name}, true)`,
      }
    case 'number':
      return {
        misfit: `typeof ${name} !== 'number'`,
        write: `view.setFloat64(${at}, ${name}, true)`,
      }
    case 'boolean':
      return { misfit: `typeof ${name} !== 'boolean'`, write: `bytes[${at}] = ${name} ? 1 : 0` }
    case 'string':
      return {
        misfit: `typeof ${name} !== 'string'`,
        write: `view.setUint32(${at}, ${name}.length, true); text += ${name}`,
      }
    case 'date':
      return {
        misfit: `!isPlainDate(${name})`,
        write: `view.setFloat64(${at}, timeOf(${name}), true)`,
      }
    case 'bigint':
      return { misfit: `!isInt64(${name})`, write: `view.setBigInt64(${at}, ${name}, true)` }
    case 'null':
    case 'undefined':
      return { misfit: `${name} !== ${kind}`, write: '' }
    case 'value':
      return { misfit: '', write: `encodeValue(loose, ${name})` }
  }
}
