// What a backend held at one barrier, as far as a segment has to say it: all of some key groups,
// and what changed since the barrier before of the others. It is written in slices, group by group,
// while the state goes on changing; a cell that changes before its turn is written aside first, as
// bytes, so that a busy state leaves no objects to the garbage collector.
//
// Within a group, deletions come before values, those that were written aside included: a key may
// have been removed and added again, and then both records stand in the segment.

import { keyFromMapKey, SluiceError } from '@sluice/core/internal'
import { encodeKey } from '../../network/codec/key-codec.ts'
import type { ByteWriter } from '../../network/codec/byte-writer.ts'
import { LARGE_LIST_BYTES } from '../handle/large-list.ts'
import { type BuiltSegment, SegmentBuilder } from '../segment/segment-builder.ts'
import type { SegmentBuffers } from '../segment/segment-buffers.ts'
import { TABLE_MARK, TOMBSTONE_RECORD, VALUE_RECORD } from '../segment/segment-format.ts'
import type { SegmentHeader } from '../segment/segment-format.ts'
import { samplerFor } from '../segment/value-sampler.ts'
import { type Cell, Entry, MapItem, REMOVED } from './cell.ts'
import { wasOver } from './cell-age.ts'
import { type CellSource, ListedCells } from './cell-cursor.ts'
import type { Changes, ChangeTracker, PendingCapture } from './change-tracker.ts'
import { describeKey } from './describe-key.ts'
import type { ExpirySweep } from './expiry-sweep.ts'
import type { HeapTable } from './heap-table.ts'
import { RowCell } from './rows/row-cell.ts'
import type { CaptureInProgress } from './snapshot-series.ts'

/** The clock is looked at after so many cells or bytes. */
const CELLS_PER_LOOK = 256
const BYTES_PER_LOOK = 64 * 1024

/** Where records are written: the segment itself, or ahead of their turn aside. */
class Records {
  readonly writer: ByteWriter
  /** The table whose records come now. */
  marked: HeapTable | undefined = undefined
  /** Records that the segment does not hold yet. */
  pending = 0
  /** Bytes that the segment holds already. */
  copiedBytes = 0

  constructor(writer: ByteWriter) {
    this.writer = writer
  }
}

/** Each capture looks for expired cells in so small a part of a table. */
const SWEPT_PART = 8
/** Steps of the search that each capture takes in any case. */
const LEAST_STEPS = 1024

/** Cells of the group in progress that are looked at one after the other. */
interface Pass {
  readonly table: HeapTable
  readonly cells: CellSource
  readonly writes: 'removed' | 'present'
}

export class Capture implements PendingCapture<HeapTable>, CaptureInProgress {
  /** The stamp of cells that changed in the generation that the barrier ended. */
  readonly stamp: number
  /** By index of key group: 1 where all of the group is written. */
  readonly whole: Uint8Array
  readonly #tracker: ChangeTracker<HeapTable>
  readonly #changes: ReadonlyMap<HeapTable, readonly Changes[]>
  readonly #hasReturned: boolean
  readonly #firstGroup: number
  /** By index of key group: what was written ahead of its turn. */
  readonly #removedAside: (Records | undefined)[]
  readonly #presentAside: (Records | undefined)[]
  readonly #buffers: SegmentBuffers
  readonly #builder: SegmentBuilder
  readonly #records: Records
  /** By index of table: what its values look like. */
  readonly #samplers: readonly ReturnType<typeof samplerFor>[]
  /** By index of table: what was written up to here was over when the capture began. */
  readonly #overUntil: readonly (number | undefined)[]
  /** Where to look for expired cells, and how many steps. */
  readonly #sweeps: { readonly sweep: ExpirySweep; steps: number }[]
  /** The group in progress; -1 before the first. */
  #group = -1
  #passes: readonly Pass[] = []
  #pass = 0
  /** The first pass that writes values. */
  #firstPresent = 0
  /** A cell that could not be written aside: `advance` tells. */
  #failure: { readonly error: unknown } | undefined = undefined
  #built: BuiltSegment | undefined = undefined

