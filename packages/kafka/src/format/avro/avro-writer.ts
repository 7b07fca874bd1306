// Writes records of Avro. A value that its schema cannot say is refused with its place; so is a
// field that the schema does not have, since it would be lost without a word.

import type { ByteBuilder } from '../byte-builder.ts'
import { ownProperty } from '../plain-object.ts'
import { kindOf, Unwritable, unwritableIn } from '../unwritable.ts'
import {
  type AvroType,
  branchName,
  isAmbiguous,
  type RecordType,
  type UnionType,
  valueKind,
} from './avro-type.ts'
import { showingOf, type ValueOptions } from './logical-value.ts'

/** Appends one value. */
export type Write = (builder: ByteBuilder, value: unknown) => void

const writeLength = (builder: ByteBuilder, sizeBytes: number) => builder.zigzag(sizeBytes)

/** Writers of the parts of a schema, by the parts. */
export class Writers {
  readonly #options: ValueOptions
  readonly #writers = new Map<AvroType, Write>()

  constructor(options: ValueOptions) {
    this.#options = options
  }

  of(type: AvroType): Write {
    const known = this.#writers.get(type)
    if (known !== undefined) return known
    this.#writers.set(type, (builder, value) => made(builder, value))
    const made = this.#build(type)
    this.#writers.set(type, made)
    return made
  }

  #build(type: AvroType): Write {
    switch (type.kind) {
      case 'union':
        return unionWriter(
          type,
          type.branches.map((branch) => this.of(branch)),
        )
      case 'array':
        return arrayWriter(this.of(type.items))
      case 'map':
        return mapWriter(this.of(type.values))
      case 'record':
        return recordWriter(
          type,
          type.fields.map((field) => this.of(field.type)),
        )
      default:
        return unshown(type, basicWriter(type), this.#options)
    }
  }
}

function unshown(type: AvroType, write: Write, options: ValueOptions): Write {
  const logical = 'logical' in type ? type.logical : undefined
  const sizeBytes = type.kind === 'fixed' ? type.sizeBytes : undefined
  const showing = showingOf(logical, options, sizeBytes)
  if (showing === undefined) return write
  return (builder, value) => write(builder, showing.unshow(value))
}

function basicWriter(type: AvroType): Write {
  switch (type.kind) {
    case 'null':
      return (_, value) => {
        if (value !== null) throw new Unwritable(`${kindOf(value)} is not null`)
      }
    case 'boolean':
      return (builder, value) => {
        if (typeof value !== 'boolean') throw new Unwritable(`${kindOf(value)} is no boolean`)
        builder.byte(value ? 1 : 0)
      }
    case 'int':
      return (builder, value) => {
        if (typeof value !== 'number' || value !== (value | 0)) {
          throw new Unwritable(`${kindOf(value)} is no int of 32 bits`)
        }
        builder.zigzag(value)
      }
    case 'long':
      return writeLong
    case 'float':
    case 'double': {
      const isFloat = type.kind === 'float'
      return (builder, value) => {
        if (typeof value !== 'number') throw new Unwritable(`${kindOf(value)} is no number`)
        if (isFloat) builder.float(value)
        else builder.double(value)
      }
    }
    case 'string':
      return (builder, value) => writeText(builder, value)
    case 'bytes':
      return (builder, value) => {
        if (!(value instanceof Uint8Array))
          throw new Unwritable(`${kindOf(value)} is no Uint8Array`)
        builder.zigzag(value.length)
        builder.raw(value)
      }
    case 'fixed':
      return (builder, value) => {
        if (!(value instanceof Uint8Array) || value.length !== type.sizeBytes) {
          throw new Unwritable(`${kindOf(value)} is no Uint8Array of ${type.sizeBytes} bytes`)
        }
        builder.raw(value)
      }
    case 'enum': {
      const places = new Map(type.symbols.map((symbol, place) => [symbol as unknown, place]))
      return (builder, value) => {
        const place = places.get(value)
        if (place === undefined) throw new Unwritable(`it is no symbol of ${type.name}`)
        builder.zigzag(place)
      }
    }
    default:
      throw new Error(`${type.kind} has parts`)
  }
}

function writeLong(builder: ByteBuilder, value: unknown): void {
  if (Number.isSafeInteger(value)) {
    builder.zigzag(value as number)
    return
  }
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) {
    throw new Unwritable(`${kindOf(value)} is no exact integer of 64 bits`)
  }
  builder.zigzag64(value)
}

function writeText(builder: ByteBuilder, value: unknown): void {
  if (typeof value !== 'string') throw new Unwritable(`${kindOf(value)} is no text`)
  if (!value.isWellFormed()) throw new Unwritable('a text with half a character is not UTF-8')
  builder.text(value, writeLength)
}

