// Loads stored segments into rows, one key group after the other: what the heap would hold of a
// group, read through schemas and migrations as the heap does, becomes its rows. Besides the
// segments, memory holds one group at a time.

import { type Key, keyFromMapKey, type StateSchemas } from '@sluice/core/internal'
import type { ByteWriter } from '../../network/codec/byte-writer.ts'
import { encodeKey } from '../../network/codec/key-codec.ts'
import { type Cell, type Entry, MapItem, REMOVED, UNDATED } from '../heap/cell.ts'
import type { TimerTimes } from '../heap/cell-content.ts'
import { ChangeTracker } from '../heap/change-tracker.ts'
import { HeapTable, itemsOf } from '../heap/heap-table.ts'
import { KeyContext } from '../heap/key-context.ts'
import { loadOpened, type OpenedSegment, openOverlapping } from '../heap/loading/segment-loader.ts'
import { convertTable } from '../heap/loading/table-conversion.ts'
import type { GroupSection, TableFacts } from '../segment/segment-format.ts'
import type { KeyGroupRange, SegmentRef } from '../state-backend.ts'
import type { Generations } from './generations.ts'
import { isTimers, type RecordTable, type TimerTable } from './rows/row-record.ts'
import { CONTAINER_ROW, DATED_ROW, PLAIN_ROW, type Rows, writeRowPrefix } from './rows/rows.ts'
import type { StoredTable } from './stored-table.ts'

/** Group and table are not part of a row's name but the table is. */
const NAME_AT = 2

export interface RowLoadTarget {
  readonly step: string
  readonly schemas: StateSchemas
  readonly rows: Rows
  readonly generations: Generations
  readonly range: KeyGroupRange
  readonly maxParallelism: number
  /** Stored states that nobody wants any more. */
  readonly dropped: readonly string[]
  /** The table that fits, made if need be; throws CHECKPOINT_INCOMPATIBLE. */
  tableFor(stored: TableFacts): RecordTable
}

interface LoadedSegment {
  readonly ref: SegmentRef
  readonly sections: readonly GroupSection[]
}

/**
 * Loads what concerns the range; tells whether it was written for exactly this range and is still
 * as the segments say.
 */
export function loadRows(
  segments: Iterable<{ readonly ref: SegmentRef; readonly bytes: Uint8Array }>,
  target: RowLoadTarget,
): { readonly own: boolean; readonly loaded: readonly LoadedSegment[] } {
  const { range, rows } = target
  const { opened, isOwn } = openOverlapping(segments, target)
  let own = isOwn
  for (let group = range.first; group <= range.last; group++) {
    const load = new GroupLoad(target, group)
    if (load.changes(opened)) own = false
  }
  rows.flush()
  return {
    own,
    loaded: opened.map(({ ref, segment }) => ({ ref, sections: segment.sections })),
  }
}

/** One key group on its way from segments to rows. */
class GroupLoad {
  readonly #target: RowLoadTarget
  readonly #group: number
  readonly #context: KeyContext
  readonly #tracker = new ChangeTracker<HeapTable>()
  readonly #tables = new Map<RecordTable, HeapTable>()
  #drops = false

  constructor(target: RowLoadTarget, group: number) {
    this.#target = target
    this.#group = group
    this.#context = new KeyContext({ first: group, last: group }, target.maxParallelism)
  }

  /** Loads the group; true when it is not as the segments say any more. */
  changes(opened: readonly OpenedSegment[]): boolean {
    const { step, schemas, maxParallelism } = this.#target
    const ofGroup = opened.filter(({ ref }) => {
      return ref.range.first <= this.#group && this.#group <= ref.range.last
    })
    const conversions = loadOpened(ofGroup, {
      step,
      schemas,
      maxParallelism,
      range: this.#context.range,
      tableFor: (facts) => this.#tableFor(facts),
    })
    // Segments that hold what was dropped are left behind, so that it never comes back.
    let changed = this.#drops
    for (const conversion of conversions) if (convertTable(conversion, step)) changed = true
    for (const [table, heap] of this.#tables) {
      this.#writeRows(table, heap)
      this.#nameRemoved(table, heap)
    }
    return changed
  }

