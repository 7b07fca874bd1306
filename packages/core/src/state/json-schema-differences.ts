// Compares what was seen of stored values with a JSON schema (2020-12, as schema libraries write
// it). Only what certainly does not fit is a difference: keywords that say something of single
// values (minimum, pattern) and unknown ones are left to the validation of values.

import { type FieldShape, pathOf, placeText, type Shape, type ShapeKind } from './shape.ts'

/** A JSON schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>> | boolean

/** Schemas that refer to themselves are followed so deep. */
const DEEPEST = 12

/** What of `stored` the schema does not allow, in words; empty where nothing speaks against it. */
export function jsonSchemaDifferences(stored: Shape, schema: JsonSchema): string[] {
  return differencesAt(stored, schema, '', { root: schema, depth: 0 })
}

interface Place {
  readonly root: JsonSchema
  readonly depth: number
}

function differencesAt(stored: Shape, schema: JsonSchema, path: string, place: Place): string[] {
  if (schema === false) return [`${placeText(path)} is stored, and no value is allowed there`]
  if (schema === true || place.depth > DEEPEST) return []
  const below = { root: place.root, depth: place.depth + 1 }
  const reference = schema['$ref']
  if (typeof reference === 'string') {
    const target = resolved(reference, place.root)
    return target === undefined ? [] : differencesAt(stored, target, path, below)
  }
  const branches = alternatives(schema)
  if (branches.length > 0) return unionDifferences(stored, branches, path, below)
  return [
    ...schemasIn(schema, 'allOf').flatMap((part) => differencesAt(stored, part, path, below)),
    ...kindDifferences(stored, schema, path),
    ...fieldDifferences(stored, schema, path, below),
    ...elementDifferences(stored, schema, path, below),
  ]
}

/** Each kind that was seen must find a branch; details count only where a single one takes it. */
function unionDifferences(
  stored: Shape,
  branches: readonly JsonSchema[],
  path: string,
  place: Place,
): string[] {
  return stored.kinds.flatMap((kind) => {
    const alone: Shape = { ...stored, kinds: [kind] }
    const answers = branches.map((branch) => differencesAt(alone, branch, path, place))
    if (answers.some((answer) => answer.length === 0)) return []
    const ofKind = branches.filter((branch) => {
      return differencesAt({ kinds: [kind], cut: true }, branch, path, place).length === 0
    })
    if (ofKind.length !== 1) {
      return ofKind.length > 1 ? [] : [kindDifference(kind, typesOf(branches, place.root), path)]
    }
    return differencesAt(alone, ofKind[0] as JsonSchema, path, place)
  })
}

function kindDifferences(stored: Shape, schema: Schema, path: string): string[] {
  const types = typesIn(schema)
  if (types.length === 0) return []
  const allowed = new Set(types.flatMap((type) => kindsOfType[type] ?? []))
  return stored.kinds
    .filter((kind) => !allowed.has(kind) && kind !== 'undefined')
    .map((kind) => kindDifference(kind, types, path))
}

function kindDifference(kind: ShapeKind, types: readonly string[], path: string): string {
  return `${placeText(path)} is stored as ${kind} and declared as ${types.join(' or ')}`
}

function fieldDifferences(stored: Shape, schema: Schema, path: string, place: Place): string[] {
  if (!stored.kinds.includes('object')) return []
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>
  const fields = new Map<string, FieldShape>()
  for (const field of stored.fields ?? []) fields.set(field.name, field)
  const missing = (Array.isArray(schema['required']) ? schema['required'] : [])
    .filter((name: string) => {
      const field = fields.get(name)
      return field === undefined ? stored.cut !== true : field.optional
    })
    .map((name: string) => {
      return `${placeText(pathOf(path, name))} is required and missing in what is stored`
    })
  const different = [...fields.values()].flatMap(({ name, shape }) => {
    const others = schema['additionalProperties'] as JsonSchema | undefined
    const property = Object.hasOwn(properties, name) ? properties[name] : others
    if (property === undefined) return []
    return differencesAt(shape, property, pathOf(path, name), place)
  })
  return [...missing, ...different]
}

function elementDifferences(stored: Shape, schema: Schema, path: string, place: Place): string[] {
  const items = schema['items']
  const isTuple = Array.isArray(schema['prefixItems'])
  if (!stored.kinds.includes('array') || stored.elements === undefined) return []
  if (items === undefined || isTuple || stored.kinds.length > 1) return []
  return differencesAt(stored.elements, items as JsonSchema, pathOf(path, '[]'), place)
}

type Schema = Exclude<JsonSchema, boolean>

function schemasIn(schema: Schema, keyword: string): readonly JsonSchema[] {
  const parts = schema[keyword]
  return Array.isArray(parts) ? (parts as readonly JsonSchema[]) : []
}

function alternatives(schema: Schema): readonly JsonSchema[] {
  const anyOf = schemasIn(schema, 'anyOf')
  return anyOf.length > 0 ? anyOf : schemasIn(schema, 'oneOf')
}

/** What the types of a JSON schema are as values. */
const kindsOfType: Readonly<Record<string, readonly ShapeKind[]>> = {
  null: ['null'],
  boolean: ['boolean'],
  number: ['number'],
  integer: ['number'],
  string: ['string'],
  array: ['array'],
  object: ['object'],
}

function typesIn(schema: Schema): readonly string[] {
  const { type } = schema
  if (typeof type === 'string') return [type]
  if (Array.isArray(type)) return type as readonly string[]
  const values = 'const' in schema ? [schema['const']] : (schema['enum'] ?? [])
  const types = (values as readonly unknown[]).map((value) => {
    if (value === null) return 'null'
    return Array.isArray(value) ? 'array' : typeof value
  })
  return [...new Set(types)]
}

/** The types of several alternatives, for people. */
function typesOf(branches: readonly JsonSchema[], root: JsonSchema): string[] {
  const types = branches.flatMap((branch) => {
    if (typeof branch === 'boolean') return []
    const reference = branch['$ref']
    const target = typeof reference === 'string' ? resolved(reference, root) : branch
    return typeof target === 'object' ? typesIn(target) : []
  })
  return [...new Set(types)]
}

/** What `#/$defs/name` or `#` points to. */
function resolved(reference: string, root: JsonSchema): JsonSchema | undefined {
  if (!reference.startsWith('#')) return undefined
  let target: unknown = root
  for (const part of reference.slice(1).split('/').filter(Boolean)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name)) {
      return undefined
    }
    target = (target as Record<string, unknown>)[name]
  }
  return target as JsonSchema
}
