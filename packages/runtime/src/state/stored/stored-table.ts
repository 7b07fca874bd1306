// One declared state of a stored backend: cells of the rows that were used lately, and the rows
// themselves. What a cell says counts; a row says the same or is out of date, and is written when
// its cell leaves the cache. Every change of a cell passes through here, so that each is tracked.

import { type KeyPart, keyFromMapKey } from '@sluice/core/internal'
import type { ByteReader } from '../../network/codec/byte-reader.ts'
import type { ByteWriter } from '../../network/codec/byte-writer.ts'
import { flattenString } from '../../network/codec/flatten.ts'
import { encodeFewNumbers } from '../../network/codec/value-codec.ts'
import { encodeKey } from '../../network/codec/key-codec.ts'
import type { EntryTable } from '../handle/entry-table.ts'
import type { LargeListListener } from '../handle/large-list.ts'
import { REMOVED, UNDATED } from '../heap/cell.ts'
import type { CellAge } from '../heap/cell-age.ts'
import { type CellContent, contentOf } from '../heap/cell-content.ts'
import type { KeyContext } from '../heap/key-context.ts'
import type { TableFacts } from '../segment/segment-format.ts'
import { cellBytes, contentBytes } from './cache/cell-bytes.ts'
import type { CellCache } from './cache/cell-cache.ts'
import { CellIndex, inSlot } from './cache/cell-index.ts'
import { ExpectedCells } from './cache/expected-cells.ts'
import { RecentNamespaces } from './cache/recent-namespaces.ts'
import { CachedItems, isEmptyMap, leaveItems, StoredCell } from './cache/stored-cell.ts'
import { WrittenRows } from './cache/written-rows.ts'
import type { Generations } from './generations.ts'
import { notStorable } from './not-storable.ts'
import { RowSweep } from './row-sweep.ts'
import {
  CONTAINER_ROW,
  DATED_ROW,
  PLAIN_ROW,
  ROW_PREFIX_BYTES,
  type Rows,
  writeRowPrefix,
} from './rows/rows.ts'

/** What the tables of a backend share. */
export interface TableServices {
  readonly context: KeyContext
  readonly generations: Generations
  readonly cache: CellCache
  readonly rows: Rows
  /** The key of a row that is looked up. */
  readonly keyWriter: ByteWriter
  /** Memory of a filter of written rows; a table has one for each of its latest namespaces. */
  readonly filterBytes: number
  /** True while timers fire: what they use says nothing of the records to come. */
  firing: boolean
}

/** The name of a row in lists of changes is its key behind the group. */
const NAME_AT = 2

/** Cells that changed in a generation, by index of key group. */
export type ChangedCells = (StoredCell[] | undefined)[]

export class StoredTable implements EntryTable<StoredCell> {
  facts: TableFacts
  readonly content: CellContent
  /** Index in the headers of segments, and part of the keys of rows. */
  readonly index: number
  readonly holdsItems: boolean
  /** Live cells. */
  cells = 0
  /** Bytes and count of rows that were written, for an estimate of size. */
  writtenBytes = 0
  writtenRecords = 0
  /** Of a list: told by snapshots of those that are large. */
  large: LargeListListener | undefined = undefined
  /** Records hold the time of the last write. */
  aged: boolean
  /** The namespaces that records use. */
  readonly recent = new RecentNamespaces()
  /** What was looked up ahead. */
  readonly expected = new ExpectedCells()
  readonly services: TableServices
  /** Rows, or names of changed rows, may stand for cells that are not in the cache. */
  hasTraces = false
  /** What is not in the cache, and was never written, does not exist. */
  readonly #written: WrittenRows
  /** Finds expired rows that nobody meets. */
  readonly sweep: RowSweep
  readonly #cached: CellIndex
  /** Of windows: what a user keeps himself is searched for names that an array has. */
  readonly #keepsAggregates: boolean
  readonly #firstGroup: number
  readonly #groups: number
  #age: CellAge | undefined = undefined
  #changes: ChangedCells
  #current: StoredCell | undefined = undefined
  #currentVersion = -1

  constructor(facts: TableFacts, index: number, services: TableServices) {
    const { first, last } = services.context.range
    this.facts = facts
    this.index = index
    this.services = services
    this.sweep = new RowSweep(this)
    this.content = contentOf(facts.kind)
    this.#written = new WrittenRows(services.filterBytes)
    this.holdsItems = facts.kind === 'map'
    this.#keepsAggregates = facts.kind !== 'list' && facts.namespaced
    this.aged = facts.aged
    this.#firstGroup = first
    this.#groups = last - first + 1
    this.#cached = new CellIndex(this.#groups)
    this.#changes = Array(this.#groups).fill(undefined)
  }

