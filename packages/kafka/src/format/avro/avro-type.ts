// Avro schemas as a tree of our own. The language (names, namespaces, references, defaults) is read
// by avsc; reading and writing records is done from this tree.

import { SluiceError } from '@sluice/core'
import avsc from 'avsc'

/** Logical types that change how a value is shown; others are shown as what they are made of. */
export interface Logical {
  readonly name: string
  /** Digits behind the point, for decimals. */
  readonly scale: number
  readonly precision: number
}

interface Marked {
  readonly logical?: Logical | undefined
}

interface Named {
  /** With its namespace. */
  readonly name: string
  readonly aliases: readonly string[]
}

/** A type without parts. */
export interface PrimitiveType extends Marked {
  readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'
}

/** A number of bytes. */
export interface FixedType extends Named, Marked {
  readonly kind: 'fixed'
  readonly sizeBytes: number
}

/** One of a list of texts. */
export interface EnumType extends Named {
  readonly kind: 'enum'
  readonly symbols: readonly string[]
  /** What a symbol that is not known is read as. */
  readonly otherwise: string | undefined
}

/** A list of values. */
export interface ArrayType {
  readonly kind: 'array'
  readonly items: AvroType
}

/** Values by text. */
export interface MapType {
  readonly kind: 'map'
  readonly values: AvroType
}

/** One of several types. */
export interface UnionType {
  readonly kind: 'union'
  readonly branches: readonly AvroType[]
}

/** A field of a record. */
export interface AvroField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: AvroType
  /** The default as it would be written; undefined for none. */
  readonly written: Uint8Array | undefined
}

/** A record; its fields are filled in after it is known by name, since it may hold itself. */
export interface RecordType extends Named {
  readonly kind: 'record'
  readonly fields: AvroField[]
}

/** A type of Avro. */
export type AvroType =
  | PrimitiveType
  | FixedType
  | EnumType
  | ArrayType
  | MapType
  | UnionType
  | RecordType

const shownLogicals = new Set(['decimal', 'date', 'timestamp-millis'])

/** Logical types that say the unit of a number: two of them are never read as each other. */
const units = /^(date|time-|timestamp-|local-timestamp-)/

/** Marks a type of avsc's as logical, and changes no value. */
class MarkedType extends avsc.types.LogicalType {
  readonly logical: Logical

  constructor(schema: avsc.Schema, options?: unknown) {
    super(schema, options)
    const { logicalType, scale = 0, precision = 0 } = schema as unknown as Record<string, unknown>
    this.logical = { name: String(logicalType), scale: Number(scale), precision: Number(precision) }
    const isDecimal = this.logical.name === 'decimal'
    if (isDecimal && !avsc.Type.isType(this.underlyingType, 'bytes', 'fixed')) throw new Error()
    if (isDecimal && !isSound(this.logical)) throw new Error()
  }

  protected override _fromValue(value: unknown): unknown {
    return value
  }

  protected override _toValue(value: unknown): unknown {
    return value
  }
}

function isSound({ precision, scale }: Logical): boolean {
  const areWhole = Number.isInteger(precision) && Number.isInteger(scale)
  return areWhole && precision > 0 && scale >= 0 && scale <= precision
}

const leastLong = -(2n ** 63n)
const mostLong = 2n ** 63n - 1n

/** Longs of defaults; avsc's own are wrong beyond 2^52. JSON has rounded them beyond 2^53. */
const exactLong = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer(value: bigint) {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON(value: number) {
    const whole = BigInt(value)
    return whole > mostLong ? mostLong : whole < leastLong ? leastLong : whole
  },
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
})

/** Any logical type whose name says a unit or changes how a value is shown. */
const marks: Record<string, typeof MarkedType> = new Proxy(
  {},
  {
    get: (_, name) =>
      typeof name === 'string' && (units.test(name) || shownLogicals.has(name))
        ? MarkedType
        : undefined,
  },
)

