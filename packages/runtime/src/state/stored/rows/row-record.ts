// Turns rows and cells into records of a segment. A cell is named by the same bytes in both, so a
// row becomes a record by copying; a timer's time stands before the key in a row, where it decides
// the order, and behind it in a record.

import { assert, type Key, keyFromMapKey } from '@sluice/core/internal'
import { ByteReader } from '../../../network/codec/byte-reader.ts'
import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import { decodeKey } from '../../../network/codec/key-codec.ts'
import { LARGE_LIST_BYTES } from '../../handle/large-list.ts'
import { REMOVED, UNDATED } from '../../heap/cell.ts'
import { wasOver } from '../../heap/cell-age.ts'
import type { TableFacts } from '../../segment/segment-format.ts'
import { TABLE_MARK, TOMBSTONE_RECORD, VALUE_RECORD } from '../../segment/segment-format.ts'
import type { StoredCell } from '../cache/stored-cell.ts'
import { notStorable } from '../not-storable.ts'
import type { StoredTable } from '../stored-table.ts'
import type { FrozenGroup } from '../timers/stored-timers.ts'
import { copyBytes } from './copy-bytes.ts'
import { readTime, TIME_BYTES } from './row-time.ts'
import { CONTAINER_ROW, DATED_ROW, rowText } from './rows.ts'

const ASIDE_BYTES = 512
/** Rows need not be decoded to be copied: the first ones are, and then one in so many. */
const FIRST_ROWS = 512
const ROWS_PER_LOOK = 64

/** What looks at values, by index of table. */
type Samplers = readonly ({ see(content: unknown): void } | undefined)[]
/** Up to which date of a write it was over at the barrier, by index of table. */
type OverUntil = readonly (number | undefined)[]

/** What captures, copies and restores need to know of the timers of a domain. */
export interface TimerTable {
  readonly index: number
  readonly facts: TableFacts & { readonly kind: 'timers' }
  /** What there is of a group now; by index of the group in the range of the backend. */
  freeze(index: number): FrozenGroup
  /** Adds a timer that is stored. */
  load(group: number, time: number, key: Key, namespace: number): void
  /** Writes all timers to rows, for a copy of the store. */
  save(): void
  /** Goes on from the rows of a copy of the store. */
  recover(): void
}

export type RecordTable = StoredTable | TimerTable

/** Where records are written: the segment itself, or ahead of their turn aside. */
export class RowRecords {
  readonly writer: ByteWriter
  /** Records that nobody has counted yet. */
  pending = 0
  readonly #samplers: Samplers
  readonly #overUntil: OverUntil
  #marked = -1
  #rows = 0

  constructor(
    samplers: Samplers,
    overUntil: OverUntil,
    writer: ByteWriter = new ByteWriter(ASIDE_BYTES),
  ) {
    this.writer = writer
    this.#samplers = samplers
    this.#overUntil = overUntil
  }

  /** True for what the snapshot leaves out since its time to live was over at the barrier. */
  wasOver(table: StoredTable, writtenAt: number): boolean {
    return wasOver(writtenAt, this.#overUntil[table.index])
  }

  /** The next record names its table. */
  unmark(): void {
    this.#marked = -1
  }

  #begin(table: RecordTable, kind: number): void {
    if (this.#marked !== table.index) {
      this.#marked = table.index
      this.writer.u8(TABLE_MARK)
      this.writer.varint(table.index)
    }
    this.writer.u8(kind)
    this.pending++
  }

  /**
   * Writes what a cell holds, or its deletion, among changes; where all of a group is written, one
   * that is gone is left out. Then the name of its row is returned, where there may be one.
   */
  cell(cell: StoredCell, whole: boolean): string | undefined {
    const { table } = cell
    const gone = cell.value === REMOVED || this.wasOver(table, cell.writtenAt)
    const { writer } = this
    const before = writer.position
    if (gone && whole) {
      table.writePlace(writer, cell)
      const name = nameOf(table, writer, before)
      writer.position = before
      return name
    }
    this.#begin(table, gone ? TOMBSTONE_RECORD : VALUE_RECORD)
    const start = writer.position
    table.writePlace(writer, cell)
    if (gone) return undefined
    const name = whole ? nameOf(table, writer, start) : undefined
    try {
      if (table.aged) writer.f64(cell.writtenAt)
      const contentStart = writer.position
      table.content.write(writer, cell.value)
      const sizeBytes = writer.position - contentStart
      if (sizeBytes >= LARGE_LIST_BYTES) table.large?.(sizeBytes, keyFromMapKey(cell.mapKey))
    } catch (error) {
      throw notStorable(error, cell)
    }
    this.#samplers[table.index]?.see(cell.value)
    return name
  }

  /** Copies a row whose key, behind the table, is in these bytes, and whose value at a reader. */
  row(
    table: RecordTable,
    bytes: Uint8Array,
    start: number,
    end: number,
    value: ByteReader,
    valueEnd: number,
    tombstones: boolean,
  ): void {
    if (isTimers(table)) return this.timer(VALUE_RECORD, table, bytes, start, end)
    const kind = value.u8()
    if (kind === CONTAINER_ROW) return
    const writtenAt = kind === DATED_ROW ? value.f64() : UNDATED
    if (this.wasOver(table, writtenAt)) {
      if (tombstones) this.tombstone(table, bytes, start, end)
      return
    }
    this.#begin(table, VALUE_RECORD)
    copyBytes(this.writer, bytes, start, end)
    if (table.aged) this.writer.f64(writtenAt)
    copyBytes(this.writer, value.bytes, value.position, valueEnd)
    const sizeBytes = valueEnd - value.position
    if (sizeBytes >= LARGE_LIST_BYTES) {
      table.large?.(sizeBytes, decodeKey(new ByteReader(bytes.subarray(start, end))))
    }
    const index = this.#rows++
    if (index < FIRST_ROWS || index % ROWS_PER_LOOK === 0) {
      this.#samplers[table.index]?.see(table.content.read(value))
    }
  }

  /** The deletion of a row that is no longer there. */
  tombstone(table: RecordTable, bytes: Uint8Array, start: number, end: number): void {
    if (isTimers(table)) return this.timer(TOMBSTONE_RECORD, table, bytes, start, end)
    this.#begin(table, TOMBSTONE_RECORD)
    copyBytes(this.writer, bytes, start, end)
  }

  /** Sets or deletes a timer whose place is in these bytes. */
  timer(kind: number, table: TimerTable, bytes: Uint8Array, start: number, end: number): void {
    assert(end - start > TIME_BYTES, 'the row of a timer holds its time and its key')
    this.#begin(table, kind)
    copyBytes(this.writer, bytes, start + TIME_BYTES, end)
    this.writer.f64(readTime(bytes, start))
  }
}

export function isTimers(table: RecordTable): table is TimerTable {
  return table.facts.kind === 'timers'
}

/** The key of a row behind its group, as a text. A table without a trace has no rows to name. */
function nameOf(table: StoredTable, { bytes, position }: ByteWriter, start: number) {
  if (!table.hasTraces) return undefined
  return String.fromCharCode(table.index) + rowText(bytes, start, position)
}