  #tableFor(facts: TableFacts): HeapTable {
    if (facts.kind !== 'timers' && this.#target.dropped.includes(facts.name)) {
      this.#drops = true
      return new HeapTable(facts, 0, this.#context, this.#tracker)
    }
    const table = this.#target.tableFor(facts)
    let heap = this.#tables.get(table)
    if (heap === undefined) {
      heap = new HeapTable(facts, table.index, this.#context, this.#tracker)
      this.#tables.set(table, heap)
    }
    return heap
  }

  #writeRows(table: RecordTable, heap: HeapTable): void {
    const cells = heap.cursor(0)
    let owner: Entry | undefined
    for (let cell = cells.next(); cell !== undefined; cell = cells.next()) {
      if (isTimers(table)) {
        this.#putTimers(table, cell as Entry)
        continue
      }
      table.cells++
      if (cell instanceof MapItem && cell.owner !== owner) {
        owner = cell.owner
        this.#putContainer(table, heap, owner)
      }
      this.#put(table, heap, cell)
    }
  }

  #put(table: StoredTable, heap: HeapTable, cell: Cell): void {
    const { rows } = this.#target
    table.noteRows(entryOf(cell).namespace)
    const writer = rows.beginPut()
    this.#writeKey(writer, table, heap, cell)
    rows.beginValue()
    if (cell.writtenAt === UNDATED) writer.u8(PLAIN_ROW)
    else {
      writer.u8(DATED_ROW)
      writer.f64(cell.writtenAt)
    }
    heap.content.write(writer, cell.value)
    rows.endPut()
  }

  #putContainer(table: StoredTable, heap: HeapTable, owner: Entry): void {
    const { rows } = this.#target
    table.noteRows(owner.namespace)
    const writer = rows.beginPut()
    this.#writeKey(writer, table, heap, owner)
    rows.beginValue()
    writer.u8(CONTAINER_ROW)
    writer.varint(itemsOf(owner).size)
    rows.endPut()
  }

  #putTimers(table: TimerTable, entry: Entry): void {
    const times = entry.value as TimerTimes
    const key = keyFromMapKey(entry.mapKey)
    for (const time of typeof times === 'number' ? [times] : times) {
      table.load(this.#group, time, key, entry.namespace)
    }
  }

  /** What was dropped because it was over at the barrier is deleted in the next snapshot. */
  #nameRemoved(table: RecordTable, heap: HeapTable): void {
    const { rows, generations, range } = this.#target
    for (const [changes] of heap.takeChanges()) {
      for (const cell of changes?.cells ?? []) {
        if (cell.value !== REMOVED || isTimers(table)) continue
        table.hasTraces = true
        const writer = rows.beginPut()
        const start = writer.position
        this.#writeKey(writer, table, heap, cell)
        const name = writer.bytes.slice(start + NAME_AT, writer.position)
        rows.undo()
        generations.changed.addGone(this.#group - range.first, name, 0, name.length)
      }
    }
  }

  #writeKey(writer: ByteWriter, table: RecordTable, heap: HeapTable, cell: Cell): void {
    writeRowPrefix(writer, this.#group, table.index)
    const entry = entryOf(cell)
    const key: Key = keyFromMapKey(entry.mapKey)
    encodeKey(writer, key)
    if (heap.facts.namespaced) writer.f64(entry.namespace)
    if (cell !== entry) encodeKey(writer, keyFromMapKey(cell.mapKey))
  }
}

/** What names a cell, but for its key within a map. */
function entryOf(cell: Cell): Entry {
  return cell instanceof MapItem ? cell.owner : (cell as Entry)
}
