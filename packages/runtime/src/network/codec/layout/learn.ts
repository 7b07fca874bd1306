// Learns the shapes of records. Shapes only ever widen: int to number, present to nullable,
// anything to `value`; so learning ends, however records vary. What is learnt never decides whether
// a record arrives exactly, only how fast: the encoder checks each record against its shape.

import { types } from 'node:util'
import {
  type FieldLayout,
  type LeafKind,
  type LeafLayout,
  MAX_FIELDS,
  MAX_LEAVES,
  MAX_NESTING,
  MAX_SHAPES,
  MAX_TUPLE,
} from './layout.ts'

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

/** True for a number that a 32-bit integer holds exactly; -0 is none. */
export function isInt(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value && !Object.is(value, -0)
}

/** True for a bigint that 64 bits with sign hold. */
export function isInt64(value: unknown): boolean {
  return typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX
}

/** True for a Date of the built-in class without properties of its own. */
export function isPlainDate(value: unknown): value is Date {
  return (
    types.isDate(value) &&
    Object.getPrototypeOf(value) === Date.prototype &&
    Object.keys(value).length === 0
  )
}

/** The shape of one record, or undefined where only the self-describing format suits it. */
export function inferShape(record: unknown): FieldLayout | undefined {
  const shape = infer(record, 0)
  return shape.kind === 'value' || leavesOf(shape) > MAX_LEAVES ? undefined : shape
}

/**
 * The known shapes with others worked in, or undefined where nothing is new. Where there are too
 * many, those seen once are left out: each shape that never comes again would slow down every other
 * record.
 */
export function widenShapes(
  known: readonly FieldLayout[],
  others: readonly FieldLayout[],
): readonly FieldLayout[] | undefined {
  const shapes = [...known]
  const seen = known.map(() => 2)
  for (const other of others) {
    const index = shapes.findIndex((candidate) => isSameShape(candidate, other))
    if (index < 0) {
      shapes.push(other)
      seen.push(1)
      continue
    }
    seen[index] = (seen[index] as number) + 1
    const merged = merge(shapes[index] as FieldLayout, other)
    if (leavesOf(merged) <= MAX_LEAVES) shapes[index] = merged
  }
  const tooMany = shapes.length > MAX_SHAPES
  const kept = tooMany ? shapes.filter((_, i) => (seen[i] as number) > 1) : shapes
  const widened = kept.slice(0, MAX_SHAPES)
  const isNew = widened.length > known.length || widened.some((shape, i) => shape !== known[i])
  return isNew ? widened : undefined
}

function leaf(kind: LeafKind, nullable = false): LeafLayout {
  return { kind, nullable }
}

function leavesOf(layout: FieldLayout): number {
  if (layout.kind !== 'object' && layout.kind !== 'tuple') return 1
  return layout.fields.reduce((sum, field) => sum + leavesOf(field), 1)
}

function infer(value: unknown, depth: number): FieldLayout {
  switch (typeof value) {
    case 'number':
      return leaf(isInt(value) ? 'int' : 'number')
    case 'string':
    case 'boolean':
    case 'undefined':
      return leaf(typeof value as LeafKind)
    case 'bigint':
      return leaf(isInt64(value) ? 'bigint' : 'value')
    case 'object':
      if (value === null) return leaf('null')
      return inferObject(value, depth)
    default:
      return leaf('value')
  }
}

function inferObject(value: object, depth: number): FieldLayout {
  if (depth >= MAX_NESTING) return leaf('value')
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Array.prototype && Array.isArray(value)) {
    if (value.length === 0 || value.length > MAX_TUPLE || value.includes(undefined)) {
      return leaf('value')
    }
    return { kind: 'tuple', nullable: false, fields: value.map((field) => infer(field, depth + 1)) }
  }
  if (isPlainDate(value)) return leaf('date')
  if (prototype !== Object.prototype) return leaf('value')
  const keys = Object.keys(value)
  if (keys.length > MAX_FIELDS) return leaf('value')
  const fields = keys.map((key) => infer((value as Record<string, unknown>)[key], depth + 1))
  return { kind: 'object', nullable: false, keys, fields }
}

/** True where two records belong to one shape, whatever their fields hold. */
function isSameShape(a: FieldLayout, b: FieldLayout): boolean {
  if (a.kind === 'object') {
    if (b.kind !== 'object' || a.keys.length !== b.keys.length) return false
    return a.keys.every((key, i) => key === b.keys[i])
  }
  if (a.kind === 'tuple') return b.kind === 'tuple' && a.fields.length === b.fields.length
  return a.kind === b.kind || (isNumeric(a) && isNumeric(b))
}

function isNumeric(layout: FieldLayout): boolean {
  return layout.kind === 'int' || layout.kind === 'number'
}

function isLacking(layout: FieldLayout): boolean {
  return layout.kind === 'null' || layout.kind === 'undefined'
}

/** The narrowest layout that both fit; `a` itself where it is wide enough already. */
function merge(a: FieldLayout, b: FieldLayout): FieldLayout {
  if (a.kind === 'value') return a
  if (b.kind === 'value') return b
  if (isLacking(a) && isLacking(b)) return a.nullable || a.kind === b.kind ? a : leaf('null', true)
  if (isLacking(b)) return a.nullable ? a : { ...a, nullable: true }
  if (isLacking(a)) return { ...b, nullable: true }
  if (!isSameShape(a, b)) return leaf('value')
  if (a.kind === 'object' || a.kind === 'tuple') {
    const others = (b as typeof a).fields
    const fields = a.fields.map((field, i) => merge(field, others[i] as FieldLayout))
    return fields.every((field, i) => field === a.fields[i]) ? a : { ...a, fields }
  }
  return a.kind === 'int' && b.kind === 'number' ? { kind: 'number', nullable: a.nullable } : a
}
