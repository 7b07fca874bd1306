// The clocks that a trigger reads and the timers that it sets, for the record in hand.

import type { OperatorHost } from '../../operator/host.ts'
import type { TriggerClocks } from '../trigger/trigger-machine.ts'

export class TriggerTime implements TriggerClocks {
  eventTime = 0
  readonly #host: OperatorHost

  constructor(host: OperatorHost) {
    this.#host = host
  }

  /** For a record with this event time. */
  at(timestamp: number): this {
    this.eventTime = Math.max(timestamp, this.#host.currentWatermark())
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
