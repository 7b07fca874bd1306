// The records of one side of a join that wait for partners. They lie in slots of event time: the
// slot is the namespace of their state, and a probe looks at the few slots in its range, however
// many wait. A slot is a list that grows at its end (time since the start of the slot, record,
// time, record, …), so that adding costs the same always and clearing is one step.
//
// Invariant: while a slot holds records, a timer stands for it; where records without partner come
// out, at the moment at which the first of them can have none any more.

import type { OperatorHost } from '../operator/host.ts'
import type { StateDescriptor } from '../state/descriptor.ts'
import type { ListState, ValueState } from '../state/handle.ts'
import { isMatched, type MatchedFlags, withMatched } from './matched-flags.ts'

/** Records without partner that go out in one call; the rest follow in calls of their own. */
const MOST_AT_ONCE = 256
/** Slots that hold more are gone through less often. */
const LARGE_SLOT = 1024
/** So often, at most, within the length of a slot. */
const SWEEPS_PER_SLOT = 16

/** Nothing that is gone lies in the list. */
const NOTHING_GONE = Number.NEGATIVE_INFINITY

/** Of a slot of a side whose records come out without partner. */
type SlotHead = readonly [
  /** When the next record of the slot is due: the time of its timer. */
  dueMs: number,
  /**
   * What ends up to here is gone, though it may still lie in the list. It does not count lateness,
   * which may be another one after a restart.
   */
  goneMs: number,
  /** The sweep in progress is done with so many records at the front of the list. */
  swept: number,
  /** Who has found a partner, or was sent out alone by the sweep in progress. */
  matched: MatchedFlags,
]

/** How long the records of a side wait. */
export interface SlotTiming {
  /** Length of a slot. */
  readonly slotMs: number
  /** The last instant at which a partner of a record can lie. */
  endMs(time: number, slot: number): number
  /** When the watermark is so far behind that end, no partner follows. */
  readonly latenessMs: number
}

export class WaitingSide {
  readonly descriptors: readonly StateDescriptor[]
  readonly #timing: SlotTiming
  #host: OperatorHost | undefined
  #records: ListState<unknown> | undefined
  #head: ValueState<SlotHead> | undefined

  /** @param isOuter Whether records without partner come out. */
  constructor(name: 'left' | 'right', isOuter: boolean, timing: SlotTiming) {
    const list = { name, kind: 'list', namespace: 'window' } as const
    const head = { name: `${name}-slots`, kind: 'value', namespace: 'window' } as const
    this.descriptors = isOuter ? [list, head] : [list]
    this.#timing = timing
  }

  open(host: OperatorHost): void {
    const [list, head] = this.descriptors
    this.#host = host
    this.#records = host.state(list as StateDescriptor) as unknown as ListState<unknown>
    if (head !== undefined) this.#head = host.state(head) as unknown as ValueState<SlotHead>
  }

  /** Keeps a record of the key in hand; `matched`: it has found a partner already. */
  add(slot: number, time: number, value: unknown, matched: boolean): void {
    const host = this.#host as OperatorHost
    const records = this.#records as ListState<unknown>
    const dueMs = this.#dueMs(time, slot)
    host.setNamespace(slot)
    const { length } = records
    if (this.#head !== undefined) this.#adds(this.#head, slot, length, dueMs, matched)
    else if (length === 0) host.timers.setEventTime(dueMs)
    records.push(time - slot)
    records.push(value)
  }

  #adds(
    state: ValueState<SlotHead>,
    slot: number,
    length: number,
    dueMs: number,
    matched: boolean,
  ): void {
    let head = length === 0 ? emptySlot : (state.get() as SlotHead)
    let index = length / 2
    // A restore has taken the watermark back behind what is gone: this record is not.
    const isBehind = dueMs - this.#timing.latenessMs <= head[1]
    if (isBehind) {
      head = this.#compact(slot, head, head[1])
      index = (this.#records as ListState<unknown>).length / 2
    }
    const [nextMs, goneMs, swept, flags] = head
    if (dueMs < nextMs) this.#host?.timers.setEventTime(dueMs)
    else if (!matched && !isBehind) return
    const all = matched ? withMatched(flags, [index]) : flags
    state.set([Math.min(dueMs, nextMs), goneMs, swept, all])
  }

  /** From when on, by the watermark, a record can have no partner any more. */
  #dueMs(time: number, slot: number): number {
    return this.#timing.endMs(time, slot) + this.#timing.latenessMs
  }

