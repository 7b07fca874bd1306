// Reads what was written with one schema as values of another (the rules of "Schema Resolution" in
// the specification of Avro): fields by name or alias, defaults for what was not written, numbers
// promoted, symbols and branches that the reader does not have refused where they occur.

import { ByteCursor, malformed } from '../byte-cursor.ts'
import { objectMaker } from '../plain-object.ts'
import {
  arrayReader,
  basicReader,
  mapReader,
  type Read,
  Readers,
  shown,
  unionReader,
  wrapping,
} from './avro-reader.ts'
import { type AvroField, type AvroType, branchName, type RecordType } from './avro-type.ts'
import type { ValueOptions } from './logical-value.ts'

/** Two schemas of which the one cannot be read as the other. */
class Unresolvable extends Error {}

type Pair = readonly [written: AvroType, read: AvroType]

/** What a number may be read as, besides itself. */
const promotions: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
}

/** Builds readers of one schema as another; throws where the two cannot be resolved. */
export class Resolution {
  readonly #options: ValueOptions
  readonly #plain: Readers
  readonly #known = new Map<AvroType, Map<AvroType, Read>>()

  constructor(options: ValueOptions) {
    this.#options = options
    this.#plain = new Readers(options)
  }

  reader(written: AvroType, read: AvroType): Read {
    const before = this.#known.get(written)?.get(read)
    if (before !== undefined) return before
    const ofWritten = this.#known.get(written) ?? new Map<AvroType, Read>()
    this.#known.set(written, ofWritten)
    let made: Read | undefined
    ofWritten.set(read, (cursor) => (made as Read)(cursor))
    try {
      made = this.#build([written, read])
    } catch (error) {
      ofWritten.delete(read)
      throw error
    }
    ofWritten.set(read, made)
    return made
  }

  #build([written, read]: Pair): Read {
    if (written.kind === 'union') {
      return unionReader(written.branches.map((branch) => this.#branchReader(branch, read)))
    }
    if (read.kind === 'union') return this.#chosenBranch(written, read)
    if (written.kind === 'array' && read.kind === 'array') {
      return arrayReader(this.reader(written.items, read.items))
    }
    if (written.kind === 'map' && read.kind === 'map') {
      return mapReader(this.reader(written.values, read.values))
    }
    if (written.kind === 'record' && read.kind === 'record') return this.#record(written, read)
    return shown(read, this.#basic(written, read), this.#options)
  }

  /** A branch that the reader does not have is an error of the records that are of it. */
  #branchReader(branch: AvroType, read: AvroType): Read {
    try {
      return this.reader(branch, read)
    } catch (error) {
      if (!(error instanceof Unresolvable)) throw error
      const { message } = error
      return () => {
        throw malformed(`The record holds a branch that the schema does not have: ${message}`)
      }
    }
  }

  /** The first branch of the same type; where there is none the first that it can become. */
  #chosenBranch(written: AvroType, read: AvroType & { kind: 'union' }): Read {
    const isSame = (branch: AvroType) => branch.kind === written.kind
    const byName = (branch: AvroType) => branchName(branch) === branchName(written)
    const ordered = [
      ...read.branches.filter(byName),
      ...read.branches.filter((branch) => isSame(branch) && !byName(branch)),
      ...read.branches.filter((branch) => !isSame(branch)),
    ]
    for (const branch of ordered) {
      try {
        return wrapping(read, branch, this.reader(written, branch))
      } catch (error) {
        if (!(error instanceof Unresolvable)) throw error
      }
    }
    throw new Unresolvable(`no branch of the union reads ${branchName(written)}`)
  }