/**
 * The tree of a schema. `references` are the texts of schemas whose names it uses, each behind
 * those that it uses itself. Throws KAFKA_SCHEMA_INVALID; `of` names the schema in it.
 */
export function parseAvro(schema: unknown, references: readonly string[], of: string): AvroType {
  const options = {
    registry: { long: exactLong },
    logicalTypes: marks,
    wrapUnions: 'always' as const,
    omitRecordMethods: true,
  }
  try {
    for (const reference of references) avsc.Type.forSchema(parseText(reference), options)
    return convert(avsc.Type.forSchema(schema as avsc.Schema, options), new Map())
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SluiceError('KAFKA_SCHEMA_INVALID', `${of} is no Avro schema: ${reason}`, {
      cause: error,
    })
  }
}

/** A schema as a registry keeps it: JSON, or the bare name of a primitive type. */
export function parseText(text: string): avsc.Schema {
  return /^\s*[\w.]+\s*$/.test(text) ? text.trim() : JSON.parse(text)
}

function convert(type: avsc.Type, known: Map<avsc.Type, AvroType>): AvroType {
  const before = known.get(type)
  if (before !== undefined) return before
  const isMarked = type instanceof MarkedType
  const made = isMarked
    ? { ...convertPlain(type.underlyingType, known), logical: type.logical }
    : convertPlain(type, known)
  known.set(type, made)
  return made
}

function convertPlain(type: avsc.Type, known: Map<avsc.Type, AvroType>): AvroType {
  const name = type.name ?? type.typeName
  const aliases = type.aliases ?? []
  switch (type.typeName) {
    case 'fixed':
      return { kind: 'fixed', name, aliases, sizeBytes: (type as avsc.types.FixedType).size }
    case 'enum': {
      const { symbols, default: otherwise } = type as avsc.types.EnumType & { default?: string }
      return { kind: 'enum', name, aliases, symbols, otherwise }
    }
    case 'array':
      return { kind: 'array', items: convert((type as avsc.types.ArrayType).itemsType, known) }
    case 'map':
      return { kind: 'map', values: convert((type as avsc.types.MapType).valuesType, known) }
    case 'union:wrapped': {
      const { types } = type as avsc.types.WrappedUnionType
      return { kind: 'union', branches: types.map((branch) => convert(branch, known)) }
    }
    case 'record':
    case 'error': {
      const record: RecordType = { kind: 'record', name, aliases, fields: [] }
      known.set(type, record)
      const { fields } = type as avsc.types.RecordType
      record.fields.push(...fields.map((field) => convertField(field, known)))
      return record
    }
    case 'abstract:long':
      return { kind: 'long' }
    default:
      return { kind: type.typeName as PrimitiveType['kind'] }
  }
}

function convertField(field: avsc.types.Field, known: Map<avsc.Type, AvroType>): AvroField {
  const { name, aliases } = field
  const value: unknown = field.defaultValue()
  const written = value === undefined ? undefined : new Uint8Array(field.type.toBuffer(value))
  return { name, aliases, type: convert(field.type, known), written }
}

/** The name of a type as a branch of a union, as Avro's JSON has it. */
export function branchName(type: AvroType): string {
  return 'name' in type ? type.name : type.kind
}

/**
 * Whether the values of a union cannot be told apart by what they are in JavaScript: they are
 * objects then, with the name of the branch: `{ 'shop.Order': … }`. Null is always null.
 */
export function isAmbiguous(union: UnionType): boolean {
  const kinds = union.branches.map(valueKind)
  return new Set(kinds).size < kinds.length
}

/** What the values of a type are, as far as unions tell them apart. */
export function valueKind(type: AvroType): string {
  switch (type.kind) {
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return 'number'
    case 'enum':
      return 'string'
    case 'bytes':
    case 'fixed':
      return type.logical?.name === 'decimal' ? 'string' : 'bytes'
    case 'map':
    case 'record':
      return 'object'
    default:
      return type.kind
  }
}
