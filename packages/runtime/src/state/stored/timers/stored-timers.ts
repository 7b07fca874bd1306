// The timers of one domain. The next of each key group are in memory, within a bound; what comes
// later is appended to packed bytes and, of many timers, moved to rows in sorted runs. Setting and
// deleting one never reads. The group whose timer is next is found once for many timers in a row.

import { type Key, keyFromMapKey, SluiceError } from '@sluice/core/internal'
import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import { flattenValue } from '../../../network/codec/flatten.ts'
import { decodeKey, encodeKey } from '../../../network/codec/key-codec.ts'
import type { TableFacts } from '../../segment/segment-format.ts'
import type { TimerCallback } from '../../state-backend.ts'
import type { TimerTable } from '../rows/row-record.ts'
import { readTime, TIME_BYTES, writeTime } from '../rows/row-time.ts'
import { rowText } from '../rows/rows.ts'
import type { TableServices } from '../stored-table.ts'
import { FarTimers } from './far-timers.ts'
import { FrozenPlaces } from './frozen-places.ts'
import { comparePlaces, type PlacedBytes, type TimerSource } from './packed-timers.ts'
import type { ChunkReader } from './timer-run.ts'
import {
  type Forgotten,
  type Horizon,
  type NearTimer,
  NOTHING_KNOWN,
  placeOf,
  TimerWindow,
} from './timer-window.ts'

/** Timers whose state is looked up together when they are due. */
const FETCHED_TOGETHER = 128
/** Of each group at least so many timers may be in memory. */
const LEAST_IN_MEMORY = 32
/** So many are taken in at once, where there is memory for them; else what a group may have. */
const TAKEN_TOGETHER = 512
/** Packed timers take at least so much. */
const LEAST_BYTES = 1024

export interface TimerServices {
  /** What timers share with tables. */
  readonly tables: TableServices
  /** Timers that may be in memory one by one: half of them spread over the groups. */
  readonly nearTimers: number
  /** Memory for packed timers. */
  readonly packedBytes: number
  /** Looks up what timers that are about to fire will ask for. */
  fetch(timers: readonly NearTimer[], group: number): void
}

export class StoredTimers implements TimerTable {
  readonly facts: TableFacts & { readonly kind: 'timers' }
  readonly index: number
  readonly #services: TimerServices
  readonly #first: number
  /** Timers of a group that may be in memory. */
  readonly #limit: number
  readonly #windows: TimerWindow[]
  readonly #far: FarTimers
  /** The table, then the place of a timer: what lists of changes call its row. */
  readonly #name = new ByteWriter(256)
  /** The group whose timer is next; -1 where it must be found. */
  #nextGroup = -1
  /** The earliest time of any other group. */
  #nextElsewhere = Number.POSITIVE_INFINITY
  /** Timers whose state was looked up and that did not fire yet. */
  #fetched = 0

  constructor(name: string, index: number, services: TimerServices) {
    const { context, rows } = services.tables
    const { first, last } = context.range
    this.facts = { name, kind: 'timers', namespaced: true, aged: false, single: true }
    this.index = index
    this.#services = services
    this.#first = first
    const groups = last - first + 1
    this.#limit = Math.max(LEAST_IN_MEMORY, Math.floor(services.nearTimers / groups / 2))
    this.#windows = Array.from({ length: groups }, () => new TimerWindow(this.#limit))
    const packedBytes = Math.max(LEAST_BYTES, services.packedBytes)
    this.#far = new FarTimers(rows, index, context.range, packedBytes)
  }

  /** Sets a timer of the key and namespace in hand. */
  set(time: number): void {
    if (!Number.isFinite(time)) {
      throw new SluiceError('TIMESTAMP_INVALID', `A timer cannot be set for the time ${time}.`, {
        hint: 'Times are milliseconds since 1970, as a finite number.',
      })
    }
    const { context, generations } = this.#services.tables
    // Adding zero turns -0 into 0.
    const due = time + 0
    const group = this.#ownGroup()
    const key = keyFromMapKey(context.mapKey)
    const place = this.#writeName(due, key, context.namespace)
    const { bytes, end } = place
    generations.changed.addValue(group, bytes, 0, end, end, end)
    this.#add(group, due, key, context.namespace, place)
  }