  #basic(written: AvroType, read: AvroType): Read {
    checkUnits(written, read)
    if (written.kind === 'enum' && read.kind === 'enum' && hasName(read, written)) {
      const known = new Set(read.symbols)
      const { otherwise } = read
      const readSymbol = basicReader(written, this.#options)
      return (cursor) => {
        const symbol = readSymbol(cursor) as string
        if (known.has(symbol)) return symbol
        if (otherwise !== undefined) return otherwise
        throw malformed(`The record holds ${symbol}, which ${read.name} does not have.`)
      }
    }
    if (written.kind === 'fixed' && read.kind === 'fixed' && hasName(read, written)) {
      if (written.sizeBytes === read.sizeBytes) return basicReader(written, this.#options)
    } else if (written.kind === read.kind && !('name' in read)) {
      return basicReader(read, this.#options)
    } else if (promotions[written.kind]?.includes(read.kind) === true) {
      return this.#promoted(written, read)
    }
    throw new Unresolvable(`${branchName(written)} cannot be read as ${branchName(read)}`)
  }

  #promoted(written: AvroType, read: AvroType): Read {
    // Text and bytes are written alike, and so are int and long.
    if (read.kind === 'string' || read.kind === 'bytes' || read.kind === 'long') {
      return basicReader(read, this.#options)
    }
    const readNumber = basicReader({ kind: written.kind } as AvroType, {
      ...this.#options,
      int64: 'bigint',
    })
    const isFloat = read.kind === 'float'
    return (cursor) => {
      const number = Number(readNumber(cursor))
      return isFloat ? Math.fround(number) : number
    }
  }

  #record(written: RecordType, read: RecordType): Read {
    if (!hasName(read, written)) {
      throw new Unresolvable(`the record ${written.name} is not ${read.name}, nor an alias of it`)
    }
    const places = new Map<AvroField, number>()
    const missing: { place: number; value: () => unknown }[] = []
    for (const [place, field] of read.fields.entries()) {
      const names = [field.name, ...field.aliases]
      const source = written.fields.find(({ name }) => names.includes(name))
      if (source !== undefined) places.set(source, place)
      else missing.push({ place, value: this.#default(field, read.name) })
    }
    const steps = written.fields.map((field) => {
      const place = places.get(field)
      if (place === undefined) return { place: -1, read: this.#passing(field.type) }
      const target = read.fields[place] as AvroField
      return { place, read: this.#field(field, target) }
    })
    const make = objectMaker(read.fields.map(({ name }) => name))
    return (cursor) => {
      const values = new Array<unknown>(read.fields.length)
      for (const step of steps) {
        const value = step.read(cursor)
        if (step.place >= 0) values[step.place] = value
      }
      for (const { place, value } of missing) values[place] = value()
      return make(values)
    }
  }

  #field(written: AvroField, read: AvroField): Read {
    try {
      return this.reader(written.type, read.type)
    } catch (error) {
      if (!(error instanceof Unresolvable)) throw error
      throw new Unresolvable(`field ${read.name}: ${error.message}`)
    }
  }

  #default(field: AvroField, record: string): () => unknown {
    const { written } = field
    if (written === undefined) {
      throw new Unresolvable(`the field ${field.name} of ${record} was not written, and no default`)
    }
    const read = this.#plain.of(field.type)
    // Read anew for each record, since a record may be changed by whoever gets it.
    return () => read(new ByteCursor(written))
  }

  /** Reads a value that nobody wants, without refusing what could not be shown. */
  #passing(type: AvroType): Read {
    return new Readers({ ...this.#options, int64: 'bigint' }).of(type)
  }
}

/** By the name without the namespace, as the specification has it. */
function hasName(
  read: { readonly name: string; readonly aliases: readonly string[] },
  written: { readonly name: string },
): boolean {
  const plain = (name: string) => name.slice(name.lastIndexOf('.') + 1)
  return [read.name, ...read.aliases].some((name) => plain(name) === plain(written.name))
}

function checkUnits(written: AvroType, read: AvroType): void {
  const from = 'logical' in written ? written.logical : undefined
  const to = 'logical' in read ? read.logical : undefined
  if (from === undefined || to === undefined) return
  if (from.name === to.name && from.scale === to.scale) return
  throw new Unresolvable(`${said(from)} cannot be read as ${said(to)}`)
}

function said({ name, scale }: { readonly name: string; readonly scale: number }): string {
  return name === 'decimal' ? `a decimal of scale ${scale}` : name
}