  /**
   * Calls back with the waiting records of the key in hand that lie in a slot and pass; they have a
   * partner from now on. Returns whether there were any.
   */
  match(
    slot: number,
    passes: (time: number) => boolean,
    onPartner: (value: unknown, time: number) => void,
  ): boolean {
    this.#host?.setNamespace(slot)
    const records = this.#records as ListState<unknown>
    const { length } = records
    if (length === 0) return false
    const head = this.#head?.get() as SlotHead | undefined
    const goneMs = head === undefined ? NOTHING_GONE : head[1]
    const fresh: number[] = []
    let found = false
    for (let at = 0; at < length; at += 2) {
      const time = slot + (records.at(at) as number)
      if (!passes(time)) continue
      if (goneMs !== NOTHING_GONE && this.#timing.endMs(time, slot) <= goneMs) continue
      found = true
      if (head !== undefined && !isMatched(head[3], at / 2)) fresh.push(at / 2)
      onPartner(records.at(at + 1), time)
    }
    if (head !== undefined && fresh.length > 0) {
      this.#head?.set([head[0], goneMs, head[2], withMatched(head[3], fresh)])
    }
    return found
  }

  /**
   * For a timer of the key and slot in hand: drops what can have no partner any more, and calls
   * back with what never had one. `timeMs`: when such a record comes out.
   */
  expire(
    slot: number,
    firedMs: number,
    onUnmatched: (value: unknown, timeMs: number) => void,
  ): void {
    const records = this.#records as ListState<unknown>
    if (records.length === 0) return
    const head = this.#head?.get() as SlotHead | undefined
    if (head !== undefined) {
      // A timer of the other side, or one before which a record came that is due sooner.
      if (firedMs < head[0]) return
      if (!this.#emitUnmatched(head, slot, firedMs, onUnmatched)) return
    }
    this.#drop(slot, head)
  }

  /** False when there is more to come, in a call of its own. */
  #emitUnmatched(
    [dueMs, goneMs, swept, flags]: SlotHead,
    slot: number,
    firedMs: number,
    onUnmatched: (value: unknown, timeMs: number) => void,
  ): boolean {
    const host = this.#host as OperatorHost
    const records = this.#records as ListState<unknown>
    const watermark = host.currentWatermark()
    const { endMs, latenessMs } = this.#timing
    const count = records.length / 2
    const emitted: number[] = []
    let firstLeft = count
    for (let index = swept; index < count; index++) {
      if (isMatched(flags, index)) continue
      const time = slot + (records.at(2 * index) as number)
      const end = endMs(time, slot)
      if (end <= goneMs) continue
      const recordDueMs = end + latenessMs
      if (recordDueMs > watermark) {
        // The watermark may be further when the sweep goes on.
        firstLeft = Math.min(firstLeft, index)
        continue
      }
      if (emitted.length >= MOST_AT_ONCE || (emitted.length > 0 && host.isOutputFull())) {
        const done = withMatched(flags, emitted)
        this.#head?.set([dueMs, goneMs, Math.min(firstLeft, index), done])
        host.timers.setEventTime(firedMs)
        return false
      }
      emitted.push(index)
      // Not before the timer, whose time no watermark has passed that went out.
      onUnmatched(records.at(2 * index + 1), Math.max(time, recordDueMs, firedMs))
    }
    return true
  }

  /** Lets go of what is due, and sets the timer for the rest. */
  #drop(slot: number, head: SlotHead | undefined): void {
    const host = this.#host as OperatorHost
    const records = this.#records as ListState<unknown>
    const watermark = host.currentWatermark()
    const { length } = records
    let left = 0
    let earliestMs = Number.POSITIVE_INFINITY
    let latestMs = Number.NEGATIVE_INFINITY
    for (let at = 0; at < length; at += 2) {
      const dueMs = this.#dueMs(slot + (records.at(at) as number), slot)
      if (dueMs <= watermark) continue
      left++
      if (dueMs < earliestMs) earliestMs = dueMs
      if (dueMs > latestMs) latestMs = dueMs
    }
    if (left === 0) {
      records.clear()
      this.#head?.clear()
      return
    }
    const pauseMs = left > LARGE_SLOT ? this.#timing.slotMs / SWEEPS_PER_SLOT : 0
    const nextMs =
      head === undefined
        ? latestMs
        : Math.max(earliestMs, Math.min(latestMs, Math.ceil(watermark + pauseMs)))
    // A slot to which nothing more can come is soon cleared whole: copying what is left would cost
    // more than all the rest.
    const isWorthIt = 4 * left <= length && slot + this.#timing.slotMs > watermark
    const endedMs = watermark - this.#timing.latenessMs
    const kept = isWorthIt ? this.#compact(slot, head, endedMs) : head
    if (kept !== undefined) {
      const goneMs = isWorthIt ? NOTHING_GONE : endedMs
      this.#head?.set([nextMs, goneMs, 0, kept[3]])
    }
    host.timers.setEventTime(nextMs)
  }

  /** Takes out of the list what ends up to a time; returns the head of what is left. */
  #compact<Head extends SlotHead | undefined>(slot: number, head: Head, untilMs: number): Head {
    const records = this.#records as ListState<unknown>
    const { length } = records
    const kept: unknown[] = []
    const matched: number[] = []
    for (let at = 0; at < length; at += 2) {
      if (this.#timing.endMs(slot + (records.at(at) as number), slot) <= untilMs) continue
      if (head !== undefined && isMatched(head[3], at / 2)) matched.push(kept.length / 2)
      kept.push(records.at(at), records.at(at + 1))
    }
    records.set(kept)
    if (head === undefined) return head
    return [head[0], NOTHING_GONE, 0, withMatched(0, matched)] as SlotHead as Head
  }
}

const emptySlot: SlotHead = [Number.POSITIVE_INFINITY, NOTHING_GONE, 0, 0]
