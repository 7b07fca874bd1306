// The timers of one domain. What is due when is a heap of distinct times with a bucket for each, so
// a million windows that end at one instant are one entry of the heap. What is set is a table like
// any state (key and namespace to times), so timers are saved and restored with the rest. The two
// always agree: a time is in the heap exactly while it has a slot, and a timer in a slot is in the
// table.

import { keyFromMapKey, SluiceError } from '@sluice/core/internal'
import type { TimerCallback } from '../state-backend.ts'
import { type Cell, Entry } from './cell.ts'
import type { TimerTimes } from './cell-content.ts'
import type { HeapTable } from './heap-table.ts'
import type { KeyContext } from './key-context.ts'
import { isRowKey } from './rows/number-rows.ts'
import type { PlaceRows } from './rows/place-rows.ts'
import { PlaceQueue } from './timers/place-queue.ts'
import { TimeHeap } from './timers/time-heap.ts'
import { TimerBucket } from './timers/timer-bucket.ts'

/** Slots are spread over so many Maps, because a Map that grows copies all it holds. */
const SHARDS = 61
/** Times without timers stay in the heap until their turn, or until there are this many. */
const MANY_EMPTY = 1024

/** A single timer, several, some of them in rows, or none any more. */
type TimerSlot = Entry | TimerBucket | PlaceQueue | undefined

export class TimerQueue {
  readonly table: HeapTable
  readonly #context: KeyContext
  readonly #heap = new TimeHeap()
  readonly #slots: Map<number, TimerSlot>[] = Array.from({ length: SHARDS }, () => new Map())
  /** Slots that hold no timer. */
  #empty = 0

  constructor(table: HeapTable, context: KeyContext) {
    this.table = table
    this.#context = context
  }

  /** Sets a timer of the key and namespace in hand. */
  set(time: number): void {
    if (!Number.isFinite(time)) {
      throw new SluiceError('TIMESTAMP_INVALID', `A timer cannot be set for the time ${time}.`, {
        hint: 'Times are milliseconds since 1970, as a finite number.',
      })
    }
    // Adding zero turns -0 into 0.
    const due = time + 0
    const { mapKey } = this.#context
    if (isRowKey(mapKey) && this.#setPlace(mapKey, due)) return
    let entry = this.table.current()
    if (entry === undefined) {
      entry = this.table.add(due)
    } else {
      const times = entry.value as TimerTimes
      if (times === due || (times instanceof Set && times.has(due))) return
      this.table.willChange(entry)
      if (times instanceof Set) times.add(due)
      else entry.value = new Set([times, due])
    }
    this.#scheduleTimer(entry, due)
  }

  /** The only time of a place is in a row; false where there are others. */
  #setPlace(key: number, due: number): boolean {
    const { table } = this
    const places = table.places as PlaceRows
    const known = places.get(key) as number | undefined
    if (known === due) return true
    if (known !== undefined) {
      if (places.moveOut(key)) table.addKnown(known)
      else table.add(known)
      return false
    }
    if (table.objects > 0 && table.current() !== undefined) return false
    places.set(key, due)
    this.#schedulePlace(key, this.#context.namespace, this.#context.group(), due)
    return true
  }

  /** Deletes a timer of the key and namespace in hand, if it is set. */
  delete(time: number): void {
    const due = time + 0
    const { mapKey } = this.#context
    if (!isRowKey(mapKey)) {
      const entry = this.table.current()
      if (entry !== undefined && this.#forget(entry, due)) this.#unschedule(entry, due)
    } else if (this.#forgetPlace(mapKey, due)) {
      const queue = this.#shard(due).get(due) as PlaceQueue
      queue.deleted(() => this.#isSet(queue, due))
      if (queue.size === 0) this.#emptied()
    }
  }

  /** Takes a time of the place in hand out of the table; false if it is not set. */
  #forgetPlace(key: number, due: number): boolean {
    const { table } = this
    const places = table.places as PlaceRows
    if (places.get(key) === due) return places.remove(key)
    const entry = table.objects > 0 ? table.current() : undefined
    return entry !== undefined && this.#forget(entry, due)
  }

  /** Whether the place that a queue has in hand has a timer for this time. */
  #isSet({ group, key, namespace }: PlaceQueue, due: number): boolean {
    const { table } = this
    const times =
      table.places?.at(group, key, namespace) ?? table.loaded(group, key, namespace)?.value
    return times === due || (times instanceof Set && times.has(due))
  }

