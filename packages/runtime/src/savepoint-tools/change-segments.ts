// Changes of a step as segments, one for each range of key groups that the snapshot's subtasks
// owned. They lie on top of what is there, so everything else stays as it was stored.

import { type Key, keyGroupRange, mapKey, subtaskOf } from '@sluice/core/internal'
import { encodeKey } from '../network/codec/key-codec.ts'
import { VALUE_FORMAT_VERSION } from '../network/codec/value-codec.ts'
import type { StepSnapshot } from '../checkpoint/protocol/log/entry.ts'
import { contentOf } from '../state/heap/cell-content.ts'
import { type BuiltSegment, SegmentBuilder } from '../state/segment/segment-builder.ts'
import {
  type SegmentHeader,
  TABLE_MARK,
  type TableFacts,
  TOMBSTONE_RECORD,
  VALUE_RECORD,
} from '../state/segment/segment-format.ts'
import { samplerFor } from '../state/segment/value-sampler.ts'
import type { KeyGroupRange } from '../state/state-backend.ts'
import {
  type GroupState,
  placeName,
  readGroup,
  type StoredCell,
  tableName,
  timesOf,
} from './group-state.ts'
import type { SegmentFolder } from './segment-files.ts'
import { type IndexedSegment, indexSegment } from './segment-index.ts'
import type { GroupChanges, StateChanges } from './state-changes.ts'

/** A segment of changes, built and not stored yet. */
export interface ChangeSegment {
  readonly subtask: number
  readonly range: KeyGroupRange
  /** `base` where nothing lies below. */
  readonly kind: 'base' | 'delta'
  readonly built: BuiltSegment
}

/** A record that is to be written; without `content` a deletion. */
interface ChangedRecord {
  readonly key: Key
  readonly namespace: number
  readonly itemKey?: Key | undefined
  readonly content?: { readonly value: unknown }
  readonly writtenAt: number
}

/** Builds one segment after the other. */
export async function* changeSegments(
  changes: StateChanges,
  snapshot: StepSnapshot,
  maxParallelism: number,
  folder: SegmentFolder,
): AsyncGenerator<ChangeSegment> {
  const { parallelism } = snapshot
  const bySubtask = Map.groupBy(changes.groups, ([group]) =>
    subtaskOf(group, parallelism, maxParallelism),
  )
  for (const [subtask, groups] of bySubtask) {
    const range = keyGroupRange(subtask, parallelism, maxParallelism)
    const below: IndexedSegment[] = []
    for (const ref of snapshot.segments) {
      const overlaps = ref.range.first <= range.last && ref.range.last >= range.first
      if (overlaps) below.push(await indexSegment(folder, ref))
    }
    const tables = tablesOf(changes, groups, below)
    const header: SegmentHeader = {
      step: changes.step,
      subtask,
      checkpoint: 0,
      maxParallelism,
      ...range,
      valueFormat: VALUE_FORMAT_VERSION,
      tables,
    }
    const builder = new SegmentBuilder(header)
    const samplers = tables.map(({ kind }) => samplerFor(kind))
    for (const [group, changed] of groups) {
      const stored = await readGroup(folder, below, group)
      builder.beginGroup()
      writeGroup(builder, tables, samplers, recordsOfGroup(tables, stored, changed))
      builder.endGroup(group, below.length === 0)
    }
    const shapes = samplers.map((sampler) => sampler?.shape() ?? null)
    const kind = below.length === 0 ? 'base' : 'delta'
    yield { subtask, range, kind, built: builder.finish({ shapes }) }
  }
}

/** As the newest segment describes them, then those that no segment has named yet. */
function tablesOf(
  changes: StateChanges,
  groups: readonly (readonly [number, GroupChanges])[],
  below: readonly IndexedSegment[],
): TableFacts[] {
  const tables = new Map<string, TableFacts>()
  for (const { header } of below) {
    for (const facts of header.tables) tables.set(tableName(facts), changesOf(facts))
  }
  const add = (facts: TableFacts): void => {
    if (!tables.has(tableName(facts))) tables.set(tableName(facts), facts)
  }
  for (const [, { states, timers }] of groups) {
    for (const state of states.keys()) add(changes.tableOf(state))
    for (const name of timers.keys()) add(timerFacts(name))
  }
  return [...tables.values()]
}

/** Timers are written with all their times in one record, whatever lies below. */
function changesOf(facts: TableFacts): TableFacts {
  return facts.kind === 'timers' ? timerFacts(facts.name) : facts
}

