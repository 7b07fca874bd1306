// The timers of one domain. What is due when is a heap of distinct times with a bucket for each, so
// a million windows that end at one instant are one entry of the heap. What is set is a table like
// any state (key and namespace to times), so timers are saved and restored with the rest. The two
// always agree: a time is in the heap exactly while it has a slot, and a timer in a slot is in the
// table.

import { keyFromMapKey, SluiceError } from '@sluice/core/internal'
import type { TimerCallback } from '../state-backend.ts'
import { Entry } from './cell.ts'
import type { TimerTimes } from './cell-content.ts'
import type { HeapTable } from './heap-table.ts'
import type { KeyContext } from './key-context.ts'
import { TimeHeap } from './timers/time-heap.ts'
import { TimerBucket } from './timers/timer-bucket.ts'

/** Slots are spread over so many Maps, because a Map that grows copies all it holds. */
const SHARDS = 61
/** Times without timers stay in the heap until their turn, or until there are this many. */
const MANY_EMPTY = 1024

/** A single timer, several, or none any more. */
type TimerSlot = Entry | TimerBucket | undefined

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
    this.#schedule(entry, due)
  }

  /** Deletes a timer of the key and namespace in hand, if it is set. */
  delete(time: number): void {
    const due = time + 0
    const entry = this.table.current()
    if (entry === undefined || !this.#forget(entry, due)) return
    this.#unschedule(entry, due)
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

  #schedule(entry: Entry, time: number): void {
    const slots = this.#shard(time)
    const slot = slots.get(time)
    if (slot instanceof TimerBucket) {
      if (slot.size === 0) this.#empty--
      slot.add(entry)
    } else if (slot instanceof Entry) {
      const bucket = new TimerBucket()
      bucket.add(slot)
      bucket.add(entry)
      slots.set(time, bucket)
    } else {
      if (slots.has(time)) this.#empty--
      else this.#heap.push(time)
      slots.set(time, entry)
    }
  }

  #unschedule(entry: Entry, time: number): void {
    const slots = this.#shard(time)
    const slot = slots.get(time)
    if (slot instanceof TimerBucket) {
      slot.delete(entry)
      if (slot.size > 0) return
    } else {
      slots.set(time, undefined)
    }
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
      const entry = this.#take(time)
      const key = keyFromMapKey(entry.mapKey)
      this.#forget(entry, time)
      context.setKey(key, first + entry.group)
      context.setNamespace(entry.namespace)
      fired++
      call(time, key, entry.namespace)
    }
    return fired
  }

  #take(time: number): Entry {
    const slots = this.#shard(time)
    const slot = slots.get(time)
    if (slot instanceof TimerBucket) {
      const entry = slot.take() as Entry
      if (slot.size === 0) this.#empty++
      return entry
    }
    slots.set(time, undefined)
    this.#empty++
    return slot as Entry
  }

  /** Schedules all timers of the table, after it was loaded. */
  rebuild(): void {
    const { range } = this.#context
    for (let group = 0; group <= range.last - range.first; group++) {
      const cells = this.table.cursor(group)
      for (let cell = cells.next(); cell !== undefined; cell = cells.next()) {
        const times = cell.value as TimerTimes
        if (!(times instanceof Set)) this.#schedule(cell as Entry, times)
        else for (const time of times) this.#schedule(cell as Entry, time)
      }
    }
  }

  #shard(time: number): Map<number, TimerSlot> {
    const index = Math.floor(time) % SHARDS
    return this.#slots[index < 0 ? index + SHARDS : index] as Map<number, TimerSlot>
  }
}

function isEmpty(slot: TimerSlot): boolean {
  return slot === undefined || (slot instanceof TimerBucket && slot.size === 0)
}