  /** Takes a time out of the table; false if it is not set. */
  #forget(entry: Entry, time: number): boolean {
    const times = entry.value as TimerTimes
    if (times === time) {
      this.table.remove(entry)
      return true
    }
    if (!(times instanceof Set) || !times.has(time)) return false
    this.table.willChange(entry)
    times.delete(time)
    if (times.size === 1) for (const left of times) entry.value = left
    return true
  }

  #scheduleTimer(entry: Entry, time: number): void {
    const { mapKey, namespace, group } = entry
    if (isRowKey(mapKey)) this.#schedulePlace(mapKey, namespace, group, time)
    else this.#schedule(entry, time)
  }

  #schedule(entry: Entry, time: number): void {
    const slots = this.#shard(time)
    const slot = slots.get(time)
    if (slot instanceof TimerBucket) {
      if (slot.size === 0) this.#empty--
      slot.add(entry)
    } else if (slot instanceof PlaceQueue) {
      if (slot.size === 0) this.#empty--
      slot.entries ??= new TimerBucket()
      slot.entries.add(entry)
    } else if (slot instanceof Entry) {
      const bucket = bucketOf(slot)
      bucket.add(entry)
      slots.set(time, bucket)
    } else {
      if (slots.has(time)) this.#empty--
      else this.#heap.push(time)
      slots.set(time, entry)
    }
  }

  #schedulePlace(key: number, namespace: number, group: number, time: number): void {
    const slots = this.#shard(time)
    let slot = slots.get(time)
    if (isEmpty(slot)) {
      if (slots.has(time)) this.#empty--
      else this.#heap.push(time)
    }
    if (!(slot instanceof PlaceQueue)) {
      const queue = new PlaceQueue()
      queue.entries = slot instanceof Entry ? bucketOf(slot) : slot
      slots.set(time, queue)
      slot = queue
    }
    slot.add(key, namespace, group)
  }

  #unschedule(entry: Entry, time: number): void {
    const slots = this.#shard(time)
    const slot = slots.get(time)
    if (slot instanceof Entry || slot === undefined) {
      slots.set(time, undefined)
    } else {
      const bucket = slot instanceof PlaceQueue ? slot.entries : slot
      bucket?.delete(entry)
      if (slot.size > 0) return
    }
    this.#emptied()
  }

  #emptied(): void {
    this.#empty++
    if (this.#empty > MANY_EMPTY && this.#empty > this.#heap.size / 2) this.#dropEmpty()
  }

  #dropEmpty(): void {
    for (const slots of this.#slots) {
      for (const [time, slot] of slots) if (isEmpty(slot)) slots.delete(time)
    }
    this.#heap.retain((time) => this.#shard(time).has(time))
    this.#empty = 0
  }

  /** The time of the earliest timer; +Infinity where there is none. */
  next(): number {
    for (;;) {
      const time = this.#heap.first()
      if (time === Number.POSITIVE_INFINITY) return time
      const slots = this.#shard(time)
      if (!isEmpty(slots.get(time))) return time
      slots.delete(time)
      this.#heap.pop()
      this.#empty--
    }
  }

  /** See KeyedStateBackend.fireTimers. */
  fire(until: number, limit: number, call: TimerCallback): number {
    const context = this.#context
    const { first } = context.range
    let fired = 0
    while (fired < limit) {
      const time = this.next()
      // The end of time is no timer: a last watermark would find one in an empty queue.
      if (time > until || time === Number.POSITIVE_INFINITY) break
      fired++
      const slots = this.#shard(time)
      const slot = slots.get(time)
      if (slot instanceof PlaceQueue && slot.live > 0) {
        this.#takePlace(slot, time, first)
        call(time, slot.key, slot.namespace)
        continue
      }
      const entry = this.#take(slots, slot, time)
      const key = keyFromMapKey(entry.mapKey)
      this.#forget(entry, time)
      context.setKey(key, first + entry.group)
      context.setNamespace(entry.namespace)
      call(time, key, entry.namespace)
    }
    return fired
  }

  /** Makes the next timer of a place the one in hand, and removes it. */
  #takePlace(queue: PlaceQueue, time: number, firstGroup: number): void {
    const context = this.#context
    do {
      queue.next()
      context.setKey(queue.key, firstGroup + queue.group)
      context.setNamespace(queue.namespace)
    } while (!this.#forgetPlace(queue.key, time))
    queue.taken()
    if (queue.size === 0) this.#empty++
  }

  #take(slots: Map<number, TimerSlot>, slot: TimerSlot, time: number): Entry {
    if (slot instanceof Entry) {
      slots.set(time, undefined)
      this.#empty++
      return slot
    }
    const bucket = slot instanceof PlaceQueue ? slot.entries : slot
    const entry = bucket?.take() as Entry
    if (bucket?.size === 0) this.#empty++
    return entry
  }

  /** Schedules all timers of the table, after it was loaded. */
  rebuild(): void {
    const { range } = this.#context
    for (let group = 0; group <= range.last - range.first; group++) {
      const cells = this.table.cursor(group)
      for (let cell = cells.next(); cell !== undefined; cell = cells.next()) {
        const times = cell.value as TimerTimes
        if (!(times instanceof Set)) this.#scheduleTimer(cell as Entry, times)
        else for (const time of times) this.#scheduleTimer(cell as Entry, time)
      }
      const rows = this.table.places?.cursor(group)
      for (let cell = rows?.next(); cell !== undefined; cell = rows?.next()) {
        const { mapKey, namespace = 0, value }: Cell = cell
        this.#schedulePlace(mapKey as number, namespace, group, value as number)
      }
    }
  }

  #shard(time: number): Map<number, TimerSlot> {
    const index = Math.floor(time) % SHARDS
    return this.#slots[index < 0 ? index + SHARDS : index] as Map<number, TimerSlot>
  }
}

function bucketOf(entry: Entry): TimerBucket {
  const bucket = new TimerBucket()
  bucket.add(entry)
  return bucket
}

function isEmpty(slot: TimerSlot): boolean {
  return slot === undefined || (!(slot instanceof Entry) && slot.size === 0)
}