function timerFacts(name: string): TableFacts {
  return { name, kind: 'timers', namespaced: true, aged: false }
}

/** By table. */
function recordsOfGroup(
  tables: readonly TableFacts[],
  stored: GroupState,
  changed: GroupChanges,
): (readonly ChangedRecord[])[] {
  return tables.map((facts) => recordsOf(facts, stored, changed))
}

/** Deletions come before the values that may replace them. */
function writeGroup(
  builder: SegmentBuilder,
  tables: readonly TableFacts[],
  samplers: readonly ReturnType<typeof samplerFor>[],
  records: readonly (readonly ChangedRecord[])[],
): void {
  for (const wantsValues of [false, true]) {
    for (const [index, facts] of tables.entries()) {
      const some = (records[index] ?? []).filter(
        ({ content }) => (content !== undefined) === wantsValues,
      )
      if (some.length === 0) continue
      builder.writer.u8(TABLE_MARK)
      builder.writer.varint(index)
      for (const record of some) {
        writeRecord(builder, facts, record)
        if (record.content !== undefined) samplers[index]?.see(record.content.value)
      }
    }
  }
}

function recordsOf(
  facts: TableFacts,
  stored: GroupState,
  changed: GroupChanges,
): readonly ChangedRecord[] {
  const cells = stored.cellsOf(facts)
  const [wiped, kept] = [true, false].map((isWiped) =>
    cells.filter(({ key }) => changed.wiped.has(mapKey(key)) === isWiped),
  ) as [StoredCell[], StoredCell[]]
  const places = Map.groupBy(kept, ({ key, namespace }) => placeName(key, namespace, undefined))
  const records = facts.kind === 'timers' ? timerRecords : stateRecords
  return [...wiped.map(deletionOf), ...records(facts, places, changed)]
}

/** What is stored and was not wiped: one cell, or the items of a map. */
type CellsByPlace = ReadonlyMap<string, readonly StoredCell[]>

function stateRecords(
  facts: TableFacts,
  stored: CellsByPlace,
  { states }: GroupChanges,
): ChangedRecord[] {
  return [...(states.get(facts.name) ?? [])].flatMap(([place, change]): ChangedRecord[] => {
    const { key, namespace, value, writtenAt } = change
    const own = stored.get(place) ?? []
    if (value === undefined) return own.map(deletionOf)
    if (facts.kind !== 'map') return [{ key, namespace, content: { value }, writtenAt }]
    const items = value as ReadonlyMap<Key, unknown>
    const kept = new Set(Array.from(items.keys(), mapKey))
    return [
      ...own.filter(({ itemKey }) => !kept.has(mapKey(itemKey as Key))).map(deletionOf),
      ...Array.from(items, ([itemKey, item]) => {
        return { key, namespace, itemKey, content: { value: item }, writtenAt }
      }),
    ]
  })
}

function timerRecords(
  facts: TableFacts,
  stored: CellsByPlace,
  { timers }: GroupChanges,
): ChangedRecord[] {
  const changes = timers.get(facts.name as 'event' | 'processing') ?? []
  return [...changes].flatMap(([place, change]): ChangedRecord[] => {
    const { key, namespace, set, deleted } = change
    const [cell] = stored.get(place) ?? []
    const before = cell === undefined ? [] : timesOf(cell)
    const times = new Set([...before.filter((time) => !deleted.has(time)), ...set])
    const [first] = times
    if (first === undefined) return cell === undefined ? [] : [deletionOf(cell)]
    const value = times.size === 1 ? first : times
    return [{ key, namespace, content: { value }, writtenAt: 0 }]
  })
}

function deletionOf({ key, namespace, itemKey }: StoredCell): ChangedRecord {
  return { key, namespace, itemKey, writtenAt: 0 }
}

function writeRecord(builder: SegmentBuilder, facts: TableFacts, record: ChangedRecord): void {
  const { writer } = builder
  writer.u8(record.content === undefined ? TOMBSTONE_RECORD : VALUE_RECORD)
  encodeKey(writer, record.key)
  if (facts.namespaced) writer.f64(record.namespace)
  if (facts.kind === 'map') encodeKey(writer, record.itemKey)
  if (record.content !== undefined) {
    if (facts.aged) writer.f64(record.writtenAt)
    contentOf(facts.kind).write(writer, record.content.value)
  }
  builder.recordsWritten(1)
}
