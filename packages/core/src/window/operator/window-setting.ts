// What every window operator works with: its host, the clock that its windows go by, its results.
//
// A window lasts up to its last millisecond, and is over when that has been seen. In event time the
// watermark says so. In processing time what has been seen is all before the present millisecond,
// so timers are set one later and nothing is ever late.

import type { Key } from '../../key/key.ts'
import type { Operator, OperatorHost } from '../../operator/host.ts'
import { LateOutput } from '../../operator/late-output.ts'
import type { WindowContents } from '../contents/window-contents.ts'
import type { WindowTime } from '../window.ts'

/** What an operator is made of beside its window. */
export interface WindowStep {
  readonly contents: WindowContents
  readonly keyOf: (value: unknown) => Key
  /** False for windows over a whole stream: their results carry no key. */
  readonly keyed: boolean
}

export class WindowSetting {
  readonly host: OperatorHost
  readonly isEventTime: boolean
  readonly #keyed: boolean
  readonly #late: LateOutput

  constructor(host: OperatorHost, step: WindowStep, time: WindowTime) {
    this.host = host
    this.isEventTime = time === 'event'
    this.#keyed = step.keyed
    this.#late = new LateOutput(host)
    step.contents.open(host)
  }

  /** The time of a record by the clock of the windows. */
  timeOf(timestamp: number): number {
    return this.isEventTime ? timestamp : this.host.processingTime()
  }

  /** Everything up to here has been seen. */
  progress(): number {
    return this.isEventTime ? this.host.currentWatermark() : this.host.processingTime() - 1
  }

  /** Sets a timer for when this instant has been seen, for the key and namespace in hand. */
  setTimer(time: number): void {
    if (this.isEventTime) this.host.timers.setEventTime(time)
    else this.host.timers.setProcessingTime(time + 1)
  }

  emit(key: Key, window: object, value: unknown, timestamp: number): void {
    const result = this.#keyed ? { key, window, value } : { window, value }
    this.host.emit(result, timestamp, 0)
  }

  /** A record that came after the allowed lateness. */
  late(value: unknown, timestamp: number): void {
    this.#late.send(value, timestamp)
  }
}

/** The member of an operator that its clock calls, with the instant that has been seen. */
export function timerCall(
  time: WindowTime,
  onTimer: (instant: number, key: Key, namespace: number) => void,
): Pick<Operator, 'onEventTimer' | 'onProcessingTimer'> {
  if (time === 'event') return { onEventTimer: onTimer }
  return { onProcessingTimer: (due, key, namespace) => onTimer(due - 1, key, namespace) }
}
