// What a stored backend held at one barrier, on its way into a segment: cells of the cache as they
// were, and for the rest the rows, in a view that was made at the barrier. It is written in slices,
// group by group, while the state goes on changing; a cell that changes or leaves the cache before
// its turn is written aside first. A cell counts more than its row.

import type { KeyValueView } from '@sluice/core/connector'
import { assert } from '@sluice/core/internal'
import type { ByteReader } from '../../network/codec/byte-reader.ts'
import { ByteWriter } from '../../network/codec/byte-writer.ts'
import type { CaptureInProgress } from '../heap/snapshot-series.ts'
import { type BuiltSegment, SegmentBuilder } from '../segment/segment-builder.ts'
import { type SegmentHeader, VALUE_RECORD } from '../segment/segment-format.ts'
import { samplerFor } from '../segment/value-sampler.ts'
import { CachedItems, type StoredCell } from './cache/stored-cell.ts'
import type { Generations, PendingRows } from './generations.ts'
import { type ChangedRows, readChangedRow } from './rows/changed-rows.ts'
import { isTimers, type RecordTable, RowRecords, type TimerTable } from './rows/row-record.ts'
import { RowReader, rowText } from './rows/rows.ts'
import type { ChangedCells, StoredTable } from './stored-table.ts'
import type { FrozenGroup } from './timers/stored-timers.ts'

/** The clock is looked at after so many cells or rows. */
const CELLS_PER_LOOK = 256
const ROWS_PER_LOOK = 128
/** Group and table, before what names the cell. */
const GROUP_BYTES = 2

/** What was written ahead of its turn. */
interface Aside {
  readonly records: RowRecords
  readonly names: string[]
}

export class StoredCapture implements CaptureInProgress, PendingRows {
  readonly stamp: number
  readonly whole: Uint8Array
  readonly #generations: Generations
  readonly #tables: readonly RecordTable[]
  readonly #changes: ReadonlyMap<StoredTable, ChangedCells>
  readonly #changed: ChangedRows
  readonly #firstGroup: number
  readonly #view: KeyValueView
  readonly #reader: RowReader
  readonly #builder: SegmentBuilder
  /** By index of table: what its values look like. */
  readonly #samplers: readonly ReturnType<typeof samplerFor>[]
  readonly #overUntil: readonly (number | undefined)[]
  readonly #records: RowRecords
  readonly #aside: (Aside | undefined)[]
  /** By index of key group: the timers of those that are written whole. */
  readonly #timers: ((readonly [TimerTable, FrozenGroup])[] | undefined)[]
  readonly #work: Generator<void, void>
  /** The search for expired rows; undefined when it has looked enough. */
  #sweep: Generator<void, void> | undefined
  /** Names of rows of the group in progress that are not to be written any more. */
  #done = new Set<string>()
  /** The group in progress; -1 before the first. */
  #group = -1
  /** Cells that are looked at in one slice. */
  #cellsPerLook = CELLS_PER_LOOK
  #failure: { readonly error: unknown } | undefined = undefined
  #built: BuiltSegment | undefined = undefined