  get age(): CellAge | undefined {
    return this.#age
  }

  /** Set when the state is declared; from then on it decides whether records hold their age. */
  set age(age: CellAge | undefined) {
    this.#age = age
    this.aged = age !== undefined
  }

  /** The cell of the key and namespace in hand, whether or not it holds anything. */
  cell(): StoredCell {
    const current = this.#current
    if (
      current !== undefined &&
      this.services.context.version === this.#currentVersion &&
      !current.evicted
    ) {
      return current
    }
    return this.#seek()
  }

  #seek(): StoredCell {
    const { context } = this.services
    const group = context.group()
    if (group < 0 || group >= this.#groups) context.assertOwn()
    const namespace = this.facts.namespaced ? context.namespace : 0
    if (this.facts.namespaced && !this.services.firing) this.recent.note(namespace)
    const cell =
      this.expected.take(context.mapKey, namespace) ??
      this.#cached.find(group, context.mapKey, namespace) ??
      this.#takeIn(context.mapKey, namespace, group)
    cell.referenced = true
    this.#current = cell
    this.#currentVersion = context.version
    return cell
  }

  #takeIn(mapKey: KeyPart, namespace: number, group: number): StoredCell {
    this.makeRoom()
    const cell = this.#newCell(mapKey, namespace, group)
    this.#load(cell)
    this.#cached.add(cell, this.#cached.slotOf(group, mapKey))
    return cell
  }

  /** Before a cell is added, so that the cell itself is not what leaves. */
  makeRoom(): void {
    const { cache, rows } = this.services
    if (!cache.full) return
    try {
      cache.makeRoom()
    } finally {
      // One cell that cannot be written keeps no row of another one from being found.
      rows.flush()
    }
  }

  #newCell(mapKey: KeyPart, namespace: number, group: number): StoredCell {
    const key = typeof mapKey === 'string' ? flattenString(mapKey) : mapKey
    return new StoredCell(this, key, namespace, group, undefined)
  }

  /** The cell of a place; a new one, which has no size yet, is for a row about to be read. */
  reserve(mapKey: KeyPart, namespace: number, group: number): StoredCell {
    const slot = this.#cached.slotOf(group, mapKey)
    const cached = slot === undefined ? undefined : inSlot(slot, namespace)
    if (cached !== undefined) {
      cached.referenced = true
      return cached
    }
    const cell = this.#newCell(mapKey, namespace, group)
    this.#cached.add(cell, slot)
    return cell
  }

  /** True where a row of the namespace may exist. */
  mayHaveRows(namespace: number): boolean {
    return this.#written.mayHold(namespace)
  }

  /** True where the row of a cell may exist; its key, from `keyAt` on, was written last. */
  mayHaveRow({ namespace }: StoredCell, { bytes, position }: ByteWriter, keyAt: number): boolean {
    return this.#written.mayHoldRow(namespace, bytes, keyAt + ROW_PREFIX_BYTES, position)
  }

  /** Rows of the namespace and of those before it may exist. */
  noteRows(namespace: number): void {
    this.hasTraces = true
    this.#written.noteAny(namespace)
  }

  /** The row of a cell is written. */
  #noteRow({ namespace }: StoredCell, bytes: Uint8Array, keyAt: number, keyEnd: number): void {
    // Without namespaces all rows of the state would be in one filter; a map has rows of its items.
    if (!this.facts.namespaced || this.holdsItems) return this.noteRows(namespace)
    this.hasTraces = true
    this.#written.noteRow(namespace, bytes, keyAt + ROW_PREFIX_BYTES, keyEnd)
  }

  #load(cell: StoredCell): void {
    const { keyWriter, rows } = this.services
    if (!this.mayHaveRows(cell.namespace)) {
      this.fill(cell, undefined)
      return
    }
    keyWriter.reset()
    this.writeRowKey(keyWriter, cell)
    const mayExist = this.mayHaveRow(cell, keyWriter, 0)
    this.fill(cell, mayExist ? rows.reader.get(keyWriter.written()) : undefined)
  }

  /** Gives a new cell what its row holds. */
  fill(cell: StoredCell, row: ByteReader | undefined): void {
    if (row !== undefined) {
      cell.stored = true
      const kind = row.u8()
      if (kind === DATED_ROW) cell.writtenAt = row.f64()
      cell.value = kind === CONTAINER_ROW ? new CachedItems(row.varint()) : this.content.read(row)
    } else if (this.holdsItems && cell.owner === undefined) {
      cell.value = new CachedItems(0)
    }
    this.services.cache.add(cell, cellBytes(cell))
  }

  current(): StoredCell | undefined {
    const cell = this.cell()
    if (cell.value === REMOVED) return undefined
    if (this.#age !== undefined && this.expired(cell)) {
      this.remove(cell)
      return undefined
    }
    return cell
  }

  read(): StoredCell | undefined {
    const cell = this.current()
    if (cell !== undefined && this.#age?.readsRefresh === true) this.renew(cell)
    return cell
  }

  /** A read makes a cell young again. */
  renew(cell: StoredCell): void {
    const now = this.#age?.date() ?? UNDATED
    // After the clock went back as well: or it would be shown until the old time comes again.
    if (now === cell.writtenAt || now === UNDATED) return
    this.#touch(cell)
    cell.writtenAt = now
  }

  add(value: unknown): void {
    this.put(this.cell(), value)
  }

  write(cell: StoredCell, value: unknown): void {
    this.put(cell, value)
  }

  /** Gives a cell a value, whether or not it has one. */
  put(cell: StoredCell, value: unknown): void {
    this.#touch(cell)
    if (cell.value === REMOVED) this.#count(cell, 1)
    cell.value = value
    if (this.#age !== undefined) cell.writtenAt = this.#age.date()
    this.services.cache.resize(cell, cellBytes(cell))
  }

  willGrow(cell: StoredCell, added: unknown): void {
    this.#touch(cell)
    if (this.#age !== undefined) cell.writtenAt = this.#age.date()
    this.services.cache.resize(cell, cell.sizeBytes + contentBytes(added))
  }

  remove(cell: StoredCell): void {
    if (cell.value === REMOVED) return
    this.#touch(cell)
    this.#count(cell, -1)
    cell.value = REMOVED
    cell.unsaved = cell.stored
    cell.referenced = false
    if (cell.absentBefore) this.#unlist(cell)
    if (cell.unsaved || cell.listIndex >= 0) this.services.cache.resize(cell, cellBytes(cell))
    else this.#leave(cell)
  }

  #count({ owner }: StoredCell, by: number): void {
    this.cells += by
    if (owner === undefined) return
    const items = owner.value as CachedItems
    items.count += by
    owner.unsaved = true
  }

  #touch(cell: StoredCell): void {
    const { pending, stamp } = this.services.generations
    if (cell.stamp !== stamp) {
      for (const capture of pending) capture.keep(cell)
      cell.stamp = stamp
      cell.absentBefore = cell.value === REMOVED
      cell.listIndex = -1
    }
    if (cell.listIndex < 0) {
      const list = (this.#changes[cell.group] ??= [])
      cell.listIndex = list.length
      list.push(cell)
    }
    cell.unsaved = true
  }

  /** Takes a cell out of the list of the present generation. */
  #unlist(cell: StoredCell): void {
    const list = this.#changes[cell.group]
    if (list === undefined || cell.listIndex < 0) return
    const last = list.pop() as StoredCell
    if (last !== cell) {
      list[cell.listIndex] = last
      last.listIndex = cell.listIndex
    }
    cell.listIndex = -1
  }

  /** Lists a cell, whose change a failed snapshot would have saved, as changed now. */
  relist(cell: StoredCell): void {
    if (cell.evicted) this.#nameRow(cell)
    else {
      const { unsaved } = cell
      this.#touch(cell)
      cell.unsaved = unsaved
      cell.absentBefore = false
    }
  }

  /** True when a cell lived longer than the TTL. An undated cell starts to age when it is met. */
  expired(cell: StoredCell): boolean {
    if (cell.writtenAt === UNDATED && this.beginsToAge) {
      // That is a change: a cell that leaves the cache would begin again and again.
      this.#touch(cell)
      cell.writtenAt = this.#age?.date() ?? UNDATED
    }
    return this.expiredSince(cell.writtenAt)
  }

  /** An undated cell that is met now starts to age: there is a TTL, and its clock stands. */
  get beginsToAge(): boolean {
    return this.#age !== undefined && this.#age.date() !== UNDATED
  }

  expiredSince(writtenAt: number): boolean {
    return this.#age !== undefined && this.#age.isOver(writtenAt)
  }

  /** Hands over all changes of cells since the last time. */
  takeChanges(): ChangedCells {
    const taken = this.#changes
    this.#changes = Array(this.#groups).fill(undefined)
    return taken
  }

  /** All cached cells of a key group, items of maps included. */
  *cellsOf(group: number): Generator<StoredCell> {
    for (const cell of this.#cached.cellsOf(group)) {
      if (cell.value instanceof CachedItems) yield* cell.value.cells.values()
      else yield cell
    }
  }

  /** The bytes that name a cell, in rows and in segments alike. */
  writePlace(writer: ByteWriter, cell: StoredCell): void {
    const entry = cell.owner ?? cell
    encodeKey(writer, keyFromMapKey(entry.mapKey))
    if (this.facts.namespaced) writer.f64(entry.namespace)
    if (entry !== cell) encodeKey(writer, keyFromMapKey(cell.mapKey))
  }

  writeRowKey(writer: ByteWriter, cell: StoredCell): void {
    writeRowPrefix(writer, this.#firstGroup + cell.group, this.index)
    this.writePlace(writer, cell)
  }

  /**
   * A cell leaves the cache; false where it has to stay. Its row is written if need be, and
   * captures that still need it get it now.
   */
  evict(cell: StoredCell): boolean {
    if (cell.value instanceof CachedItems && cell.value.cells.size > 0) return false
    const { generations } = this.services
    for (const capture of generations.pending) capture.keep(cell)
    // First what may fail: a cell that cannot be written stays, and stays listed.
    const changed = cell.stamp === generations.stamp && cell.listIndex >= 0
    if (cell.unsaved) this.#writeRow(cell, changed)
    else if (changed) this.#nameRow(cell)
    if (changed) this.#unlist(cell)
    this.#unlink(cell)
    return true
  }

  /** What came and went without a trace need not stay until there is no room. */
  #leave(cell: StoredCell): void {
    this.#unlink(cell)
    this.services.cache.drop(cell)
  }

  #unlink(cell: StoredCell): void {
    cell.evicted = true
    const { owner } = cell
    if (owner === undefined) this.#cached.remove(cell)
    else leaveItems(owner.value as CachedItems, cell)
  }

  /** Lists the row of a cell, which is up to date, with the changes of the present generation. */
  #nameRow(cell: StoredCell): void {
    const { generations, keyWriter } = this.services
    this.hasTraces = true
    keyWriter.reset()
    this.writeRowKey(keyWriter, cell)
    generations.changed.addName(cell.group, keyWriter.bytes, NAME_AT, keyWriter.position)
  }

  /** Brings the row of a cell up to date; no capture may be under way that still needs the cell. */
  save(cell: StoredCell): void {
    this.#writeRow(cell, false)
    cell.unsaved = false
    cell.stored = cell.value !== REMOVED && !isEmptyMap(cell)
  }

  /** Brings the row of a cell up to date; one that `changed` is listed with what it says now. */
  #writeRow(cell: StoredCell, changed: boolean): void {
    const { generations, rows } = this.services
    if (cell.value === REMOVED || isEmptyMap(cell)) {
      this.#deleteRow(cell, changed)
      return
    }
    const writer = rows.beginPut()
    const start = writer.position
    let valueAt: number
    try {
      this.writeRowKey(writer, cell)
      rows.beginValue()
      valueAt = writer.position
      this.#writeRowValue(writer, cell)
    } catch (error) {
      rows.undo()
      throw notStorable(error, cell)
    }
    const { bytes, position: end } = writer
    this.writtenBytes += end - start
    this.writtenRecords++
    this.#noteRow(cell, bytes, start, valueAt)
    rows.endPut()
    // The bytes of a batch stay until the next row is begun.
    if (changed) {
      generations.changed.addValue(cell.group, bytes, start + NAME_AT, valueAt, valueAt, end)
    }
  }

  #deleteRow(cell: StoredCell, changed: boolean): void {
    const { generations, keyWriter, rows } = this.services
    if (!cell.stored && !changed) return
    keyWriter.reset()
    this.writeRowKey(keyWriter, cell)
    if (cell.stored) rows.delete(keyWriter.written())
    if (!changed) return
    this.hasTraces = true
    generations.changed.addGone(cell.group, keyWriter.bytes, NAME_AT, keyWriter.position)
  }

  #writeRowValue(writer: ByteWriter, cell: StoredCell): void {
    if (cell.value instanceof CachedItems) {
      writer.u8(CONTAINER_ROW)
      writer.varint(cell.value.count)
      return
    }
    if (cell.writtenAt === UNDATED) writer.u8(PLAIN_ROW)
    else {
      writer.u8(DATED_ROW)
      writer.f64(cell.writtenAt)
    }
    if (this.#keepsAggregates && encodeFewNumbers(writer, cell.value)) return
    this.content.write(writer, cell.value)
  }
}
