// How the content of a cell is written into a snapshot and read, by kind of table.

import type { ByteReader } from '../../network/codec/byte-reader.ts'
import type { ByteWriter } from '../../network/codec/byte-writer.ts'
import { decodeValue, encodeNumbers, encodeValue } from '../../network/codec/value-codec.ts'
import type { TableKind } from '../segment/segment-format.ts'

export interface CellContent {
  /** Writes what a cell holds. */
  write(writer: ByteWriter, content: unknown): void
  /** The same of a row (rows/row-cell.ts), from its columns. */
  writeRow(writer: ByteWriter, numbers: Float64Array, at: number, length: number): void
  read(reader: ByteReader): unknown
}

/** Times of the timers of one key and namespace: most have one. */
export type TimerTimes = number | Set<number>

const plain: CellContent = {
  write: encodeValue,
  writeRow: encodeNumbers,
  read: decodeValue,
}

const list: CellContent = {
  write(writer, content) {
    const items = content as readonly unknown[]
    writer.varint(items.length)
    for (let i = 0; i < items.length; i++) encodeValue(writer, items[i])
  },
  writeRow: encodeNumbers,
  read(reader) {
    const length = reader.count()
    const items: unknown[] = []
    for (let i = 0; i < length; i++) items.push(decodeValue(reader))
    return items
  },
}

const timers: CellContent = {
  write(writer, content) {
    if (!(content instanceof Set)) {
      writer.varint(1)
      writer.f64(content as number)
      return
    }
    writer.varint(content.size)
    for (const time of content as Set<number>) writer.f64(time)
  },
  writeRow(writer, numbers, at) {
    writer.varint(1)
    writer.f64(numbers[at] as number)
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