  /** Ends the present generation. The view must hold all rows that were written in it. */
  constructor(
    header: SegmentHeader,
    tables: readonly RecordTable[],
    generations: Generations,
    view: KeyValueView,
    whole: Uint8Array,
  ) {
    this.stamp = generations.stamp
    this.whole = whole
    this.#generations = generations
    this.#tables = [...tables]
    this.#changes = new Map(
      tables.flatMap((table) => (isTimers(table) ? [] : [[table, table.takeChanges()]])),
    )
    this.#changed = generations.changed
    this.#firstGroup = header.first
    this.#view = view
    this.#reader = new RowReader(view)
    this.#builder = new SegmentBuilder(header)
    this.#samplers = tables.map(({ facts }) => samplerFor(facts.kind))
    this.#overUntil = header.tables.map(({ overUntil }) => overUntil)
    this.#timers = Array.from(whole, (each, group) => {
      if (each !== 1) return undefined
      return tables.filter(isTimers).map((table) => [table, table.freeze(group)] as const)
    })
    this.#records = new RowRecords(this.#samplers, this.#overUntil, this.#builder.writer)
    this.#aside = Array(whole.length).fill(undefined)
    this.#work = this.#write()
    this.#sweep = this.#sweepTables()
    generations.next(this)
  }

  get built(): BuiltSegment | undefined {
    return this.#built
  }

  keep(cell: StoredCell): void {
    const { group } = cell
    if (group < this.#group || cell.value instanceof CachedItems || !this.#pends(cell)) return
    let aside = this.#aside[group]
    if (aside === undefined) {
      aside = { records: new RowRecords(this.#samplers, this.#overUntil), names: [] }
      this.#aside[group] = aside
    }
    try {
      const name = aside.records.cell(cell, this.whole[group] === 1)
      if (name !== undefined) aside.names.push(name)
    } catch (error) {
      // The snapshot fails and not the function that changes the cell.
      this.#failure = { error }
    }
  }

  /** True while this capture has yet to write the cell. */
  #pends(cell: StoredCell): boolean {
    if (cell.stamp > this.stamp) return false
    if (this.whole[cell.group] === 1) return cell.unsaved
    return cell.stamp === this.stamp && cell.listIndex >= 0
  }

  advance(budgetMs: number, now: () => number): boolean {
    const deadline = now() + budgetMs
    this.#cellsPerLook = budgetMs > 0 ? CELLS_PER_LOOK : 1
    while (this.#built === undefined) {
      if (this.#failure !== undefined) throw this.#failure.error
      try {
        this.#work.next()
      } catch (error) {
        // A generator that threw would seem to be at its end.
        this.#failure = { error }
        throw error
      }
      if (now() >= deadline) return false
    }
    while (this.#sweep !== undefined) {
      if (this.#sweep.next().done === true) this.#sweep = undefined
      else if (now() >= deadline) return false
    }
    return true
  }

  *#sweepTables(): Generator<void, void> {
    for (const table of this.#changes.keys()) if (table.age !== undefined) yield* table.sweep.run()
  }

  *#write(): Generator<void, void> {
    for (let group = 0; group < this.whole.length; group++) {
      this.#group = group
      this.#done = new Set()
      this.#records.unmark()
      this.#builder.beginGroup()
      const whole = this.whole[group] === 1
      // Where all of a group is written, cells say which rows are out of date; else the changes
      // are written in their order: what a cell says is newer than what left the cache.
      if (!whole) yield* this.#copyChangedRows(group)
      yield* this.#writeCells(group, whole)
      this.#copyAside(group)
      if (whole) {
        yield* this.#copyTimers(group)
        yield* this.#copyRows(group)
      }
      this.#builder.endGroup(this.#firstGroup + group, whole)
    }
    this.#group = this.whole.length
    const shapes = this.#samplers.map((each) => each?.shape() ?? null)
    this.#built = this.#builder.finish({ shapes })
    this.#view.close()
  }

  *#writeCells(group: number, whole: boolean): Generator<void, void> {
    let looked = 0
    for (const [table, changes] of this.#changes) {
      for (const cell of whole ? table.cellsOf(group) : (changes[group] ?? [])) {
        if (!cell.evicted && this.#pends(cell)) this.#visit(table, cell, whole)
        if (++looked >= this.#cellsPerLook) {
          looked = 0
          this.#count()
          yield
        }
      }
    }
    this.#count()
  }

  #visit(table: StoredTable, cell: StoredCell, whole: boolean): void {
    // An undated cell begins to age when the state is used, not here: that would be a change.
    const wasOver = this.#records.wasOver(table, cell.writtenAt)
    const name = this.#records.cell(cell, whole)
    if (name !== undefined) this.#done.add(name)
    cell.stamp = this.stamp + 1
    if (wasOver) table.remove(cell)
  }

  /** Takes over what was written aside. All cells were visited: no more can be for this group. */
  #copyAside(group: number): void {
    const aside = this.#aside[group]
    if (aside === undefined) return
    this.#aside[group] = undefined
    this.#builder.writer.raw(aside.records.writer.written())
    this.#builder.recordsWritten(aside.records.pending)
    this.#records.unmark()
    for (const name of aside.names) this.#done.add(name)
  }

  *#copyTimers(group: number): Generator<void, void> {
    let looked = 0
    for (const [table, frozen] of this.#timers[group] ?? []) {
      const places = frozen.places(this.#reader)
      while (places.advance()) {
        this.#records.timer(VALUE_RECORD, table, places.bytes, places.at, places.end)
        if (++looked % ROWS_PER_LOOK !== 0) continue
        this.#count()
        yield
      }
    }
    this.#count()
    this.#timers[group] = undefined
  }

  /** All rows of a group as they were, but for those that a cell spoke for. */
  *#copyRows(group: number): Generator<void, void> {
    // The tables of timers come first.
    const states = this.#tables.findIndex((table) => !isTimers(table))
    if (states < 0) return
    let start: Uint8Array | undefined = this.#rowKey(group, states)
    const end = this.#rowKey(group + 1, 0)
    while (start !== undefined) {
      start = this.#reader.scan(start, end, (bytes, keyAt, valueAt, valueEnd) => {
        const nameAt = keyAt + GROUP_BYTES
        if (this.#done.size > 0 && this.#done.has(rowText(bytes, nameAt, valueAt))) return
        const table = this.#table(bytes[nameAt])
        const value = this.#reader.readerAt(valueAt)
        this.#records.row(table, bytes, nameAt + 1, valueAt, value, valueEnd, false)
        this.#count()
      })
      yield
    }
  }

  /** The rows that changed and left the cache, as they were. */
  *#copyChangedRows(group: number): Generator<void, void> {
    let looked = 0
    for (const entries of this.#changed.of(group)) {
      while (entries.remaining > 0) {
        this.#copyChangedRow(group, entries)
        if (++looked % ROWS_PER_LOOK !== 0) continue
        this.#count()
        yield
      }
    }
    this.#count()
  }

  #copyChangedRow(group: number, entries: ByteReader): void {
    const { nameAt, nameEnd, change, valueAt, valueEnd } = readChangedRow(entries)
    const { bytes } = entries
    const table = this.#table(bytes[nameAt])
    if (change === 'value') {
      entries.position = valueAt
      this.#records.row(table, bytes, nameAt + 1, nameEnd, entries, valueEnd, true)
      entries.position = valueEnd
      return
    }
    if (change === 'gone') return this.#records.tombstone(table, bytes, nameAt + 1, nameEnd)
    const key = new ByteWriter(64)
    key.u32(GROUP_BYTES + nameEnd - nameAt)
    this.#writeGroup(key, group)
    key.raw(bytes.subarray(nameAt, nameEnd))
    this.#reader.multiGet(key, (_index, row, sizeBytes) => {
      if (row === undefined) this.#records.tombstone(table, bytes, nameAt + 1, nameEnd)
      else {
        const rowEnd = row.position + sizeBytes
        this.#records.row(table, bytes, nameAt + 1, nameEnd, row, rowEnd, true)
      }
    })
  }

  #rowKey(group: number, table: number): Uint8Array {
    const writer = new ByteWriter(16)
    this.#writeGroup(writer, group)
    writer.u8(table)
    return writer.copy()
  }

  #writeGroup(writer: ByteWriter, group: number): void {
    writer.u8((this.#firstGroup + group) >> 8)
    writer.u8((this.#firstGroup + group) & 0xff)
  }

  #table(index: number | undefined): RecordTable {
    const table = this.#tables[index ?? -1]
    assert(table !== undefined, `a row belongs to the table ${index}, which is none`)
    return table
  }

  #count(): void {
    const { pending } = this.#records
    this.#records.pending = 0
    if (pending > 0) this.#builder.recordsWritten(pending)
  }

  end(): void {
    this.#generations.end(this)
  }

  giveBack(): void {
    this.end()
    this.#view.close()
    for (const [table, changes] of this.#changes) {
      for (const cells of changes) for (const cell of cells ?? []) table.relist(cell)
    }
    this.#generations.changed.takeOver(this.#changed)
  }

  /** The segment is stored. */
  release(): void {
    this.#changed.drop()
  }
}
