// What changed in one generation and is not in the cache any more, in the order in which it left:
// of each such row its name and what it says, so that a capture copies it. Of two entries for one
// row the later counts. What a large row says is not repeated here: it is looked up by its name.
// Entries wait in memory up to a limit, then in rows of their own.

import { ByteReader } from '../../../network/codec/byte-reader.ts'
import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import { copyBytes } from './copy-bytes.ts'
import { OWN_ROWS_GROUP, type Rows, writeRowPrefix } from './rows.ts'

const FIRST_BYTES = 256
/** Entries of a group below this stay in memory when others leave. */
const SMALL_BYTES = 1024
/** What a row says is repeated up to this size. */
const MOST_VALUE_BYTES = 256

/** Behind the name of a row: it is gone; it is to be looked up; else the size of its value + 2. */
const GONE = 0
const LOOKED_UP = 1
const VALUE_FROM = 2

/** One entry; its places are in the bytes of the reader that it was read from. */
export interface ChangedRow {
  readonly nameAt: number
  readonly nameEnd: number
  readonly change: 'gone' | 'looked-up' | 'value'
  /** Where the value ends, which stands behind the name. */
  readonly valueAt: number
  readonly valueEnd: number
}

export class ChangedRows {
  readonly #rows: Rows
  readonly #limitBytes: number
  /** Different for every generation of the backend, and higher in later ones. */
  readonly #number: number
  readonly #entries: (ByteWriter | undefined)[]
  /** By index of key group: entries that were moved to rows. */
  readonly #moved: (Uint8Array[] | undefined)[]
  /** Those of earlier generations whose snapshots failed, in order. */
  #earlier: readonly ChangedRows[] = []
  #sizeBytes = 0
  #sequence = 0

  constructor(rows: Rows, groups: number, number: number, limitBytes: number) {
    this.#rows = rows
    this.#limitBytes = limitBytes
    this.#number = number
    this.#entries = Array(groups).fill(undefined)
    this.#moved = Array(groups).fill(undefined)
  }

  /** Adds a row that says what stands between `valueAt` and `valueEnd`. */
  addValue(
    group: number,
    bytes: Uint8Array,
    nameAt: number,
    nameEnd: number,
    valueAt: number,
    valueEnd: number,
  ): void {
    const sizeBytes = valueEnd - valueAt
    if (sizeBytes > MOST_VALUE_BYTES) return this.addName(group, bytes, nameAt, nameEnd)
    const entries = this.#begin(group, bytes, nameAt, nameEnd)
    entries.varint(sizeBytes + VALUE_FROM)
    copyBytes(entries, bytes, valueAt, valueEnd)
    this.#end(entries)
  }

  /** Adds a row that is to be looked up. */
  addName(group: number, bytes: Uint8Array, nameAt: number, nameEnd: number): void {
    const entries = this.#begin(group, bytes, nameAt, nameEnd)
    entries.u8(LOOKED_UP)
    this.#end(entries)
  }

  /** Adds a row that is no longer there. */
  addGone(group: number, bytes: Uint8Array, nameAt: number, nameEnd: number): void {
    const entries = this.#begin(group, bytes, nameAt, nameEnd)
    entries.u8(GONE)
    this.#end(entries)
  }

  /** The name is the key of the row, behind the group. */
  #begin(group: number, bytes: Uint8Array, nameAt: number, nameEnd: number): ByteWriter {
    let entries = this.#entries[group]
    if (entries === undefined) {
      entries = new ByteWriter(FIRST_BYTES)
      this.#entries[group] = entries
    }
    this.#sizeBytes -= entries.position
    entries.varint(nameEnd - nameAt)
    copyBytes(entries, bytes, nameAt, nameEnd)
    return entries
  }

  #end(entries: ByteWriter): void {
    this.#sizeBytes += entries.position
    if (this.#sizeBytes > this.#limitBytes) this.#move()
  }

  /** The entries of a group, oldest first, as packed texts of bytes. */
  *of(group: number): Generator<ByteReader> {
    for (const earlier of this.#earlier) yield* earlier.of(group)
    for (const key of this.#moved[group] ?? []) {
      this.#rows.flush()
      const value = this.#rows.reader.get(key)
      if (value === undefined) throw new RangeError('A list of changed rows is gone.')
      const sizeBytes = value.varint()
      yield new ByteReader(value.raw(sizeBytes))
    }
    const entries = this.#entries[group]
    if (entries !== undefined) yield new ByteReader(entries.written())
  }

  /** Takes over what another generation listed, whose snapshot failed. */
  takeOver(other: ChangedRows): void {
    this.#earlier = [...this.#earlier, ...other.#earlier, other].sort(
      (a, b) => a.#number - b.#number,
    )
    other.#earlier = []
  }

  #move(): void {
    for (let group = 0; group < this.#entries.length; group++) {
      const entries = this.#entries[group]
      if (entries === undefined || entries.position < SMALL_BYTES) continue
      const key = this.#ownKey(this.#sequence++)
      const value = new ByteWriter(entries.position + 8)
      value.varint(entries.position)
      value.raw(entries.written())
      this.#rows.put(key, value.written())
      this.#moved[group] = [...(this.#moved[group] ?? []), key]
      this.#sizeBytes -= entries.position
      this.#entries[group] = undefined
    }
  }

  #ownKey(sequence: number): Uint8Array {
    const writer = new ByteWriter(16)
    writeRowPrefix(writer, OWN_ROWS_GROUP, 0)
    writer.u32(this.#number)
    writer.u32(sequence)
    return writer.copy()
  }

  /** Lets go of everything. */
  drop(): void {
    for (const earlier of this.#earlier) earlier.drop()
    this.#earlier = []
    for (const keys of this.#moved) {
      for (const key of keys ?? []) this.#rows.delete(key)
    }
    this.#moved.fill(undefined)
    this.#entries.fill(undefined)
    this.#sizeBytes = 0
  }
}

/** The next entry; the reader stands behind it then. */
export function readChangedRow(reader: ByteReader): ChangedRow {
  const nameBytes = reader.varint()
  const nameAt = reader.position
  const nameEnd = nameAt + nameBytes
  reader.position = nameEnd
  const coded = reader.varint()
  const valueAt = reader.position
  const valueEnd = coded < VALUE_FROM ? valueAt : valueAt + coded - VALUE_FROM
  reader.position = valueEnd
  const change = coded === GONE ? 'gone' : coded === LOOKED_UP ? 'looked-up' : 'value'
  return { nameAt, nameEnd, change, valueAt, valueEnd }
}
