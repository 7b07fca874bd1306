// The interval join: each pair of records of a key whose event times differ by no more than the
// interval allows, sent out when the second of the two comes, with the later of their times. A
// record waits until the watermark has passed the last time at which a partner can lie; without one
// it then comes out by itself, where the type of the join says so.

import type { Key } from '../key/key.ts'
import type { Operator, OperatorHost } from '../operator/host.ts'
import { LateOutput } from '../operator/late-output.ts'
import type { StateDescriptor } from '../state/descriptor.ts'
import type { JoinInterval } from './join-interval.ts'
import { checkTime, type JoinSettings, keepsLeft, keepsRight } from './join-settings.ts'
import { WaitingSide } from './waiting-side.ts'

/** A probe looks at this many slots and one more. */
const SLOTS_PER_INTERVAL = 4

export interface IntervalJoinSettings extends JoinSettings {
  readonly interval: JoinInterval
  readonly allowedLatenessMs: number
}

export class IntervalJoinOperator implements Operator {
  readonly #settings: IntervalJoinSettings
  readonly #slotMs: number
  readonly #left: WaitingSide
  readonly #right: WaitingSide
  #host: OperatorHost | undefined
  #late: LateOutput | undefined
  /** The record in hand, for the functions below, which are made once. */
  #value: unknown
  #time = 0

  constructor(settings: IntervalJoinSettings) {
    this.#settings = settings
    const { interval, allowedLatenessMs, type } = settings
    this.#slotMs = Math.max(
      1,
      Math.ceil((interval.upperMs - interval.lowerMs) / SLOTS_PER_INTERVAL),
    )
    this.#left = new WaitingSide('left', keepsLeft(type), {
      slotMs: this.#slotMs,
      endMs: (time) => time + interval.upperMs,
      latenessMs: allowedLatenessMs,
    })
    this.#right = new WaitingSide('right', keepsRight(type), {
      slotMs: this.#slotMs,
      endMs: (time) => time - interval.lowerMs,
      latenessMs: allowedLatenessMs,
    })
  }

  get descriptors(): readonly StateDescriptor[] {
    return [...this.#left.descriptors, ...this.#right.descriptors]
  }

  open(host: OperatorHost): void {
    this.#host = host
    this.#late = new LateOutput(host)
    this.#left.open(host)
    this.#right.open(host)
  }

  onRecord(value: unknown, timestamp: number): void {
    if (this.#isLate(value, timestamp)) return
    const { lowerMs, upperMs } = this.#settings.interval
    const { allowedLatenessMs, type } = this.#settings
    const passes = this.#isRightPartner
    const last = timestamp + upperMs
    let found = false
    for (let slot = this.#slotOf(timestamp + lowerMs); slot <= last; slot += this.#slotMs) {
      if (this.#right.match(slot, passes, this.#onRightPartner)) found = true
    }
    const dueMs = timestamp + upperMs + allowedLatenessMs
    if (dueMs > this.#watermark()) this.#left.add(this.#slotOf(timestamp), timestamp, value, found)
    else if (!found && keepsLeft(type)) this.#onUnmatchedLeft(value, Math.max(timestamp, dueMs))
  }

  onSecondRecord(value: unknown, timestamp: number): void {
    if (this.#isLate(value, timestamp)) return
    const { lowerMs, upperMs } = this.#settings.interval
    const { allowedLatenessMs, type } = this.#settings
    const passes = this.#isLeftPartner
    const last = timestamp - lowerMs
    let found = false
    for (let slot = this.#slotOf(timestamp - upperMs); slot <= last; slot += this.#slotMs) {
      if (this.#left.match(slot, passes, this.#onLeftPartner)) found = true
    }
    const dueMs = timestamp - lowerMs + allowedLatenessMs
    if (dueMs > this.#watermark()) this.#right.add(this.#slotOf(timestamp), timestamp, value, found)
    else if (!found && keepsRight(type)) this.#onUnmatchedRight(value, Math.max(timestamp, dueMs))
  }

  onEventTimer(time: number, _key: Key, slot: number): void {
    this.#left.expire(slot, time, this.#onUnmatchedLeft)
    this.#right.expire(slot, time, this.#onUnmatchedRight)
  }

  /** A record at or below the watermark may have lost partners already. */
  #isLate(value: unknown, timestamp: number): boolean {
    checkTime(timestamp)
    this.#value = value
    this.#time = timestamp
    if (timestamp + this.#settings.allowedLatenessMs > this.#watermark()) return false
    this.#late?.send(value, timestamp)
    return true
  }

  #watermark(): number {
    return (this.#host as OperatorHost).currentWatermark()
  }

  #slotOf(time: number): number {
    // Adding zero turns -0 into 0.
    return Math.floor(time / this.#slotMs) * this.#slotMs + 0
  }

  #holds(differenceMs: number): boolean {
    const { lowerMs, upperMs, lowerOpen, upperOpen } = this.#settings.interval
    return (
      (lowerOpen ? differenceMs > lowerMs : differenceMs >= lowerMs) &&
      (upperOpen ? differenceMs < upperMs : differenceMs <= upperMs)
    )
  }

  readonly #isRightPartner = (time: number): boolean => this.#holds(time - this.#time)
  readonly #isLeftPartner = (time: number): boolean => this.#holds(this.#time - time)

  readonly #onRightPartner = (right: unknown, time: number): void => {
    this.#send(this.#value, right, Math.max(this.#time, time))
  }

  readonly #onLeftPartner = (left: unknown, time: number): void => {
    this.#send(left, this.#value, Math.max(this.#time, time))
  }

  readonly #onUnmatchedLeft = (left: unknown, time: number): void => {
    this.#send(left, undefined, time)
  }

  readonly #onUnmatchedRight = (right: unknown, time: number): void => {
    this.#send(undefined, right, time)
  }

  #send(left: unknown, right: unknown, time: number): void {
    this.#host?.emit(this.#settings.select(left, right), time, 0)
  }
}
