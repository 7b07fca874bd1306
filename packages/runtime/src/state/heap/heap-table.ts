// One declared state, or the timers of one domain: a Map per key group from keys to entries. Small
// Maps keep the cost of growing one bounded and let a snapshot go group by group. All changes of
// cells pass through here, so that each is tracked. The entry in hand is looked up once per key.

import { flattenString } from '../../network/codec/flatten.ts'
import type { KeyPart } from '@sluice/core/internal'
import type { TableFacts } from '../segment/segment-format.ts'
import { type Cell, Entry, MapItem, REMOVED, type Slot, UNDATED } from './cell.ts'
import type { CellAge } from './cell-age.ts'
import { type CellContent, contentOf } from './cell-content.ts'
import { CellCursor, type CellSource } from './cell-cursor.ts'
import { type ChangeTracker, type Changes, DirtyList } from './change-tracker.ts'
import { ExpirySweep } from './expiry-sweep.ts'
import type { EntryTable } from '../handle/entry-table.ts'
import type { LargeListListener } from '../handle/large-list.ts'
import type { KeyContext } from './key-context.ts'
import { NumberRows, type RowTable } from './rows/number-rows.ts'
import type { PlaceList } from './rows/place-list.ts'
import { PlaceRows } from './rows/place-rows.ts'
import { addFirst, addLast, findIn, removeFrom } from './namespace-chain.ts'

/** How many steps each write takes in the search for expired cells. */
const STEPS_PER_WRITE = 2

export class HeapTable implements EntryTable<Entry> {
  /** As stored, until the state is declared. */
  facts: TableFacts
  readonly content: CellContent
  /** Index in the headers of segments. */
  readonly index: number
  /** Live cells. */
  cells = 0
  /** Bytes and count of records written by snapshots, for an estimate of size. */
  writtenBytes = 0
  writtenRecords = 0
  /** Of a list: told by snapshots of those that are large. */
  large: LargeListListener | undefined = undefined
  /** Records hold the time of the last write. */
  aged: boolean
  /** Numbers of keys that are small whole numbers, where they are kept apart from entries. */
  rows: NumberRows | undefined = undefined
  /** The same for timers, and for values that are a number or a few. */
  places: PlaceRows | undefined = undefined
  /** Finds what expired and is not met; undefined where nothing ages. */
  sweep: ExpirySweep | undefined = undefined
  readonly #context: KeyContext
  readonly #tracker: ChangeTracker<HeapTable>
  readonly #groups: Map<KeyPart, Slot>[]
  readonly #holdsItems: boolean
  readonly #namespaced: boolean
  #age: CellAge | undefined = undefined
  /** Entries are what ages; of a map it is the items. */
  #agesEntries = false
  /** Reads of entries make them young again. */
  #readsRefresh = false
  #changes: Changes
  /** Changes that a failed snapshot would have saved. */
  #returned: Changes[] = []
  /** By key group: an empty list of places that was in use before. */
  readonly #spareLists: (PlaceList | undefined)[]
  #current: Entry | undefined = undefined
  #currentVersion = -1
  /** What there is of the key in hand, in all namespaces. */
  #slot: Slot | undefined = undefined
  #slotVersion = -1

  constructor(
    facts: TableFacts,
    index: number,
    context: KeyContext,
    tracker: ChangeTracker<HeapTable>,
  ) {
    const groups = context.range.last - context.range.first + 1
    this.facts = facts
    this.index = index
    this.aged = facts.aged
    this.content = contentOf(facts.kind)
    this.#context = context
    this.#tracker = tracker
    this.#holdsItems = facts.kind === 'map'
    this.#namespaced = facts.namespaced
    this.#groups = Array.from({ length: groups }, () => new Map())
    this.#changes = Array(groups).fill(undefined)
    this.#spareLists = Array(groups).fill(undefined)
  }

  get age(): CellAge | undefined {
    return this.#age
  }

