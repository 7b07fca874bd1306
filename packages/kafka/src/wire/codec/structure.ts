// A structure: fields in the order in which they are written, each in the versions that have it,
// and in flexible versions the tagged fields behind them. Unknown tags are skipped; a field that a
// version lacks is read as its default, and refused when it should be written with another value.

import type { Codec, FieldType, Layout } from './field-type.ts'
import { MalformedMessage } from './malformed-message.ts'
import type { WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/** A field that may be left out when writing. */
export interface OptionalField<in In, out Out> {
  readonly type: FieldType<In, Out>
  /** Versions that have it. */
  readonly since: number
  readonly until: number
  /** Versions that lack it may drop it: what was wanted is a little less then, and never else. */
  readonly ignorable?: boolean
  /** Its tag, where it is written behind the others and only if it is not the default. */
  readonly tag: number | undefined
  readonly fallback: Out
}

type AnyField = FieldType<never, unknown> | OptionalField<never, unknown>

export type Fields = Readonly<Record<string, AnyField>>

type OptionalNames<Declared extends Fields> = {
  [Name in keyof Declared]: Declared[Name] extends OptionalField<never, unknown> ? Name : never
}[keyof Declared]

type InOf<Field> =
  Field extends FieldType<infer In, unknown>
    ? In
    : Field extends OptionalField<infer In, unknown>
      ? In
      : never

type OutOf<Field> =
  Field extends FieldType<never, infer Out>
    ? Out
    : Field extends OptionalField<never, infer Out>
      ? Out
      : never

/** What is given to be written. */
export type StructureInput<Declared extends Fields> = {
  readonly [Name in Exclude<keyof Declared, OptionalNames<Declared>>]: InOf<Declared[Name]>
} & { readonly [Name in OptionalNames<Declared>]?: InOf<Declared[Name]> }

/** What is read: every field, whatever the version. */
export type StructureOutput<Declared extends Fields> = {
  readonly [Name in keyof Declared]: OutOf<Declared[Name]>
}

const always = { since: 0, until: Number.POSITIVE_INFINITY, tag: undefined }

/** A field that is written as `fallback` where it is left out. */
export function optional<In, Out extends In>(
  type: FieldType<In, Out>,
  fallback: NoInfer<Out>,
): OptionalField<In, Out> {
  return { ...always, type, fallback }
}

/** A field that versions before `version` lack. */
export function since<In, Out extends In>(
  version: number,
  type: FieldType<In, Out>,
  fallback: NoInfer<Out>,
): OptionalField<In, Out> {
  return { ...always, since: version, type, fallback }
}

/** A field that versions before `version` drop, whatever it says: Kafka's `ignorable`. */
export function sinceIgnorable<In, Out extends In>(
  version: number,
  type: FieldType<In, Out>,
  fallback: NoInfer<Out>,
): OptionalField<In, Out> {
  return { ...since(version, type, fallback), ignorable: true }
}

/** A field that versions after `version` lack. */
export function until<In, Out extends In>(
  version: number,
  type: FieldType<In, Out>,
  fallback: NoInfer<Out>,
): OptionalField<In, Out> {
  return { ...always, until: version, type, fallback }
}

/** A tagged field, from `version` on. */
export function tagged<In, Out extends In>(
  tag: number,
  version: number,
  type: FieldType<In, Out>,
  fallback: NoInfer<Out>,
): OptionalField<In, Out> {
  return { ...always, tag, since: version, type, fallback }
}

/** A tagged field that is undefined where it is not there. */
export function taggedIfKnown<In, Out extends In>(
  tag: number,
  version: number,
  type: FieldType<In, Out>,
): OptionalField<In, Out | undefined> {
  return { ...always, tag, since: version, type, fallback: undefined }
}

interface FieldCodec extends Codec<unknown, unknown> {
  readonly name: string
  readonly field: OptionalField<unknown, unknown> | undefined
}

function isOptional(field: AnyField): field is OptionalField<never, unknown> {
  return 'fallback' in field
}

export function structure<const Declared extends Fields>(
  fields: Declared,
): FieldType<StructureInput<Declared>, StructureOutput<Declared>> {
  return {
    codec: (layout) =>
      new StructureCodec(fields, layout) as Codec<
        StructureInput<Declared>,
        StructureOutput<Declared>
      >,
  }
}

type Values = Record<string, unknown>

class StructureCodec implements Codec<Values, Values> {
  readonly #flexible: boolean
  readonly #plain: FieldCodec[] = []
  readonly #tagged = new Map<number, FieldCodec>()
  /** What a decoded structure begins as, so that all have one shape. */
  readonly #blank: Values = {}
  readonly #absent: FieldCodec[] = []

  constructor(fields: Fields, layout: Layout) {
    this.#flexible = layout.flexible
    for (const [name, declared] of Object.entries(fields)) {
      const field = isOptional(declared) ? (declared as FieldCodec['field']) : undefined
      const type = field?.type ?? (declared as FieldType<unknown, unknown>)
      const codec = type.codec(layout)
      const entry: FieldCodec = {
        name,
        field,
        read: (reader) => codec.read(reader),
        write: (writer, value) => codec.write(writer, value),
      }
      this.#blank[name] = field?.fallback
      const exists =
        field === undefined || (layout.version >= field.since && layout.version <= field.until)
      if (!exists) this.#absent.push(entry)
      else if (field?.tag === undefined) this.#plain.push(entry)
      else this.#tagged.set(field.tag, entry)
    }
  }

  read(reader: WireReader): Values {
    const values = { ...this.#blank }
    for (const field of this.#plain) {
      try {
        values[field.name] = field.read(reader)
      } catch (error) {
        throw MalformedMessage.within(field.name, error)
      }
    }
    if (this.#flexible) this.#readTagged(reader, values)
    return values
  }

  write(writer: WireWriter, values: Values): void {
    for (const field of this.#absent) {
      if (field.field?.ignorable !== true && !isFallback(field, values[field.name])) {
        const thrown = writer.refused('this version cannot hold it')
        throw MalformedMessage.within(field.name, thrown)
      }
    }
    for (const field of this.#plain) {
      try {
        const given = values[field.name]
        const value = given === undefined ? field.field?.fallback : given
        if (value === undefined) throw writer.refused('no value is given')
        field.write(writer, value)
      } catch (error) {
        throw MalformedMessage.within(field.name, error)
      }
    }
    if (this.#flexible) this.#writeTagged(writer, values)
  }

  #readTagged(reader: WireReader, values: Values): void {
    const count = reader.unsignedVarint()
    if (count > reader.left) throw reader.missing(count)
    for (let index = 0; index < count; index++) {
      const tag = reader.unsignedVarint()
      const sizeBytes = reader.unsignedVarint()
      const field = this.#tagged.get(tag)
      if (field === undefined) {
        reader.bytes(sizeBytes)
        continue
      }
      try {
        values[field.name] = reader.part(sizeBytes, () => field.read(reader))
      } catch (error) {
        throw MalformedMessage.within(field.name, error)
      }
    }
  }

  #writeTagged(writer: WireWriter, values: Values): void {
    const present = [...this.#tagged].filter(([, field]) => !isFallback(field, values[field.name]))
    writer.unsignedVarint(present.length)
    for (const [tag, field] of present.sort(([left], [right]) => left - right)) {
      const content = new WireWriter()
      try {
        field.write(content, values[field.name])
      } catch (error) {
        throw MalformedMessage.within(field.name, error)
      }
      writer.unsignedVarint(tag)
      writer.unsignedVarint(content.sizeBytes)
      writer.bytes(content.finish())
    }
  }
}

/** An empty list counts as one where an empty list is the default. */
function isFallback(field: FieldCodec, value: unknown): boolean {
  const fallback = field.field?.fallback
  if (value === undefined || value === fallback) return true
  return Array.isArray(fallback) && Array.isArray(value) && value.length === 0
}
