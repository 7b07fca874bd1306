// The clocks that a trigger reads and the timers that it sets, for the record in hand.

import type { OperatorHost } from '../../operator/host.ts'
import type { TriggerClocks } from '../trigger/trigger-machine.ts'
import { LATEST_TIME_MS } from '../window.ts'

export class TriggerTime implements TriggerClocks {
  eventTime = 0
  readonly #host: OperatorHost

  constructor(host: OperatorHost) {
    this.#host = host
  }

  /** For a record with this event time. */
  at(timestamp: number): this {
    const unseen = this.#host.currentWatermark() + 1
    this.eventTime = Math.min(Math.max(timestamp, unseen), LATEST_TIME_MS)
    return this
  }

  get processingTime(): number {
    return this.#host.processingTime()
  }

  setEventTimer(time: number): void {
    this.#host.timers.setEventTime(time)
  }

  setProcessingTimer(time: number): void {
    this.#host.timers.setProcessingTime(time)
  }
}
