// What reading and writing a message need to know of it, from the reflection of protobufjs: the
// fields in the order of their numbers, each with its type, presence, and the rest of its oneof.

import { SluiceError } from '@sluice/core'
import protobuf from 'protobufjs'
import { type Scalar, scalarOf, wireType } from './scalar.ts'

/** How values are shown, and what fields are called. */
export interface ProtobufShowing {
  /**
   * Integers of 64 bits: `number` unless said, and a record with one beyond 2^53 is malformed;
   * `bigint` is exact for all.
   */
  readonly int64?: 'number' | 'bigint'
  /** Fields as they are called in the schema (`order_id`), unless said, or in JSON (`orderId`). */
  readonly fieldNames?: 'proto' | 'json'
}

/** A field of a message. */
export interface ProtoField {
  readonly name: string
  readonly number: number
  readonly form: 'single' | 'repeated' | 'map'
  /** Whether it can be absent; without it, zero and absent are the same. */
  readonly hasPresence: boolean
  readonly isRequired: boolean
  readonly isPacked: boolean
  /** Of the field, of its items, or of the values of the map. */
  readonly element: Scalar | protobuf.Type
  /** Of a map. */
  readonly key: Scalar | undefined
  /** Places of the fields of which only one can be there, itself not among them. */
  readonly exclusive: readonly number[]
}

/** The fields of a message; throws KAFKA_SCHEMA_INVALID for what is not supported. */
export function layoutOf(message: protobuf.Type, showing: ProtobufShowing): readonly ProtoField[] {
  const fields = message.fieldsArray.toSorted((a, b) => a.id - b.id)
  return fields.map((field, place) => {
    if (field.delimited) {
      throw new SluiceError(
        'KAFKA_SCHEMA_INVALID',
        `${message.fullName.slice(1)}.${field.name} is a group, which is not supported.`,
      )
    }
    const key = field instanceof protobuf.MapField ? field.keyType : undefined
    return {
      name: showing.fieldNames === 'json' ? (field.jsonName ?? field.name) : field.name,
      number: field.id,
      form: field.map ? 'map' : field.repeated ? 'repeated' : 'single',
      hasPresence: field.hasPresence && !field.repeated && !field.map,
      isRequired: field.required,
      isPacked: field.packed,
      element: elementOf(field, showing.int64 ?? 'number'),
      // A key is a name of a property whatever it was.
      key: key === undefined ? undefined : scalarOf(key, 'bigint'),
      exclusive:
        field.partOf?.fieldsArray
          .map((other) => fields.indexOf(other))
          .filter((other) => other !== place) ?? [],
    }
  })
}

function elementOf(field: protobuf.Field, int64: 'number' | 'bigint'): Scalar | protobuf.Type {
  const { resolvedType } = field
  if (resolvedType instanceof protobuf.Type) return resolvedType
  if (resolvedType instanceof protobuf.Enum) return enumScalar(resolvedType)
  const scalar = scalarOf(field.type, int64)
  if (scalar !== undefined) return scalar
  throw new SluiceError('KAFKA_SCHEMA_INVALID', `There is no type ${field.type} in Protobuf.`)
}

/** Names of an enum; a number that has no name stays one, as newer writers may have more. */
function enumScalar(type: protobuf.Enum): Scalar {
  const number = scalarOf('int32', 'number') as Scalar
  const nameOf = (value: number): string | number => type.valuesById[value] ?? value
  const numberOf = (value: unknown): unknown =>
    typeof value === 'string' && Object.hasOwn(type.values, value) ? type.values[value] : value
  const first = Object.values(type.values)[0] ?? 0
  return {
    wire: wireType.varint,
    read: (cursor) => nameOf(number.read(cursor) as number),
    write: (builder, value) => number.write(builder, numberOf(value)),
    zero: () => nameOf(first),
    isZero: (value) => numberOf(value) === first,
  }
}
