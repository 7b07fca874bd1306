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

/** Of a slot of a side whose records come out without partner. */
type SlotHead = readonly [
  /** When the next record of the slot is due: the time of its timer. */
  dueMs: number,
  /** How many records at the front of the list the sweep in progress is done with. */
  swept: number,
  matched: MatchedFlags,
]

/** How long the records of a side wait. */
export interface SlotTiming {
  /** Length of a slot, as far as it matters for how often a large one is gone through. */
  readonly slotMs: number
  /** From when on, by the watermark, a record can have no partner any more. */
  dueMs(time: number, slot: number): number
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
    host.setNamespace(slot)
    const { length } = records
    records.push(time - slot)
    records.push(value)
    if (this.#head !== undefined) this.#added(this.#head, length, time, slot, matched)
    else if (length === 0) host.timers.setEventTime(this.#timing.dueMs(time, slot))
  }

  #added(
    state: ValueState<SlotHead>,
    length: number,
    time: number,
    slot: number,
    matched: boolean,
  ): void {
    const dueMs = this.#timing.dueMs(time, slot)
    const head = (length === 0 ? undefined : state.get()) as SlotHead | undefined
    const [nextMs, swept, flags] = head ?? [Number.POSITIVE_INFINITY, 0, 0]
    if (dueMs < nextMs) this.#host?.timers.setEventTime(dueMs)
    else if (!matched) return
    const all = matched ? withMatched(flags, [length / 2]) : flags
    state.set([Math.min(dueMs, nextMs), swept, all])
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
    const fresh: number[] = []
    let found = false
    for (let at = 0; at < length; at += 2) {
      const time = slot + (records.at(at) as number)
      if (!passes(time)) continue
      found = true
      if (head !== undefined && !isMatched(head[2], at / 2)) fresh.push(at / 2)
      onPartner(records.at(at + 1), time)
    }
    if (head !== undefined && fresh.length > 0) {
      this.#head?.set([head[0], head[1], withMatched(head[2], fresh)])
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
    [dueMs, swept, flags]: SlotHead,
    slot: number,
    firedMs: number,
    onUnmatched: (value: unknown, timeMs: number) => void,
  ): boolean {
    const host = this.#host as OperatorHost
    const records = this.#records as ListState<unknown>
    const watermark = host.currentWatermark()
    const count = records.length / 2
    let emitted = 0
    for (let index = swept; index < count; index++) {
      if (isMatched(flags, index)) continue
      const time = slot + (records.at(2 * index) as number)
      const recordDueMs = this.#timing.dueMs(time, slot)
      if (recordDueMs > watermark) continue
      if (emitted >= MOST_AT_ONCE || (emitted > 0 && host.isOutputFull())) {
        this.#head?.set([dueMs, index, flags])
        host.timers.setEventTime(firedMs)
        return false
      }
      emitted++
      // Not before the timer, whose time no watermark has passed that went out.
      onUnmatched(records.at(2 * index + 1), Math.max(time, recordDueMs, firedMs))
    }
    return true
  }

  /** Keeps those that may still have a partner, and sets the timer for them. */
  #drop(slot: number, head: SlotHead | undefined): void {
    const host = this.#host as OperatorHost
    const records = this.#records as ListState<unknown>
    const watermark = host.currentWatermark()
    const { length } = records
    const kept: unknown[] = []
    const matched: number[] = []
    let earliestMs = Number.POSITIVE_INFINITY
    let latestMs = Number.NEGATIVE_INFINITY
    for (let at = 0; at < length; at += 2) {
      const dueMs = this.#timing.dueMs(slot + (records.at(at) as number), slot)
      if (dueMs <= watermark) continue
      if (head !== undefined && isMatched(head[2], at / 2)) matched.push(kept.length / 2)
      kept.push(records.at(at), records.at(at + 1))
      if (dueMs < earliestMs) earliestMs = dueMs
      if (dueMs > latestMs) latestMs = dueMs
    }
    if (kept.length === 0) {
      records.clear()
      this.#head?.clear()
      return
    }
    if (kept.length < length) records.set(kept)
    const isLarge = kept.length > 2 * LARGE_SLOT
    const pauseMs = isLarge ? this.#timing.slotMs / SWEEPS_PER_SLOT : 0
    const nextMs =
      head === undefined
        ? latestMs
        : Math.max(earliestMs, Math.min(latestMs, Math.ceil(watermark + pauseMs)))
    this.#head?.set([nextMs, 0, withMatched(0, matched)])
    host.timers.setEventTime(nextMs)
  }
}
