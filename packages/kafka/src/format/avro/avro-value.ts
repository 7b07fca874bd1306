// The type of the values of a schema that is written down in the program, worked out by the
// compiler. It says what avro-reader.ts makes.

/** A schema of Avro as it is written in JSON. */
export type AvroSchema =
  | string
  | { readonly type: AvroSchema; readonly [attribute: string]: unknown }
  | readonly AvroSchema[]

/** How 64-bit integers and dates are shown; see `AvroShowing`. */
interface Shown {
  readonly int64: 'number' | 'bigint'
  readonly dates: 'number' | 'date'
}

type NameOf<S> = S extends { readonly name: infer Name extends string }
  ? S extends { readonly namespace: infer Space extends string }
    ? `${Space}.${Name}`
    : Name
  : S extends { readonly type: infer Type extends string }
    ? Type
    : S

/** What JavaScript tells the branches of a union apart by. */
type KindOf<S> = S extends { readonly logicalType: 'decimal' }
  ? 'string'
  : S extends 'int' | 'long' | 'float' | 'double'
    ? 'number'
    : S extends 'bytes' | 'fixed'
      ? 'bytes'
      : S extends 'enum' | 'string'
        ? 'string'
        : S extends 'map' | 'record' | 'error'
          ? 'object'
          : S extends { readonly type: infer Type }
            ? KindOf<Type>
            : S

type HasTwice<Branches extends readonly unknown[], Seen = never> = Branches extends readonly [
  infer First,
  ...infer Rest,
]
  ? KindOf<First> extends Seen
    ? true
    : HasTwice<Rest, Seen | KindOf<First>>
  : false

type UnionValue<Branches extends readonly unknown[], Show extends Shown> =
  HasTwice<Branches> extends true
    ? { [Place in keyof Branches]: WrappedValue<Branches[Place], Show> }[number]
    : { [Place in keyof Branches]: Value<Branches[Place], Show> }[number]

type WrappedValue<S, Show extends Shown> = S extends 'null'
  ? null
  : { [Name in NameOf<S> & string]: Value<S, Show> }

type LogicalValue<Logical, S, Show extends Shown> = Logical extends 'decimal'
  ? string
  : Logical extends 'date' | 'timestamp-millis'
    ? Show['dates'] extends 'date'
      ? Date
      : number
    : PlainValue<S, Show>

interface NamedField {
  readonly name: string
  readonly type: unknown
}

type RecordValue<Fields extends readonly NamedField[], Show extends Shown> = {
  [Field in Fields[number] as Field['name']]: Value<Field['type'], Show>
}

type PlainValue<S, Show extends Shown> = S extends {
  readonly type: 'record' | 'error'
  readonly fields: infer Fields extends readonly NamedField[]
}
  ? RecordValue<Fields, Show>
  : S extends { readonly type: 'enum'; readonly symbols: infer Symbols extends readonly string[] }
    ? Symbols[number]
    : S extends { readonly type: 'array'; readonly items: infer Items }
      ? Value<Items, Show>[]
      : S extends { readonly type: 'map'; readonly values: infer Values }
        ? { [name: string]: Value<Values, Show> }
        : S extends { readonly type: infer Type }
          ? Value<Type, Show>
          : unknown

type LongValue<Int64> = Int64 extends 'bigint' ? bigint : number

/** A schema of which the compiler knows nothing says nothing about its values. */
type Value<S, Show extends Shown> = [AvroSchema] extends [S] ? unknown : KnownValue<S, Show>

type KnownValue<S, Show extends Shown> = S extends readonly unknown[]
  ? UnionValue<S, Show>
  : S extends { readonly logicalType: infer Logical }
    ? LogicalValue<Logical, S, Show>
    : S extends 'null'
      ? null
      : S extends 'boolean'
        ? boolean
        : S extends 'int' | 'float' | 'double'
          ? number
          : S extends 'long'
            ? LongValue<Show['int64']>
            : S extends 'string'
              ? string
              : S extends 'bytes' | 'fixed'
                ? Uint8Array
                : PlainValue<S, Show>

/**
 * The values of a schema that is given as a literal. A name that stands for a type defined
 * elsewhere in it is `unknown`.
 *
 * @example
 * type Cents = AvroValue<{ type: 'map'; values: 'long' }> // { [name: string]: number }
 */
export type AvroValue<
  Schema,
  Int64 extends 'number' | 'bigint' = 'number',
  Dates extends 'number' | 'date' = 'number',
> = Value<Schema, { readonly int64: Int64; readonly dates: Dates }>
