// The timers of one domain: a row each, ordered by time within its key group, written without being
// read. The next of each group are in memory too, within a bound; the group whose timer is next is
// found once for many timers in a row.

import { keyFromMapKey, SluiceError } from '@sluice/core/internal'
import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import { flattenValue } from '../../../network/codec/flatten.ts'
import { decodeKey, encodeKey } from '../../../network/codec/key-codec.ts'
import type { TimerCallback } from '../../state-backend.ts'
import type { TableFacts } from '../../segment/segment-format.ts'
import type { TimerTable } from '../rows/row-record.ts'
import { readTime, TIME_BYTES, writeTime } from '../rows/row-time.ts'
import { ROW_PREFIX_BYTES, rowText, writeRowPrefix } from '../rows/rows.ts'
import type { TableServices } from '../stored-table.ts'
import { type NearTimer, TimerWindow } from './timer-window.ts'

/** Timers whose state is looked up together when they are due. */
const FETCHED_TOGETHER = 128
/** Of each group at least so many timers may be in memory. */
const LEAST_IN_MEMORY = 32
/** The row of a timer takes about so much. */
const ROW_BYTES = 48

export interface TimerServices {
  /** What timers share with tables. */
  readonly tables: TableServices
  /** Timers that may be in memory. */
  readonly nearTimers: number
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
  readonly #key = new ByteWriter(256)
  /** The group whose timer is next; -1 where it must be found. */
  #nextGroup = -1
  /** The earliest time of any other group. */
  #nextElsewhere = Number.POSITIVE_INFINITY
  /** Timers whose state was looked up and that did not fire yet. */
  #fetched = 0

  constructor(name: string, index: number, services: TimerServices) {
    const { first, last } = services.tables.context.range
    this.facts = { name, kind: 'timers', namespaced: true, aged: false, single: true }
    this.index = index
    this.#services = services
    this.#first = first
    const groups = last - first + 1
    this.#limit = Math.max(LEAST_IN_MEMORY, Math.floor(services.nearTimers / groups))
    this.#windows = Array.from({ length: groups }, () => new TimerWindow(this.#limit))
  }

  /** Sets a timer of the key and namespace in hand. */
  set(time: number): void {
    if (!Number.isFinite(time)) {
      throw new SluiceError('TIMESTAMP_INVALID', `A timer cannot be set for the time ${time}.`, {
        hint: 'Times are milliseconds since 1970, as a finite number.',
      })
    }
    const { context, rows } = this.#services.tables
    // Adding zero turns -0 into 0.
    const due = time + 0
    const { group, id } = this.#writeKey(due)
    rows.beginPut().raw(this.#key.written())
    rows.beginValue()
    rows.endPut()
    this.#changed(group)
    const key = flattenValue(keyFromMapKey(context.mapKey))
    this.#windowOf(group).add({ time: due, id, key, namespace: context.namespace })
    if (group !== this.#nextGroup && due < this.#nextElsewhere) this.#nextElsewhere = due
  }

  /** Deletes a timer of the key and namespace in hand, if it is set. */
  delete(time: number): void {
    const due = time + 0
    if (!Number.isFinite(due)) return
    const { group, id } = this.#writeKey(due)
    this.#deleteRow(group)
    this.#windowOf(group).delete({ time: due, id })
  }

  /** Writes the key of the row of a timer of the key and namespace in hand. */
  #writeKey(time: number): { readonly group: number; readonly id: string } {
    const { context } = this.#services.tables
    const group = context.group()
    if (this.#windows[group] === undefined) context.assertOwn()
    const writer = this.#key
    writer.reset()
    writeRowPrefix(writer, this.#first + group, this.index)
    writeTime(writer, time)
    const idAt = writer.position
    encodeKey(writer, keyFromMapKey(context.mapKey))
    writer.f64(context.namespace)
    return { group, id: rowText(writer.bytes, idAt, writer.position) }
  }

  #deleteRow(group: number): void {
    const { rows } = this.#services.tables
    rows.beginDelete().raw(this.#key.written())
    rows.endDelete()
    this.#changed(group)
  }

  #changed(group: number): void {
    const { bytes, position } = this.#key
    this.#services.tables.generations.changed.add(group, bytes, ROW_PREFIX_BYTES - 1, position)
  }

  #windowOf(group: number): TimerWindow {
    return this.#windows[group] as TimerWindow
  }

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

  /** Reads some timers of a group that are not in memory yet. */
  #readOn(group: number): void {
    const { rows } = this.#services.tables
    const window = this.#windowOf(group)
    rows.flush()
    const timers: NearTimer[] = []
    const start = this.#startOf(group, window)
    const end = this.#groupKey(group, this.index + 1)
    const aboutBytes = this.#limit * ROW_BYTES
    const more = rows.reader.scan(
      start,
      end,
      (bytes, keyAt, valueAt) => {
        timers.push(this.#timerOf(bytes, keyAt + ROW_PREFIX_BYTES, valueAt))
      },
      aboutBytes,
    )
    window.extend(timers, more === undefined ? undefined : afterLast(timers))
  }

  #startOf(group: number, window: TimerWindow): Uint8Array {
    const writer = new ByteWriter(64)
    writeRowPrefix(writer, this.#first + group, this.index)
    const { horizon } = window
    if (horizon !== undefined) {
      writeTime(writer, horizon.time)
      writer.raw(Buffer.from(horizon.id, 'latin1'))
    }
    return writer.copy()
  }

  #groupKey(group: number, table: number): Uint8Array {
    const writer = new ByteWriter(16)
    writeRowPrefix(writer, this.#first + group, table)
    return writer.copy()
  }

  #timerOf(bytes: Uint8Array, start: number, end: number): NearTimer {
    const idAt = start + TIME_BYTES
    const reader = this.#services.tables.rows.reader.readerAt(idAt)
    const key = decodeKey(reader)
    const namespace = reader.f64()
    return { time: readTime(bytes, start), id: rowText(bytes, idAt, end), key, namespace }
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
      this.#writeKey(timer.time)
      this.#deleteRow(group)
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

  /** Nothing is known any more but what is in rows. */
  rebuild(): void {
    for (const window of this.#windows)
      window.extend([], { time: Number.NEGATIVE_INFINITY, id: '' })
    this.#nextGroup = -1
  }
}

/** The first place behind the last timer. */
function afterLast(timers: readonly NearTimer[]): { readonly time: number; readonly id: string } {
  const last = timers.at(-1) as NearTimer
  return { time: last.time, id: `${last.id}\u0000` }
}