  /** Set when the state is declared; from then on it decides whether records hold their age. */
  set age(age: CellAge | undefined) {
    this.#age = age
    this.#agesEntries = age !== undefined && !this.#holdsItems
    this.#readsRefresh = this.#agesEntries && age?.readsRefresh === true
    if (age !== undefined) this.withoutRows()
    this.sweep = age === undefined ? undefined : new ExpirySweep(this)
    this.aged = age !== undefined
  }

  /** Keeps numbers of small whole keys as rows from now on; before anything is in it. */
  withRows(): void {
    const table: RowTable = {
      count: (change) => {
        this.cells += change
      },
      dirty: (group) => this.#dirty(group),
      keep: (cell) => this.#keep(cell),
    }
    const [groups, context, tracker] = [this.groups, this.#context, this.#tracker]
    if (this.facts.kind === 'counter') {
      this.rows = new NumberRows(groups, context, tracker, table)
    } else {
      this.places = new PlaceRows(groups, context, tracker, table, this.#namespaced)
    }
  }

  /** How many cells are entries or items of maps. */
  get objects(): number {
    return this.places === undefined ? this.cells : this.cells - this.places.size
  }

  /** Makes entries of rows that were loaded, for values that age. */
  withoutRows(): void {
    const rows = this.rows ?? this.places
    this.rows = undefined
    this.places = undefined
    for (let group = 0; rows !== undefined && group < this.groups; group++) {
      const cells = rows.cursor(group)
      for (let cell = cells.next(); cell !== undefined; cell = cells.next()) {
        this.cells--
        this.load(group, cell.mapKey, cell.namespace ?? 0, cell.value)
      }
    }
  }

  /** The entry of the key and namespace in hand. Expired ones are dropped and not shown. */
  current(): Entry | undefined {
    if (this.#context.version !== this.#currentVersion) this.#seek()
    return this.#agesEntries ? this.#unexpired() : this.#current
  }

  #seek(): void {
    const context = this.#context
    if (context.keyVersion !== this.#slotVersion) this.#seekSlot()
    const slot = this.#slot
    this.#currentVersion = context.version
    if (!this.#namespaced || slot === undefined || slot.namespace === context.namespace) {
      this.#current = slot as Entry | undefined
    } else {
      this.#current = findIn(slot, context.namespace)
    }
  }

  #seekSlot(): void {
    const context = this.#context
    const map = this.#groups[context.group()]
    if (map === undefined) return context.assertOwn()
    this.#slot = map.get(context.mapKey)
    this.#slotVersion = context.keyVersion
  }

  #unexpired(): Entry | undefined {
    const entry = this.#current
    if (entry !== undefined && this.expired(entry)) this.remove(entry)
    return this.#current
  }

  /** The same for a read, which makes an entry young again where reads do. */
  read(): Entry | undefined {
    const entry = this.current()
    if (this.#readsRefresh && entry !== undefined) this.#renew(entry)
    return entry
  }

  /** A read of an item of a map. */
  readItem(item: MapItem): void {
    if (this.#age?.readsRefresh === true) this.#renew(item)
  }

  #renew(cell: Cell): void {
    const now = this.#age?.date() ?? UNDATED
    // After the clock went back as well: or it would be shown until the old time comes again.
    if (now === cell.writtenAt || now === UNDATED) return
    if (cell.stamp !== this.#tracker.stamp) this.#touch(cell)
    cell.writtenAt = now
  }

  /** Adds the entry of the key and namespace in hand, after `current` found none. */
  add(value: unknown): Entry {
    const entry = this.#newEntry(value)
    this.#added(entry)
    return entry
  }

  /** Adds the entry of a place that captures may know already, after `current` found none. */
  addKnown(value: unknown): Entry {
    const entry = this.#newEntry(value)
    this.cells++
    entry.stamp = this.#tracker.stamp
    this.#dirty(entry.group).cells.push(entry)
    return entry
  }

  /** Adds an entry that holds items; it is no cell itself. */
  addContainer(): Entry {
    return this.#newEntry(new Map<KeyPart, MapItem>())
  }

  #newEntry(value: unknown): Entry {
    const context = this.#context
    const { mapKey } = context
    const group = context.group()
    const key = typeof mapKey === 'string' ? flattenString(mapKey) : mapKey
    const entry = new Entry(key, this.#namespaced ? context.namespace : 0, group, value)
    addFirst(this.#map(group), entry)
    this.#slotVersion = -1
    this.#current = entry
    this.#currentVersion = context.version
    return entry
  }

  addItem(owner: Entry, mapKey: KeyPart, value: unknown): void {
    const key = typeof mapKey === 'string' ? flattenString(mapKey) : mapKey
    const item = new MapItem(owner, key, value)
    itemsOf(owner).set(key, item)
    this.#added(item)
  }

  #added(cell: Cell): void {
    this.cells++
    cell.stamp = this.#tracker.stamp
    this.#dirty(cell.group).addFresh(cell)
    if (this.#age !== undefined) this.#date(cell, this.#age)
  }

  /** Whoever keeps a cell alive looks for a few that nobody does. */
  #date(cell: Cell, age: CellAge): void {
    cell.writtenAt = age.date()
    this.sweep?.step(STEPS_PER_WRITE)
  }

  /** Replaces what a cell holds. */
  write(cell: Cell, value: unknown): void {
    if (cell.stamp !== this.#tracker.stamp) this.#touch(cell)
    cell.value = value
    if (this.#age !== undefined) this.#date(cell, this.#age)
  }

  /** Must be called before a cell's content changes in place. */
  willChange(cell: Cell): void {
    if (cell.stamp !== this.#tracker.stamp) this.#touch(cell)
    // No search here: it might take out the very cell that is about to change.
    if (this.#age !== undefined) cell.writtenAt = this.#age.date()
  }

  /** A list grows by an element; memory has no bound here. */
  willGrow(cell: Cell): void {
    this.willChange(cell)
  }

  #touch(cell: Cell): void {
    this.#keep(cell)
    cell.stamp = this.#tracker.stamp
    const list = this.#dirty(cell.group)
    if (cell.dirtyIndex >= 0) list.addFresh(cell)
    else list.cells.push(cell)
  }

  #keep(cell: Cell): void {
    const { pending } = this.#tracker
    for (let i = 0; i < pending.length; i++) pending[i]?.keep(this, cell)
  }

  /** Takes a cell out of the state. */
  remove(cell: Cell): void {
    if (cell.value === REMOVED) return
    if (cell instanceof MapItem) this.#unlinkItem(cell)
    else this.#unlink(cell as Entry)
    this.cells--
    const list = this.#dirty(cell.group)
    if (cell.stamp === this.#tracker.stamp && cell.dirtyIndex >= 0) {
      list.dropFresh(cell)
    } else {
      if (cell.stamp !== this.#tracker.stamp) this.#touch(cell)
      list.holdsRemoved = true
    }
    cell.value = REMOVED
  }

  #unlinkItem(item: MapItem): void {
    const items = itemsOf(item.owner)
    items.delete(item.mapKey)
    if (items.size === 0) this.#unlink(item.owner)
  }

  #unlink(entry: Entry): void {
    removeFrom(this.#map(entry.group), entry)
    this.#slotVersion = -1
    if (this.#current === entry) this.#current = undefined
  }

  /** True when a cell lived longer than the TTL. An undated cell starts to age when it is met. */
  expired(cell: Cell): boolean {
    if (cell.writtenAt === UNDATED) this.#beginToAge(cell)
    return this.expiredSince(cell.writtenAt)
  }

  /** That is a change, or it would begin anew after each restart. */
  #beginToAge(cell: Cell): void {
    const now = this.#age?.date() ?? UNDATED
    if (now === UNDATED) return
    if (cell.stamp !== this.#tracker.stamp) this.#touch(cell)
    cell.writtenAt = now
  }

  /** True for what was last written at this time. */
  expiredSince(writtenAt: number): boolean {
    return this.#age !== undefined && this.#age.isOver(writtenAt)
  }

  /** Hands over all changes since the last time; later ones belong to the next generation. */
  takeChanges(): Changes[] {
    const taken = [...this.#returned, this.#changes]
    this.#returned = []
    this.#changes = Array(this.#groups.length).fill(undefined)
    return taken
  }

  /** Changes that could not be saved belong to the next snapshot. */
  returnChanges(changes: readonly Changes[]): void {
    this.#returned = joinChanges([...changes, ...this.#returned], this.#groups.length)
  }

  /** Changes that were saved: their lists are used again. */
  reuse(changes: readonly Changes[]): void {
    for (const each of changes) {
      each.forEach((list, group) => {
        if (list !== undefined) this.#spareLists[group] ??= list.places.emptied()
      })
    }
  }

  get hasReturned(): boolean {
    return this.#returned.length > 0
  }

  /** How many key groups it has. */
  get groups(): number {
    return this.#groups.length
  }

  /** Goes through the live cells of a key group, in a stable order. */
  cursor(group: number): CellSource {
    return new CellCursor(this.#map(group), this.#holdsItems)
  }

  /** The entry of a stored record, if it was loaded before. */
  loaded(group: number, mapKey: KeyPart, namespace: number): Entry | undefined {
    const slot = this.#map(group).get(mapKey)
    return slot === undefined || slot.namespace === namespace
      ? (slot as Entry | undefined)
      : findIn(slot, namespace)
  }

  /** Loads what a stored record holds; it counts as saved. */
  load(group: number, mapKey: KeyPart, namespace: number, value: unknown): Entry {
    const entry = new Entry(mapKey, namespace, group, value)
    addLast(this.#map(group), entry)
    if (!this.#holdsItems) this.#loadedCell(entry)
    return entry
  }

  loadItem(owner: Entry, mapKey: KeyPart, value: unknown): MapItem {
    const item = new MapItem(owner, mapKey, value)
    itemsOf(owner).set(mapKey, item)
    this.#loadedCell(item)
    return item
  }

  #loadedCell(cell: Cell): void {
    cell.stamp = 1
    this.cells++
  }

  /** Takes out what a stored deletion names. */
  unload(cell: Cell): void {
    if (cell instanceof MapItem) this.#unlinkItem(cell)
    else this.#unlink(cell as Entry)
    this.cells--
  }

  #map(group: number): Map<KeyPart, Slot> {
    return this.#groups[group] as Map<KeyPart, Slot>
  }

  #dirty(group: number): DirtyList {
    let list = this.#changes[group]
    if (list === undefined) {
      list = new DirtyList(this.#spareLists[group])
      this.#spareLists[group] = undefined
      this.#changes[group] = list
    }
    return list
  }
}

/** The items of an entry of a map state. */
export function itemsOf(entry: Entry): Map<KeyPart, MapItem> {
  return entry.value as Map<KeyPart, MapItem>
}

/** So many lists of failed snapshots are kept apart; beyond that they are joined into one. */
const SEPARATE_RETURNS = 4

function joinChanges(changes: readonly Changes[], groups: number): Changes[] {
  for (const each of changes) {
    for (const list of each) if (list !== undefined) list.holdsRemoved = true
  }
  if (changes.length <= SEPARATE_RETURNS) return [...changes]
  const joined: Changes = Array(groups).fill(undefined)
  for (let group = 0; group < groups; group++) {
    const lists = changes.map((each) => each[group]).filter((list) => list !== undefined)
    if (lists.length === 0) continue
    const list = new DirtyList()
    list.holdsRemoved = true
    for (const cell of new Set(lists.flatMap(({ cells }) => cells))) list.cells.push(cell)
    joinPlaces(lists, list)
    joined[group] = list
  }
  return [joined]
}

function joinPlaces(lists: readonly DirtyList[], joined: DirtyList): void {
  const seen = new Set<string>()
  for (const { places } of lists) {
    for (let at = 0; at < places.length; at++) {
      const place = `${places.key(at)} ${places.namespace(at)}`
      if (seen.has(place)) continue
      seen.add(place)
      joined.places.add(places.key(at), places.namespace(at))
    }
  }
}