function arrayWriter(writeItem: Write): Write {
  return (builder, value) => {
    if (!Array.isArray(value)) throw new Unwritable(`${kindOf(value)} is no array`)
    let place = 0
    try {
      if (value.length > 0) builder.zigzag(value.length)
      for (; place < value.length; place++) writeItem(builder, value[place])
    } catch (error) {
      throw unwritableIn(`[${place}]`, error)
    }
    builder.byte(0)
  }
}

function mapWriter(writeValue: Write): Write {
  return (builder, value) => {
    if (!isObject(value)) throw new Unwritable(`${kindOf(value)} is no object`)
    const entries = Object.entries(value).filter(([, each]) => each !== undefined)
    if (entries.length > 0) builder.zigzag(entries.length)
    for (const [name, each] of entries) {
      try {
        writeText(builder, name)
        writeValue(builder, each)
      } catch (error) {
        throw unwritableIn(`[${JSON.stringify(name)}]`, error)
      }
    }
    builder.byte(0)
  }
}

function unionWriter(union: UnionType, writers: readonly Write[]): Write {
  const key = isAmbiguous(union) ? branchName : valueKind
  const places = new Map(union.branches.map((branch, place) => [key(branch), place]))
  const names = union.branches.map(branchName).join(', ')
  const place = (found: number | undefined, value: unknown): number => {
    if (found === undefined) throw new Unwritable(`${kindOf(value)} is none of ${names}`)
    return found
  }
  if (!isAmbiguous(union)) {
    return (builder, value) => {
      const branch = place(places.get(kindOfValue(value)), value)
      builder.zigzag(branch)
      ;(writers[branch] as Write)(builder, value)
    }
  }
  return (builder, value) => {
    if (value === null) {
      builder.zigzag(place(places.get('null'), value))
      return
    }
    const wrapped = isObject(value) ? Object.entries(value) : []
    const [name, inner] = wrapped.length === 1 ? (wrapped[0] as [string, unknown]) : ['', undefined]
    const branch = places.get(name)
    if (branch === undefined) {
      const hint = `say which of ${names} it is: { 'name': value }`
      throw new Unwritable(`${kindOf(value)} could be several branches of a union; ${hint}`)
    }
    builder.zigzag(branch)
    try {
      ;(writers[branch] as Write)(builder, inner)
    } catch (error) {
      throw unwritableIn(`[${JSON.stringify(name)}]`, error)
    }
  }
}

function kindOfValue(value: unknown): string {
  if (value === null) return 'null'
  switch (typeof value) {
    case 'bigint':
      return 'number'
    case 'object':
      if (Array.isArray(value)) return 'array'
      if (value instanceof Uint8Array) return 'bytes'
      return value instanceof Date ? 'number' : 'object'
    default:
      return typeof value
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return kindOfValue(value) === 'object'
}

/** Generated, so that each property is read in its own place of the code. */
function recordWriter(record: RecordType, writers: readonly Write[]): Write {
  const names = record.fields.map(({ name }) => name)
  const steps = record.fields.map((field, place) => {
    const value = ownProperty(field.name)
    if (field.written === undefined) return `place = ${place}\n      w[${place}](b, ${value})`
    return (
      `place = ${place}\n      if (${value} === undefined) b.raw(defaults[${place}])\n` +
      `      else w[${place}](b, ${value})`
    )
  })
  const counts = names.map((name) => `if (${ownProperty(name)} !== undefined) known++`)
  const body = `return (b, v) => {
    checkObject(v)
    let place = 0
    try {
      ${steps.join('\n      ')}
    } catch (error) {
      throw unwritableIn('.' + names[place], error)
    }
    let known = 0
    ${counts.join('\n    ')}
    let all = 0
    for (const name in v) all++
    if (all !== known) refuseUnknown(v)
  }`
  const known = new Set(names)
  const scope = {
    w: writers,
    names,
    defaults: record.fields.map(({ written }) => written),
    unwritableIn,
    checkObject: (value: unknown) => {
      if (!isObject(value)) throw new Unwritable(`${kindOf(value)} is no object`)
    },
    refuseUnknown: (value: object) => {
      const unknown = Object.entries(value).find(
        ([name, each]) => each !== undefined && !known.has(name),
      )
      if (unknown === undefined) return
      throw new Unwritable(`${record.name} has no such field`, `.${unknown[0]}`)
    },
  }
  return new Function(...Object.keys(scope), body)(...Object.values(scope)) as Write
}
