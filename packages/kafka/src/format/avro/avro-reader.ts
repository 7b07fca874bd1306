// Reads records of Avro, as they were written or resolved to a schema of the reader's (the rules of
// "Schema Resolution" in the specification of Avro). Readers are built once per pair of schemas.

import { beyondSafe, type ByteCursor, malformed } from '../byte-cursor.ts'
import { objectMaker, setEntry } from '../plain-object.ts'
import { type AvroType, branchName, isAmbiguous, type UnionType } from './avro-type.ts'
import { showingOf, type ValueOptions } from './logical-value.ts'

/** Reads one value and leaves the cursor behind it. */
export type Read = (cursor: ByteCursor) => unknown

/** Blocks of arrays and maps may be of values without bytes; no honest record has more of them. */
const mostItemsWithoutBytes = 1_000_000

/** Readers of the parts of a schema, by the parts: a type that holds itself finds itself here. */
export class Readers {
  readonly #options: ValueOptions
  readonly #readers = new Map<AvroType, Read>()

  constructor(options: ValueOptions) {
    this.#options = options
  }

  /** Reads values of this type as they were written. */
  of(type: AvroType): Read {
    const known = this.#readers.get(type)
    if (known !== undefined) return known
    // Stands for the reader until it is made.
    this.#readers.set(type, (cursor) => made(cursor))
    const made = this.#build(type)
    this.#readers.set(type, made)
    return made
  }

  #build(type: AvroType): Read {
    switch (type.kind) {
      case 'union':
        return unionReader(type.branches.map((branch) => wrapping(type, branch, this.of(branch))))
      case 'array':
        return arrayReader(this.of(type.items))
      case 'map':
        return mapReader(this.of(type.values))
      case 'record':
        return recordReader(
          type.fields.map(({ name }) => name),
          type.fields.map((field) => this.of(field.type)),
        )
      default:
        return shown(type, basicReader(type, this.#options), this.#options)
    }
  }
}

/** Applies how a logical type is shown. */
export function shown(type: AvroType, read: Read, options: ValueOptions): Read {
  const logical = 'logical' in type ? type.logical : undefined
  const showing = showingOf(logical, options)
  return showing === undefined ? read : (cursor) => showing.show(read(cursor))
}

/** Types without parts, as what they are made of. */
export function basicReader(type: AvroType, { int64 }: ValueOptions): Read {
  switch (type.kind) {
    case 'null':
      return () => null
    case 'boolean':
      return readBoolean
    case 'int':
      return readInt
    case 'long': {
      // The number of a logical type is one whatever was chosen for plain integers.
      const isInstant = type.logical?.name === 'timestamp-millis'
      return int64 === 'bigint' && !isInstant ? (cursor) => cursor.zigzag64() : readLong
    }
    case 'float':
      return (cursor) => cursor.float()
    case 'double':
      return (cursor) => cursor.double()
    case 'string':
      return (cursor) => cursor.text(length(cursor))
    case 'bytes':
      return (cursor) => cursor.raw(length(cursor))
    case 'fixed': {
      const { sizeBytes } = type
      return (cursor) => cursor.raw(sizeBytes)
    }
    case 'enum': {
      const { symbols } = type
      return (cursor) => {
        const symbol = symbols[index(cursor)]
        if (symbol === undefined) throw malformed(`The record holds no symbol of ${type.name}.`)
        return symbol
      }
    }
    default:
      throw new Error(`${type.kind} has parts`)
  }
}

function readBoolean(cursor: ByteCursor): boolean {
  const byte = cursor.byte()
  if (byte > 1) throw malformed(`The record holds the byte ${byte} where true or false should be.`)
  return byte === 1
}

function readInt(cursor: ByteCursor): number {
  const value = cursor.zigzag()
  if (value === undefined || value !== (value | 0)) {
    throw malformed('The record holds a number of more than 32 bits where an int should be.')
  }
  return value
}

function readLong(cursor: ByteCursor): number {
  const value = cursor.zigzag()
  if (value === undefined) throw beyondSafe()
  return value
}

function length(cursor: ByteCursor): number {
  const value = cursor.zigzag()
  if (value === undefined || value < 0) throw malformed('The record holds a length below zero.')
  return value
}

function index(cursor: ByteCursor): number {
  return cursor.zigzag() ?? -1
}

/** What a branch of a union reads, with its name around it where it needs one. */
export function wrapping(union: UnionType, branch: AvroType, read: Read): Read {
  if (branch.kind === 'null' || !isAmbiguous(union)) return read
  const make = objectMaker([branchName(branch)])
  return (cursor) => make([read(cursor)])
}

/** Reads the number of a branch, and then with the reader of that number. */
export function unionReader(branches: readonly Read[]): Read {
  return (cursor) => {
    const read = branches[index(cursor)]
    if (read === undefined) throw malformed('The record holds no branch of its union.')
    return read(cursor)
  }
}

/** Reads a list. */
export function arrayReader(readItem: Read): Read {
  return (cursor) => {
    const items: unknown[] = []
    readBlocks(cursor, () => items.push(readItem(cursor)))
    return items
  }
}

/** Reads values by name. */
export function mapReader(readValue: Read): Read {
  return (cursor) => {
    const map: Record<string, unknown> = {}
    readBlocks(cursor, () => setEntry(map, cursor.text(length(cursor)), readValue(cursor)))
    return map
  }
}

function readBlocks(cursor: ByteCursor, readItem: () => void): void {
  let withoutBytes = 0
  for (;;) {
    let count = cursor.zigzag()
    if (count === 0) return
    if (count === undefined) throw malformed('The record holds a list without end.')
    if (count < 0) {
      // The size of the block follows, for those who pass over it.
      length(cursor)
      count = -count
    }
    for (let item = 0; item < count; item++) {
      const before = cursor.position
      readItem()
      if (cursor.position > before) continue
      if (++withoutBytes > mostItemsWithoutBytes) {
        throw malformed('The record holds a list without end.')
      }
    }
  }
}

/** Reads the fields in their order. */
function recordReader(names: readonly string[], readers: readonly Read[]): Read {
  const reads = readers.map((_, place) => `r${place}(c)`)
  // Elements of a literal are evaluated from left to right, which is the order in the bytes.
  const fields = names.map((name, place) => `[${JSON.stringify(name)}]: ${reads[place]}`)
  const parameters = readers.map((_, place) => `r${place}`)
  const body = `return (c) => ({ ${fields.join(', ')} })`
  return new Function(...parameters, body)(...readers) as Read
}
