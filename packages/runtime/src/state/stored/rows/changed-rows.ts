// Names the rows that changed in one generation and are not in the cache any more: what a capture
// has to look up besides the cells that it is given. A row may be named twice. Names wait in
// memory up to a limit, then in rows of their own.

import { ByteReader } from '../../../network/codec/byte-reader.ts'
import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import { OWN_ROWS_GROUP, type Rows, writeRowPrefix } from './rows.ts'

const FIRST_BYTES = 256
/** Names of a group below this stay in memory when others leave. */
const SMALL_BYTES = 1024

export class ChangedRows {
  readonly #rows: Rows
  readonly #limitBytes: number
  /** Different for every generation of the backend. */
  readonly #number: number
  readonly #names: (ByteWriter | undefined)[]
  /** By index of key group: names that were moved to rows. */
  readonly #moved: (Uint8Array[] | undefined)[]
  #sizeBytes = 0
  #sequence = 0

  constructor(rows: Rows, groups: number, number: number, limitBytes: number) {
    this.#rows = rows
    this.#limitBytes = limitBytes
    this.#number = number
    this.#names = Array(groups).fill(undefined)
    this.#moved = Array(groups).fill(undefined)
  }

  /** Adds the row whose key, behind the group, is in these bytes. */
  add(group: number, bytes: Uint8Array, start: number, end: number): void {
    let names = this.#names[group]
    if (names === undefined) {
      names = new ByteWriter(FIRST_BYTES)
      this.#names[group] = names
    }
    const before = names.position
    names.varint(end - start)
    names.raw(bytes.subarray(start, end))
    this.#sizeBytes += names.position - before
    if (this.#sizeBytes > this.#limitBytes) this.#move()
  }

  has(group: number): boolean {
    return this.#names[group] !== undefined || this.#moved[group] !== undefined
  }

  /** The names of a group, as packed texts of bytes, one after the other. */
  *of(group: number): Generator<ByteReader> {
    for (const key of this.#moved[group] ?? []) {
      this.#rows.flush()
      const value = this.#rows.reader.get(key)
      if (value === undefined) throw new RangeError('A list of changed rows is gone.')
      const sizeBytes = value.varint()
      yield new ByteReader(value.raw(sizeBytes))
    }
    const names = this.#names[group]
    if (names !== undefined) yield new ByteReader(names.written())
  }

  /** Takes over what another one names. */
  addAll(others: ChangedRows): void {
    for (let group = 0; group < this.#names.length; group++) {
      for (const reader of others.of(group)) {
        while (reader.remaining > 0) {
          const sizeBytes = reader.varint()
          this.add(group, reader.bytes, reader.position, reader.position + sizeBytes)
          reader.position += sizeBytes
        }
      }
    }
  }

  #move(): void {
    for (let group = 0; group < this.#names.length; group++) {
      const names = this.#names[group]
      if (names === undefined || names.position < SMALL_BYTES) continue
      const key = this.#ownKey(this.#sequence++)
      const value = new ByteWriter(names.position + 8)
      value.varint(names.position)
      value.raw(names.written())
      this.#rows.put(key, value.written())
      this.#moved[group] = [...(this.#moved[group] ?? []), key]
      this.#sizeBytes -= names.position
      this.#names[group] = undefined
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
    for (const keys of this.#moved) {
      for (const key of keys ?? []) this.#rows.delete(key)
    }
    this.#moved.fill(undefined)
    this.#names.fill(undefined)
    this.#sizeBytes = 0
  }
}
