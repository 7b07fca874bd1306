// Loads stored segments into tables: only the key groups of the backend's own range, in the order
// of the segments, deletions of a section before its values. A group that a segment holds whole
// replaces what earlier segments said of it.

import {
  type KeyPart,
  mapKey,
  type Shape,
  SluiceError,
  type StateSchemas,
} from '@sluice/core/internal'
import type { ByteReader } from '../../../network/codec/byte-reader.ts'
import { damaged } from '../../../network/codec/byte-reader.ts'
import { decodeKey } from '../../../network/codec/key-codec.ts'
import type { GroupSection, TableFacts } from '../../segment/segment-format.ts'
import { TABLE_MARK, TOMBSTONE_RECORD, VALUE_RECORD } from '../../segment/segment-format.ts'
import { type OpenSegment, openSegment, readingSegment } from '../../segment/segment-reader.ts'
import { readingOf, storedVersion } from '../../segment/stored-schema.ts'
import type { KeyGroupRange, SegmentRef } from '../../state-backend.ts'
import { type Cell, type Entry, type MapItem, UNDATED } from '../cell.ts'
import { wasOver } from '../cell-age.ts'
import type { TimerTimes } from '../cell-content.ts'
import { type HeapTable, itemsOf } from '../heap-table.ts'
import { isRowKey } from '../rows/number-rows.ts'
import { convertTable, OldContent, type TableConversion } from './table-conversion.ts'

/** Where loaded records go. */
export interface LoadTarget {
  readonly step: string
  readonly range: KeyGroupRange
  readonly maxParallelism: number
  /** What the job declares of values, by state. */
  readonly schemas: StateSchemas
  /** The table that fits, made if need be; throws CHECKPOINT_INCOMPATIBLE. */
  tableFor(stored: TableFacts): HeapTable
}

/** A table of the backend, and how its records were stored. */
interface StoredTable {
  readonly table: HeapTable
  readonly facts: TableFacts
  /** The version of its values where it is older than the declared one. */
  readonly oldVersion: number | undefined
  /** What its values look like, where the segment says so. */
  readonly shape: Shape | undefined
}

export interface OpenedSegment {
  readonly ref: SegmentRef
  readonly segment: OpenSegment
}

/** A segment with the tables that its records go to. */
interface LoadingSegment extends OpenedSegment {
  readonly tables: readonly StoredTable[]
}

interface LoadedSegment {
  readonly ref: SegmentRef
  readonly sections: readonly GroupSection[]
}

/** Opens what overlaps a range; `isOwn` where all of it was written for exactly this range. */
export function openOverlapping(
  segments: Iterable<{ readonly ref: SegmentRef; readonly bytes: Uint8Array }>,
  { range, maxParallelism }: { readonly range: KeyGroupRange; readonly maxParallelism: number },
): { readonly opened: readonly OpenedSegment[]; readonly isOwn: boolean } {
  const opened: OpenedSegment[] = []
  let isOwn = true
  for (const { ref, bytes } of segments) {
    if (ref.range.last < range.first || ref.range.first > range.last) continue
    isOwn &&= ref.range.first === range.first && ref.range.last === range.last
    opened.push(openFor(ref, bytes, maxParallelism))
  }
  return { opened, isOwn }
}

/**
 * Loads what concerns the range; tells whether it was written for exactly this range and is still
 * as the segments say.
 */
export function loadSegments(
  segments: Iterable<{ readonly ref: SegmentRef; readonly bytes: Uint8Array }>,
  target: LoadTarget,
): { readonly own: boolean; readonly loaded: readonly LoadedSegment[] } {
  const { opened, isOwn } = openOverlapping(segments, target)
  let own = isOwn
  for (const conversion of loadOpened(opened, target)) {
    if (convertTable(conversion, target.step)) own = false
  }
  return {
    own,
    loaded: opened.map(({ ref, segment }) => ({ ref, sections: segment.sections })),
  }
}

/** Loads the records of opened segments; what is to be done with the tables then is left. */
export function loadOpened(
  opened: readonly OpenedSegment[],
  target: LoadTarget,
): Iterable<TableConversion> {
  const { range } = target
  const loading = opened.map((each) => withTables(each, target))
  loadRecords(loading, range)
  dropExpired(loading, range)
  return conversionsOf(loading, target)
}

