// How the content of a cell is kept for a snapshot, written and read, by kind of table. Values
// never change in place; lists only grow in place and sets of timers change freely, so these need
// care.

import type { ByteReader } from '../../network/codec/byte-reader.ts'
import type { ByteWriter } from '../../network/codec/byte-writer.ts'
import { decodeValue, encodeValue } from '../../network/codec/value-codec.ts'
import type { TableKind } from '../segment/segment-format.ts'

export interface CellContent {
  /** What the cell holds now, unaffected by what happens to the cell later. */
  keep(value: unknown): unknown
  /** Writes what a cell holds, or what was kept of it. */
  write(writer: ByteWriter, content: unknown): void
  read(reader: ByteReader): unknown
}

/** Times of the timers of one key and namespace: most have one. */
export type TimerTimes = number | Set<number>

/** The first elements of a list, which stay while it grows. */
class KeptList {
  readonly items: readonly unknown[]
  readonly length: number

  constructor(items: readonly unknown[]) {
    this.items = items
    this.length = items.length
  }
}

const plain: CellContent = {
  keep: (value) => value,
  write: encodeValue,
  read: decodeValue,
}

const list: CellContent = {
  keep: (value) => new KeptList(value as readonly unknown[]),
  write(writer, content) {
    const kept = content instanceof KeptList ? content : new KeptList(content as unknown[])
    writer.varint(kept.length)
    for (let i = 0; i < kept.length; i++) encodeValue(writer, kept.items[i])
  },
  read(reader) {
    const length = reader.count()
    const items: unknown[] = []
    for (let i = 0; i < length; i++) items.push(decodeValue(reader))
    return items
  },
}

const timers: CellContent = {
  keep: (value) => (value instanceof Set ? new Set(value) : value),
  write(writer, content) {
    if (!(content instanceof Set)) {
      writer.varint(1)
      writer.f64(content as number)
      return
    }
    writer.varint(content.size)
    for (const time of content as Set<number>) writer.f64(time)
  },
  read(reader): TimerTimes {
    const count = reader.count()
    if (count === 1) return reader.f64()
    const times = new Set<number>()
    for (let i = 0; i < count; i++) times.add(reader.f64())
    return times
  },
}

/** The content of the cells of a table of this kind. */
export function contentOf(kind: TableKind): CellContent {
  if (kind === 'list') return list
  return kind === 'timers' ? timers : plain
}
