// Watermarks on their way through a chain: each operator fires its timers, in slices, before the
// watermark goes on to what hangs below it. No record is processed while a watermark is under way;
// a barrier may come between two slices, so a restored task begins with the timers that were left.

import type { Clock } from '@sluice/core/connector'
import { FRAME_WATERMARK } from '../../network/frame.ts'
import type { OperatorSlot } from '../operator-slot.ts'
import type { TaskParts } from '../task-parts.ts'
import { TimerSlice } from './timer-slice.ts'
import { routeBelow, routeOfInput, type WatermarkRoute } from '../chain/watermark-routes.ts'

/** A watermark of a busy source goes out with every so many batches. */
const BATCHES_PER_WATERMARK = 4

export class WatermarkFlow {
  readonly #operators: readonly OperatorSlot[]
  readonly #input: WatermarkRoute
  readonly #below = new Map<OperatorSlot, WatermarkRoute>()
  readonly #slice: TimerSlice
  #arrived: number
  #skipped = 0

  /** @param watermark The restored watermark; minus infinity for none. */
  constructor(parts: TaskParts, watermark: number, clock: Clock) {
    this.#slice = new TimerSlice(clock)
    this.#operators = parts.operators
    const [head] = parts.nodes
    if (head === undefined) throw new RangeError('A chain has at least one step.')
    this.#input = routeOfInput(head)
    for (const node of parts.nodes) {
      if (node.slot !== undefined) this.#below.set(node.slot, routeBelow(node))
    }
    this.#arrived = watermark
  }

  /**
   * Before the first record: what was passed on before a restore is passed on again, since nobody
   * below remembers from which of its channels a watermark came. Where timers of it may be left,
   * these fire first.
   */
  resume(): void {
    this.#pass(this.#input, this.#arrived)
    for (const [slot, route] of this.#below) {
      const isKnown = slot.pendingWatermark > Number.NEGATIVE_INFINITY
      if (slot.backend !== undefined) slot.inSlices = isKnown
      else if (slot.operator.onWatermark === undefined) this.#pass(route, slot.host.watermark)
    }
  }

  /** The watermark that came in last. */
  get watermark(): number {
    return this.#arrived
  }

  get busy(): boolean {
    return this.#operators.some(
      (slot) => slot.inSlices || slot.pendingWatermark > slot.host.watermark,
    )
  }

  /** A watermark at the head of the chain; when not `now`, only every few times. */
  arrive(watermark: number, now: boolean): void {
    if (watermark <= this.#arrived) return
    if (!now && ++this.#skipped < BATCHES_PER_WATERMARK) return
    this.#skipped = 0
    this.#arrived = watermark
    this.#pass(this.#input, watermark)
  }

  /** Fires one slice of event-time timers; false when there is nothing to do. */
  advance(): boolean {
    for (const slot of this.#operators) {
      if (slot.pendingWatermark <= slot.host.watermark && !slot.inSlices) continue
      this.#fire(slot)
      return true
    }
    return false
  }

  /** Fires one slice of processing-time timers; false when none is due. */
  fireProcessingTimers(nowMs: number): boolean {
    return this.#operators.some((slot) => slot.fireProcessingTimers(nowMs, this.#slice))
  }

  #fire(slot: OperatorSlot): void {
    // Functions see the new watermark while its timers fire.
    slot.inSlices = true
    slot.host.watermark = slot.pendingWatermark
    if (!slot.fireEventTimers(this.#slice)) return
    slot.inSlices = false
    const route = this.#below.get(slot) as WatermarkRoute
    const pass = (watermark: number) => this.#pass(route, watermark)
    if (slot.operator.onWatermark?.(slot.host.watermark, pass) === false) return
    pass(slot.host.watermark)
  }

  #pass(route: WatermarkRoute, watermark: number): void {
    const frame = { kind: FRAME_WATERMARK, watermark } as const
    for (const channel of route.channels) channel.sendWatermark(watermark, frame)
    for (const slot of route.operators) {
      if (watermark > slot.pendingWatermark) slot.pendingWatermark = watermark
    }
  }
}