function loadRecords(loading: readonly LoadingSegment[], range: KeyGroupRange): void {
  const wholeIn = lastWhole(loading)
  loading.forEach((each, index) => {
    for (const section of each.segment.sections) {
      const { group } = section
      if (group < range.first || group > range.last) continue
      if (index < (wholeIn.get(group) ?? 0)) continue
      readingSegment(each.ref.name, () => loadSection(each, section, group - range.first))
    }
  })
}

/**
 * What was over at the barrier stays so, whatever the clock says now. The newest segment of a key
 * group tells; the deletions belong to the next snapshot.
 */
function dropExpired(loading: readonly LoadingSegment[], range: KeyGroupRange): void {
  for (let group = range.first; group <= range.last; group++) {
    const newest = loading.findLast(
      ({ ref }) => ref.range.first <= group && group <= ref.range.last,
    )
    for (const { table, facts } of newest?.tables ?? []) {
      if (facts.overUntil === undefined) continue
      const cells = table.cursor(group - range.first)
      for (let cell = cells.next(); cell !== undefined; cell = cells.next()) {
        if (wasOver(cell.writtenAt, facts.overUntil)) table.remove(cell)
      }
    }
  }
}

/** How the tables that hold anything are to be read: as the strictest of their segments says. */
function conversionsOf(
  loading: readonly LoadingSegment[],
  { schemas, step }: LoadTarget,
): Iterable<TableConversion> {
  const conversions = new Map<HeapTable, TableConversion>()
  for (const { table, facts, shape } of loading.flatMap(({ tables }) => tables)) {
    if (table.cells === 0 || facts.kind === 'timers') continue
    const schema = schemas[facts.name]
    const reading = readingOf(facts, shape, schema, step)
    if (schema === undefined || reading === 'as-stored') continue
    const known = conversions.get(table)
    if (known?.reading === 'each') continue
    conversions.set(table, { table, schema, reading, shape: shape ?? known?.shape })
  }
  return conversions.values()
}

/** Opens a segment for a job with so many key groups. */
export function openFor(ref: SegmentRef, bytes: Uint8Array, keyGroups: number): OpenedSegment {
  const segment = openSegment(ref, bytes)
  const { maxParallelism } = segment.header
  if (maxParallelism === keyGroups) return { ref, segment }
  throw new SluiceError(
    'CHECKPOINT_INCOMPATIBLE',
    `The checkpoint was taken with maxParallelism ${maxParallelism}; the job now has ` +
      `${keyGroups}.`,
    { where: { step: ref.step }, hint: 'maxParallelism cannot change: set it back.' },
  )
}

function withTables({ ref, segment }: OpenedSegment, target: LoadTarget): LoadingSegment {
  const tables = segment.header.tables.map((facts, index): StoredTable => {
    const version = storedVersion(facts)
    const declared = facts.kind === 'timers' ? 1 : (target.schemas[facts.name]?.version ?? 1)
    return {
      facts,
      table: target.tableFor(facts),
      oldVersion: version < declared ? version : undefined,
      shape: segment.shapes[index] ?? undefined,
    }
  })
  return { ref, segment, tables }
}

/** By key group: the last segment that holds all of it; what earlier ones say is out of date. */
function lastWhole(loading: readonly LoadingSegment[]): Map<number, number> {
  const wholeIn = new Map<number, number>()
  loading.forEach(({ segment }, index) => {
    for (const { group, whole } of segment.sections) if (whole) wholeIn.set(group, index)
  })
  return wholeIn
}

function loadSection(
  { segment, tables }: LoadingSegment,
  section: GroupSection,
  group: number,
): void {
  const reader = segment.section(section)
  let stored: StoredTable | undefined
  let records = 0
  while (reader.remaining > 0) {
    const kind = reader.u8()
    if (kind === TABLE_MARK) {
      stored = tables[reader.varint()]
      continue
    }
    if (stored === undefined) throw damaged('a record belongs to no state')
    if (kind !== VALUE_RECORD && kind !== TOMBSTONE_RECORD) {
      throw damaged(`no record begins with the byte ${kind}`)
    }
    if (stored.facts.single === true) loadTimer(reader, group, stored, kind)
    else if (kind === VALUE_RECORD) loadValue(reader, group, stored)
    else loadTombstone(reader, group, stored)
    records++
  }
  if (records !== section.records) throw damaged(`${records} of ${section.records} records`)
}

