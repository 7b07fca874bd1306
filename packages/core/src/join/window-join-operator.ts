// The window join: each pair of records of a key that fall into one window, sent out as soon as
// both are there, with the last millisecond of the window as its event time. What has no partner
// when the window ends comes out then, where the type of the join says so. A window is a slot of
// its own.

import type { Key } from '../key/key.ts'
import type { Operator, OperatorHost } from '../operator/host.ts'
import { LateOutput } from '../operator/late-output.ts'
import type { StateDescriptor } from '../state/descriptor.ts'
import { GridAssigner, type WindowAssigner } from '../window/assigner.ts'
import { WindowGrid } from '../window/grid.ts'
import type { JoinWindow } from './join-options.ts'
import { checkTime, type JoinSettings, keepsLeft, keepsRight } from './join-settings.ts'
import { WaitingSide } from './waiting-side.ts'

export interface WindowJoinSettings extends JoinSettings {
  readonly window: JoinWindow
}

export class WindowJoinOperator implements Operator {
  readonly #settings: WindowJoinSettings
  readonly #assigner: WindowAssigner
  readonly #left: WaitingSide
  readonly #right: WaitingSide
  #host: OperatorHost | undefined
  #late: LateOutput | undefined
  #dropped: { add(): void } | undefined
  /** The record in hand and the last millisecond of the window in hand, for the functions below. */
  #value: unknown
  #lastMs = 0

  constructor(settings: WindowJoinSettings) {
    const { window, type } = settings
    this.#settings = settings
    this.#assigner = new GridAssigner(new WindowGrid(window))
    const endMs = (_time: number, slot: number) => this.#assigner.lastMs(slot)
    const timing = { slotMs: window.sizeMs, endMs, latenessMs: window.allowedLatenessMs }
    this.#left = new WaitingSide('left', keepsLeft(type), timing)
    this.#right = new WaitingSide('right', keepsRight(type), timing)
  }

  get descriptors(): readonly StateDescriptor[] {
    return [...this.#left.descriptors, ...this.#right.descriptors]
  }

  open(host: OperatorHost): void {
    this.#host = host
    this.#late = new LateOutput(host)
    this.#dropped = host.metrics.counter('records-between-windows')
    this.#left.open(host)
    this.#right.open(host)
  }

  onRecord(value: unknown, timestamp: number): void {
    this.#join(value, timestamp, this.#left, this.#right, this.#onRightPartner)
  }

  onSecondRecord(value: unknown, timestamp: number): void {
    this.#join(value, timestamp, this.#right, this.#left, this.#onLeftPartner)
  }

  onEventTimer(time: number, _key: Key, slot: number): void {
    this.#lastMs = this.#assigner.lastMs(slot)
    this.#left.expire(slot, time, this.#onUnmatchedLeft)
    this.#right.expire(slot, time, this.#onUnmatchedRight)
  }

  #join(
    value: unknown,
    timestamp: number,
    own: WaitingSide,
    other: WaitingSide,
    onPartner: (value: unknown) => void,
  ): void {
    checkTime(timestamp)
    const host = this.#host as OperatorHost
    this.#value = value
    const windows = this.#assigner.windowsOf(timestamp)
    let isLate = windows.length > 0
    for (const slot of windows) {
      if (this.#dueMs(slot) <= host.currentWatermark()) continue
      isLate = false
      this.#lastMs = this.#assigner.lastMs(slot)
      own.add(slot, timestamp, value, other.match(slot, always, onPartner))
    }
    if (isLate) this.#late?.send(value, timestamp)
    else if (windows.length === 0) this.#dropped?.add()
  }

  #dueMs(slot: number): number {
    return this.#assigner.lastMs(slot) + this.#settings.window.allowedLatenessMs
  }

  readonly #onRightPartner = (right: unknown): void => this.#send(this.#value, right)
  readonly #onLeftPartner = (left: unknown): void => this.#send(left, this.#value)
  readonly #onUnmatchedLeft = (left: unknown): void => this.#send(left, undefined)
  readonly #onUnmatchedRight = (right: unknown): void => this.#send(undefined, right)

  #send(left: unknown, right: unknown): void {
    this.#host?.emit(this.#settings.select(left, right), this.#lastMs, 0)
  }
}

function always(): boolean {
  return true
}