  /** Adds a timer that is stored. */
  load(group: number, time: number, key: Key, namespace: number): void {
    const index = group - this.#first
    this.#add(index, time, key, namespace, this.#writeName(time, key, namespace))
  }

  #add(group: number, time: number, key: Key, namespace: number, place: PlacedBytes): void {
    const window = this.#windowOf(group)
    const { horizon } = window
    if (horizon !== undefined && comparePlaces(place, horizon) >= 0) {
      this.#far.append(group, true, place, this.#horizonOf)
      return
    }
    const id = rowText(place.bytes, place.at + TIME_BYTES, place.end)
    const forgotten = window.add({ time, id, key: flattenValue(key), namespace })
    if (forgotten !== undefined) this.#forget(group, forgotten)
    if (group !== this.#nextGroup && time < this.#nextElsewhere) this.#nextElsewhere = time
  }

  #forget(group: number, { timers, before }: Forgotten): void {
    if (before !== undefined) this.#far.lower(group, before)
    for (const timer of timers) this.#far.append(group, true, placeOf(timer), this.#horizonOf)
  }

  /** Deletes a timer of the key and namespace in hand, if it is set. */
  delete(time: number): void {
    const due = time + 0
    if (!Number.isFinite(due)) return
    const { context } = this.#services.tables
    const group = this.#ownGroup()
    const place = this.#writeName(due, keyFromMapKey(context.mapKey), context.namespace)
    this.#nameGone(group, place)
    const window = this.#windowOf(group)
    const { horizon } = window
    if (horizon !== undefined && comparePlaces(place, horizon) >= 0) {
      this.#far.append(group, false, place, this.#horizonOf)
    } else {
      window.delete({ time: due, id: rowText(place.bytes, place.at + TIME_BYTES, place.end) })
    }
  }

  #ownGroup(): number {
    const { context } = this.#services.tables
    const group = context.group()
    if (this.#windows[group] === undefined) context.assertOwn()
    return group
  }

  /** Writes the name of a timer; returns its place, which is valid until the next one. */
  #writeName(time: number, key: Key, namespace: number): PlacedBytes {
    const writer = this.#name
    writer.reset()
    writer.u8(this.index)
    const at = writer.position
    writeTime(writer, time)
    encodeKey(writer, key)
    writer.f64(namespace)
    return { bytes: writer.bytes, at, end: writer.position }
  }

  #nameGone(group: number, { bytes, end }: PlacedBytes): void {
    this.#services.tables.generations.changed.addGone(group, bytes, 0, end)
  }

  #windowOf(group: number): TimerWindow {
    return this.#windows[group] as TimerWindow
  }

  readonly #horizonOf = (group: number): Horizon | undefined => this.#windowOf(group).horizon

  /** The time of the earliest timer; +Infinity where there is none. */
  next(): number {
    for (;;) {
      if (this.#nextGroup < 0 || this.#windowOf(this.#nextGroup).next > this.#nextElsewhere) {
        this.#findNext()
      }
      const window = this.#windowOf(this.#nextGroup)
      if (!window.unknown) return window.next
      this.#readOn(this.#nextGroup)
    }
  }

  #findNext(): void {
    let least = 0
    let elsewhere = Number.POSITIVE_INFINITY
    for (let group = 1; group < this.#windows.length; group++) {
      const time = this.#windowOf(group).next
      const leastTime = this.#windowOf(least).next
      if (time < leastTime) {
        elsewhere = Math.min(elsewhere, leastTime)
        least = group
      } else if (time < elsewhere) {
        elsewhere = time
      }
    }
    this.#nextGroup = least
    this.#nextElsewhere = elsewhere
    this.#fetched = 0
  }

  /** Takes in some timers of a group that are not in memory yet. */
  #readOn(group: number): void {
    const window = this.#windowOf(group)
    const { horizon } = window
    if (horizon === undefined) return
    const merged = this.#far.take(group, horizon)
    const others = this.#windows.reduce((sum, each) => sum + each.timers.length, 0)
    const free = Math.min(TAKEN_TOGETHER, this.#services.nearTimers - others)
    const most = Math.max(this.#limit >> 1, free)
    const timers: NearTimer[] = []
    let more = merged.isAhead || merged.advance()
    while (more && timers.length < most) {
      timers.push(timerAt(merged))
      more = merged.advance()
    }
    window.extend(timers, more ? horizonAt(merged) : undefined)
    if (!more) this.#far.clear(group)
  }

  /** See KeyedStateBackend.fireTimers. */
  fire(until: number, limit: number, call: TimerCallback): number {
    const { context, rows } = this.#services.tables
    // The last watermark comes here too: a failure is told even where no snapshot follows.
    rows.assertSound()
    let fired = 0
    while (fired < limit) {
      const time = this.next()
      // The end of time is no timer: a last watermark would find one in an empty queue.
      if (time > until || time === Number.POSITIVE_INFINITY) break
      const group = this.#nextGroup
      this.#fetch(group, until)
      const timer = this.#windowOf(group).take() as NearTimer
      context.setKey(timer.key, this.#first + group)
      context.setNamespace(timer.namespace)
      this.#nameGone(group, this.#writeName(timer.time, timer.key, timer.namespace))
      fired++
      this.#call(call, timer)
    }
    return fired
  }

  #call(call: TimerCallback, { time, key, namespace }: NearTimer): void {
    const { tables } = this.#services
    tables.firing = true
    try {
      call(time, key, namespace)
    } finally {
      tables.firing = false
    }
  }

  /** Looks up the state of the next timers together. */
  #fetch(group: number, until: number): void {
    if (this.#fetched-- > 0) return
    const due = this.#windowOf(group).due(until, FETCHED_TOGETHER)
    this.#fetched = due.length - 1
    if (due.length > 1) this.#services.fetch(due, group)
  }

  /** What there is of a group now; `index` is that of the group in the range. */
  freeze(index: number): FrozenGroup {
    const { horizon, timers } = this.#windowOf(index)
    const near = [...timers]
    const place = { group: this.#first + index, table: this.index }
    const far = horizon === undefined ? undefined : this.#far.freeze(index)
    return { places: (reader) => new FrozenPlaces(near, reader, place, horizon, far) }
  }

  /** Writes all timers to rows, for a copy of the store. */
  save(): void {
    this.#windows.forEach((window, group) => {
      const forgotten = window.forget(window.timers.length)
      if (forgotten !== undefined) this.#forget(group, forgotten)
    })
    this.#far.save(this.#horizonOf)
  }

  /** Goes on from the rows of a copy of the store. */
  recover(): void {
    this.#windows.forEach((window, group) => {
      window.extend([], this.#far.recover(group) ? NOTHING_KNOWN : undefined)
    })
    this.#nextGroup = -1
  }
}

/** The timers of a key group as they were at some time. */
export interface FrozenGroup {
  /** In order; `reader` sees the rows of that time. A place is valid until the next one. */
  places(reader: ChunkReader): FrozenPlaces
}

function horizonAt({ bytes, at, end }: PlacedBytes): Horizon {
  return { bytes: bytes.slice(at, end), at: 0, end: end - at, time: readTime(bytes, at) }
}

function timerAt({ reader, bytes, at, end }: TimerSource): NearTimer {
  const idAt = at + TIME_BYTES
  reader.position = idAt
  const key = decodeKey(reader)
  const namespace = reader.f64()
  reader.position = idAt
  const id = reader.characters(end - idAt, false)
  return { time: readTime(bytes, at), id, key, namespace }
}