function loadValue(reader: ByteReader, group: number, stored: StoredTable): void {
  const { table, facts, oldVersion } = stored
  const key = mapKey(decodeKey(reader))
  const namespace = facts.namespaced ? reader.f64() : 0
  const itemKey = facts.kind === 'map' ? mapKey(decodeKey(reader)) : undefined
  const writtenAt = facts.aged ? reader.f64() : UNDATED
  const content = table.content.read(reader)
  const value = oldVersion === undefined ? content : new OldContent(content, oldVersion)
  if (isRowKey(key)) {
    if (table.rows !== undefined) return table.rows.load(group, key, value as number)
    if (loadPlace(table, group, key, namespace, value)) return
  }
  const cell =
    itemKey === undefined
      ? entryWith(table, group, key, namespace, value)
      : itemWith(table, group, key, namespace, itemKey, value)
  cell.writtenAt = writtenAt
}

/** Loads a content without age where there may be a row for it. */
function loadContent(
  table: HeapTable,
  group: number,
  key: KeyPart,
  namespace: number,
  value: unknown,
): void {
  if (isRowKey(key) && loadPlace(table, group, key, namespace, value)) return
  entryWith(table, group, key, namespace, value)
}

/** Whether there is a row for it now. A place has a row or an entry, and never both. */
function loadPlace(
  table: HeapTable,
  group: number,
  key: number,
  namespace: number,
  value: unknown,
): boolean {
  if (table.places?.load(group, key, namespace, value) !== true) {
    table.places?.unload(group, key, namespace)
    return false
  }
  const entry = table.loaded(group, key, namespace)
  if (entry !== undefined) table.unload(entry)
  return true
}

function entryWith(
  table: HeapTable,
  group: number,
  key: KeyPart,
  namespace: number,
  value: unknown,
): Cell {
  const entry = table.loaded(group, key, namespace)
  if (entry === undefined) return table.load(group, key, namespace, value)
  entry.value = value
  return entry
}

function itemWith(
  table: HeapTable,
  group: number,
  key: KeyPart,
  namespace: number,
  itemKey: KeyPart,
  value: unknown,
): Cell {
  const owner: Entry =
    table.loaded(group, key, namespace) ??
    table.load(group, key, namespace, new Map<KeyPart, MapItem>())
  const item = itemsOf(owner).get(itemKey)
  if (item === undefined) return table.loadItem(owner, itemKey, value)
  item.value = value
  return item
}

/** A record that sets or deletes one timer, as backends with a row per timer write them. */
function loadTimer(reader: ByteReader, group: number, { table }: StoredTable, kind: number): void {
  const key = mapKey(decodeKey(reader))
  const namespace = reader.f64()
  const time = reader.f64()
  const entry = table.loaded(group, key, namespace)
  const inRow = isRowKey(key) ? table.places?.at(group, key, namespace) : undefined
  const others = timesOf(inRow ?? entry?.value).filter((each) => each !== time)
  const times = kind === VALUE_RECORD ? [...others, time] : others
  if (times.length > 0) loadContent(table, group, key, namespace, timerTimes(times))
  else if (inRow !== undefined) table.places?.unload(group, key as number, namespace)
  else if (entry !== undefined) table.unload(entry)
}

function timesOf(content: unknown): readonly number[] {
  if (content === undefined) return []
  return content instanceof Set ? [...(content as Set<number>)] : [content as number]
}

function timerTimes(times: readonly number[]): TimerTimes {
  return times.length === 1 ? (times[0] as number) : new Set(times)
}

function loadTombstone(reader: ByteReader, group: number, { table, facts }: StoredTable): void {
  const key = mapKey(decodeKey(reader))
  const namespace = facts.namespaced ? reader.f64() : 0
  if (isRowKey(key)) {
    if (table.rows !== undefined) return table.rows.unload(group, key)
    if (table.places?.unload(group, key, namespace) === true) return
  }
  const entry = table.loaded(group, key, namespace)
  if (facts.kind !== 'map') {
    if (entry !== undefined) table.unload(entry)
    return
  }
  const itemKey = mapKey(decodeKey(reader))
  const item = entry === undefined ? undefined : itemsOf(entry).get(itemKey)
  if (item !== undefined) table.unload(item)
}