  constructor(
    header: SegmentHeader,
    tables: readonly HeapTable[],
    tracker: ChangeTracker<HeapTable>,
    whole: Uint8Array,
    buffers: SegmentBuffers,
  ) {
    this.stamp = tracker.stamp
    this.whole = whole
    this.#tracker = tracker
    this.#hasReturned = tables.some((table) => table.hasReturned)
    this.#changes = new Map(tables.map((table) => [table, table.takeChanges()]))
    this.#firstGroup = header.first
    this.#removedAside = Array(whole.length).fill(undefined)
    this.#presentAside = Array(whole.length).fill(undefined)
    this.#buffers = buffers
    this.#builder = new SegmentBuilder(header, buffers)
    this.#records = new Records(this.#builder.writer)
    this.#samplers = tables.map(({ facts }) => samplerFor(facts.kind))
    this.#overUntil = header.tables.map(({ overUntil }) => overUntil)
    this.#sweeps = tables.flatMap(({ sweep, cells }) => {
      const steps = Math.max(LEAST_STEPS, Math.ceil((sweep?.round ?? 0) / SWEPT_PART))
      return sweep === undefined || cells === 0 ? [] : [{ sweep, steps }]
    })
  }

  /** The segment, once everything is written. */
  get built(): BuiltSegment | undefined {
    return this.#built
  }

  keep(table: HeapTable, cell: Cell): void {
    const { group } = cell
    if (group < this.#group || !this.#pends(cell)) return
    try {
      const isThere = !isRemoved(cell) && !wasOver(cell.writtenAt, this.#overUntil[table.index])
      if (isThere) this.#writeValue(this.#recordsOf(this.#presentAside, group), table, cell)
      else if (this.#awaitsRemovals(group)) {
        this.#writeTombstone(this.#recordsOf(this.#removedAside, group), table, cell)
      }
    } catch (error) {
      // The snapshot fails and not the function that changes the cell.
      this.#failure = { error }
    }
    cell.dirtyIndex = -1
  }

  /** True while this capture has yet to write the cell, or might have to. */
  #pends(cell: Cell): boolean {
    if (cell.stamp > this.stamp) return false
    return cell.stamp === this.stamp || this.#hasReturned || this.whole[cell.group] === 1
  }

  /** False where all of a group is written, and in the group in progress once that was done. */
  #awaitsRemovals(group: number): boolean {
    if (this.whole[group] === 1) return false
    return group > this.#group || this.#pass < this.#firstPresent
  }

  /** Writes until the deadline; true when all is written. A budget of 0 writes a single cell. */
  advance(budgetMs: number, now: () => number): boolean {
    const deadline = now() + budgetMs
    const cellsPerLook = budgetMs > 0 ? CELLS_PER_LOOK : 1
    if (this.#failure !== undefined) throw this.#failure.error
    while (this.#built === undefined) {
      if (!this.#writeSome(cellsPerLook)) this.#nextPass()
      else if (now() >= deadline) return false
    }
    while (this.#sweepSome(cellsPerLook)) if (now() >= deadline) return false
    return true
  }

  /** Looks for expired cells of tables that may be silent; false when it has looked enough. */
  #sweepSome(steps: number): boolean {
    const last = this.#sweeps.at(-1)
    if (last === undefined) return false
    last.sweep.step(Math.min(steps, last.steps))
    last.steps -= steps
    if (last.steps <= 0) this.#sweeps.pop()
    return true
  }

  /** Works on the pass in hand; false when there is nothing left in it. */
  #writeSome(cells: number): boolean {
    const pass = this.#passes[this.#pass]
    const limitBytes = this.#builder.sizeBytes + BYTES_PER_LOOK
    if (this.#pass === this.#firstPresent && this.#copyAside(this.#removedAside)) return true
    if (pass === undefined) return this.#copyAside(this.#presentAside)
    for (let i = 0; i < cells && this.#builder.sizeBytes < limitBytes; i++) {
      const cell = pass.cells.next()
      if (cell === undefined) return i > 0
      if (cell.stamp > this.stamp) continue
      this.#visit(pass, cell)
      pass.cells.written?.(cell)
    }
    return true
  }

  #nextPass(): void {
    if (this.#pass < this.#passes.length) {
      this.#pass++
      return
    }
    if (this.#group >= 0) this.#endGroup()
    this.#group++
    if (this.#group === this.whole.length) this.#built = this.#finish()
    else this.#beginGroup()
  }

  #finish(): BuiltSegment {
    return this.#builder.finish({ shapes: this.#samplers.map((each) => each?.shape() ?? null) })
  }

  #beginGroup(): void {
    const group = this.#group
    this.#passes = this.whole[group] === 1 ? this.#wholeGroup(group) : this.#changedGroup(group)
    this.#firstPresent = this.#passes.filter(({ writes }) => writes === 'removed').length
    this.#pass = 0
    this.#records.marked = undefined
    this.#builder.beginGroup()
  }

  #endGroup(): void {
    const group = this.#group
    this.#builder.endGroup(this.#firstGroup + group, this.whole[group] === 1)
    this.#endAsides(group)
  }

  #endAsides(group: number): void {
    for (const asides of [this.#removedAside, this.#presentAside]) {
      const records = asides[group]
      asides[group] = undefined
      if (records !== undefined) this.#buffers.endAside(records.writer)
    }
  }

  #wholeGroup(group: number): Pass[] {
    return [...this.#changes.keys()].flatMap((table) => {
      const rows = table.rows ?? table.places
      const sources = [table.cursor(group), ...(rows === undefined ? [] : [rows.cursor(group)])]
      return sources.map((cells): Pass => ({ table, cells, writes: 'present' }))
    })
  }

  #changedGroup(group: number): Pass[] {
    const removed: Pass[] = []
    const present: Pass[] = []
    for (const [table, generations] of this.#changes) {
      for (const changes of generations) {
        const list = changes[group]
        if (list === undefined) continue
        const sources: (() => CellSource)[] = [() => new ListedCells(list.cells)]
        const { rows, places } = table
        if (rows !== undefined) sources.push(() => rows.listed(group, list.places))
        const wasReturned = changes !== generations.at(-1)
        if (places !== undefined) sources.push(() => places.listed(group, list.places, wasReturned))
        for (const source of sources) {
          if (list.holdsRemoved) removed.push({ table, cells: source(), writes: 'removed' })
          present.push({ table, cells: source(), writes: 'present' })
        }
      }
    }
    return [...removed, ...present]
  }

  #visit(pass: Pass, cell: Cell): void {
    const { table } = pass
    if (pass.writes === 'removed') {
      if (isRemoved(cell)) this.#writeTombstone(this.#records, table, cell)
      else return
    } else if (isRemoved(cell)) {
      return
    } else if (wasOver(cell.writtenAt, this.#overUntil[table.index])) {
      this.#writeExpired(table, cell)
      return
    } else {
      this.#writeValue(this.#records, table, cell)
    }
    cell.stamp = this.stamp + 1
    cell.dirtyIndex = -1
  }

  /** An expired cell leaves the segment and the state. */
  #writeExpired(table: HeapTable, cell: Cell): void {
    if (this.whole[cell.group] !== 1) this.#writeTombstone(this.#records, table, cell)
    cell.stamp = this.stamp + 1
    cell.dirtyIndex = -1
    table.remove(cell)
  }

  /** Takes over what was written aside; more may be while the group is in progress. */
  #copyAside(asides: readonly (Records | undefined)[]): boolean {
    const aside = asides[this.#group]
    if (aside === undefined || aside.copiedBytes === aside.writer.position) return false
    const { writer, copiedBytes } = aside
    const end = Math.min(writer.position, copiedBytes + BYTES_PER_LOOK)
    this.#builder.writer.raw(writer.bytes.subarray(copiedBytes, end))
    this.#builder.recordsWritten(aside.pending)
    // What comes next must say again which table it belongs to.
    this.#records.marked = undefined
    aside.copiedBytes = end
    aside.pending = 0
    return true
  }

  #writeTombstone(records: Records, table: HeapTable, cell: Cell): void {
    mark(records, table)
    records.writer.u8(TOMBSTONE_RECORD)
    writePlace(records.writer, table, cell)
    this.#written(records)
  }

  #writeValue(records: Records, table: HeapTable, cell: Cell): void {
    mark(records, table)
    const { writer } = records
    const start = writer.position
    try {
      writer.u8(VALUE_RECORD)
      writePlace(writer, table, cell)
      if (table.aged) writer.f64(cell.writtenAt)
      const contentStart = writer.position
      if (cell instanceof RowCell) writeRow(writer, table, cell)
      else table.content.write(writer, cell.value)
      const sizeBytes = writer.position - contentStart
      if (sizeBytes >= LARGE_LIST_BYTES) {
        table.large?.(sizeBytes, keyFromMapKey((cell as Entry).mapKey))
      }
    } catch (error) {
      writer.position = start
      throw notStorable(error, table, cell)
    }
    this.#samplers[table.index]?.seeCell(cell)
    table.writtenBytes += writer.position - start
    table.writtenRecords++
    this.#written(records)
  }

  #written(records: Records): void {
    if (records === this.#records) this.#builder.recordsWritten(1)
    else records.pending++
  }

  /** What was written aside for a group, begun if need be. */
  #recordsOf(asides: (Records | undefined)[], group: number): Records {
    const records = asides[group] ?? new Records(this.#buffers.takeAside())
    asides[group] = records
    return records
  }

  end(): void {
    this.#tracker.end(this)
  }

  release(hasOtherWrites: boolean): void {
    if (!hasOtherWrites) this.#builder.release()
    for (const [table, changes] of this.#changes) table.reuse(changes)
  }

  /** Gives the changes back to the tables: the next capture saves them. */
  giveBack(): void {
    this.end()
    for (let group = 0; group < this.whole.length; group++) this.#endAsides(group)
    for (const [table, changes] of this.#changes) table.returnChanges(changes)
  }
}

/** Asks no row for its value, which would be made for it. */
function isRemoved(cell: Cell): boolean {
  return cell instanceof RowCell ? cell.length < 0 : cell.value === REMOVED
}

function writeRow(writer: ByteWriter, table: HeapTable, { numbers, at, length }: RowCell): void {
  table.content.writeRow(writer, numbers, at, length)
}

function mark(records: Records, table: HeapTable): void {
  if (records.marked === table) return
  records.marked = table
  records.writer.u8(TABLE_MARK)
  records.writer.varint(table.index)
}

/** Key, namespace and key within a map. */
function writePlace(writer: ByteWriter, table: HeapTable, cell: Cell): void {
  const entry = cell instanceof MapItem ? cell.owner : (cell as Entry)
  encodeKey(writer, keyFromMapKey(entry.mapKey))
  if (table.facts.namespaced) writer.f64(entry.namespace)
  if (cell !== entry) encodeKey(writer, keyFromMapKey(cell.mapKey))
}

function notStorable(error: unknown, table: HeapTable, cell: Cell): unknown {
  if (!(error instanceof SluiceError)) return error
  const entry = cell instanceof MapItem ? cell.owner : cell
  const key = describeKey(keyFromMapKey(entry.mapKey))
  return new SluiceError(
    error.code,
    `The state '${table.facts.name}' of the key ${key} cannot be saved: ${error.message}`,
    { where: error.where, cause: error, ...(error.hint === undefined ? {} : { hint: error.hint }) },
  )
}
