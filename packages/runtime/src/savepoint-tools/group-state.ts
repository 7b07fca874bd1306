// All that a step holds in one key group: the sections of its segments laid over each other, from
// the last one that holds the group whole. This is the most that a reader keeps in memory.

import { type Key, type KeyPart, mapKey } from '@sluice/core/internal'
import { type ByteReader, damaged } from '../network/codec/byte-reader.ts'
import { decodeKey } from '../network/codec/key-codec.ts'
import { UNDATED } from '../state/heap/cell.ts'
import { wasOver } from '../state/heap/cell-age.ts'
import { contentOf } from '../state/heap/cell-content.ts'
import {
  TABLE_MARK,
  type TableFacts,
  TOMBSTONE_RECORD,
  VALUE_RECORD,
} from '../state/segment/segment-format.ts'
import { readingSegment } from '../state/segment/segment-reader.ts'
import { type IndexedSegment, readSection } from './segment-index.ts'
import type { SegmentFolder } from './segment-files.ts'

/** What is stored for a key and namespace, or of one item of a map. */
export interface StoredCell {
  readonly key: Key
  readonly namespace: number
  /** Of an item of a map: its key there. */
  readonly itemKey: Key | undefined
  readonly value: unknown
  /** By the clock of its life time; 0: not known, or it lives for ever. */
  readonly writtenAt: number
}

/** A state, or the timers of one domain, within the group. */
export interface StoredTable {
  /** As the newest segment says. */
  facts: TableFacts
  /** By key, namespace and item: as text, for they are compared and nothing else. */
  readonly cells: Map<string, StoredCell>
}

export class GroupState {
  readonly group: number
  readonly #tables = new Map<string, StoredTable>()

  constructor(group: number) {
    this.group = group
  }

  /** In the order in which the segments name them. */
  get tables(): readonly StoredTable[] {
    return [...this.#tables.values()]
  }

  /** What the group holds of a table, however the newest segment describes that. */
  cellsOf(facts: TableFacts): readonly StoredCell[] {
    return [...(this.#tables.get(tableName(facts))?.cells.values() ?? [])]
  }

  apply(reader: ByteReader, tables: readonly TableFacts[], records: number): void {
    let table: StoredTable | undefined
    let read = 0
    while (reader.remaining > 0) {
      const kind = reader.u8()
      if (kind === TABLE_MARK) {
        table = this.#table(tables[reader.varint()])
        continue
      }
      if (table === undefined) throw damaged('a record belongs to no state')
      if (kind !== VALUE_RECORD && kind !== TOMBSTONE_RECORD) {
        throw damaged(`no record begins with the byte ${kind}`)
      }
      if (table.facts.single === true) putTimer(reader, table, kind)
      else if (kind === VALUE_RECORD) putValue(reader, table)
      else table.cells.delete(readPlace(reader, table.facts).name)
      read++
    }
    if (read !== records) throw damaged(`${read} of ${records} records`)
  }

  /**
   * Takes out what was over at the barrier, as the newest segment tells: a life time goes on to
   * end while nothing is written.
   */
  dropExpired(tables: readonly TableFacts[]): void {
    for (const facts of tables) {
      const { overUntil } = facts
      if (overUntil === undefined) continue
      const { cells } = this.#tables.get(tableName(facts)) ?? {}
      for (const [place, { writtenAt }] of cells ?? []) {
        if (wasOver(writtenAt, overUntil)) cells?.delete(place)
      }
    }
  }

  #table(facts: TableFacts | undefined): StoredTable {
    if (facts === undefined) throw damaged('a record belongs to no state')
    const name = tableName(facts)
    const known = this.#tables.get(name)
    if (known !== undefined) {
      known.facts = facts
      return known
    }
    const table = { facts, cells: new Map<string, StoredCell>() }
    this.#tables.set(name, table)
    return table
  }
}

/** A state may have the name of a domain of timers. */
export function tableName({ kind, name }: TableFacts): string {
  return `${kind === 'timers' ? 'timers' : 'state'} ${name}`
}

/** Reads a group from the segments that may say something of it, oldest first. */
export async function readGroup(
  folder: SegmentFolder,
  segments: readonly IndexedSegment[],
  group: number,
): Promise<GroupState> {
  const state = new GroupState(group)
  const start = segments.findLastIndex(({ sections }) => sections.get(group)?.whole === true)
  for (const segment of segments.slice(Math.max(0, start))) {
    const section = segment.sections.get(group)
    if (section === undefined) continue
    const reader = await readSection(folder, segment, section)
    readingSegment(segment.ref.name, () => {
      state.apply(reader, segment.header.tables, section.records)
    })
  }
  state.dropExpired(segments.at(-1)?.header.tables ?? [])
  return state
}

interface Place {
  readonly name: string
  readonly key: Key
  readonly namespace: number
  readonly itemKey: Key | undefined
}

function readPlace(reader: ByteReader, facts: TableFacts): Place {
  const key = decodeKey(reader)
  const namespace = facts.namespaced ? reader.f64() : 0
  const itemKey = facts.kind === 'map' ? decodeKey(reader) : undefined
  return { name: placeName(key, namespace, itemKey), key, namespace, itemKey }
}

function putValue(reader: ByteReader, { facts, cells }: StoredTable): void {
  const { name, key, namespace, itemKey } = readPlace(reader, facts)
  const writtenAt = facts.aged ? reader.f64() : UNDATED
  const value = contentOf(facts.kind).read(reader)
  cells.set(name, { key, namespace, itemKey, value, writtenAt })
}

/** A record that sets or deletes one time: the cell is of all that are set. */
function putTimer(reader: ByteReader, { facts, cells }: StoredTable, kind: number): void {
  const place = readPlace(reader, facts)
  const time = reader.f64()
  const known = cells.get(place.name)
  const others = (known === undefined ? [] : timesOf(known)).filter((each) => each !== time)
  const times = kind === VALUE_RECORD ? [...others, time] : others
  const [first] = times
  if (first === undefined) cells.delete(place.name)
  else {
    const value = times.length === 1 ? first : new Set(times)
    cells.set(place.name, { ...place, value, writtenAt: UNDATED })
  }
}

/** The times of a cell of timers. */
export function timesOf({ value }: StoredCell): readonly number[] {
  return typeof value === 'number' ? [value] : [...(value as ReadonlySet<number>)]
}

/** Different for every place of a table. */
export function placeName(key: Key, namespace: number, itemKey: Key | undefined): string {
  const item = itemKey === undefined ? '' : part(mapKey(itemKey))
  return `${part(mapKey(key))} ${namespace} ${item}`
}

function part(key: KeyPart): string {
  const text = String(key)
  return `${typeof key} ${text.length} ${text}`
}
