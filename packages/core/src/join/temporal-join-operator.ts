// The temporal join: each record sees the newest version of its key at or before its own event
// time. Records and versions wait until the watermark reaches their time; then, in order of time,
// versions become the current one and records are joined with it. The namespace is the exact time,
// so nothing is ever searched, however many wait.

import type { Operator, OperatorHost } from '../operator/host.ts'
import { LateOutput } from '../operator/late-output.ts'
import type { StateDescriptor } from '../state/descriptor.ts'
import type { CounterState, ListState, ValueState } from '../state/handle.ts'
import { checkTime, type Select } from './join-settings.ts'

/** Records of one instant that go out in one call; the rest follow in calls of their own. */
const MOST_AT_ONCE = 256

const states = {
  current: { name: 'current', kind: 'value', namespace: 'none' },
  version: { name: 'version', kind: 'value', namespace: 'window' },
  waiting: { name: 'waiting', kind: 'list', namespace: 'window' },
  joined: { name: 'joined', kind: 'counter', namespace: 'window' },
} as const satisfies Record<string, StateDescriptor>

export const temporalJoinStates: readonly StateDescriptor[] = Object.values(states)

export interface TemporalJoinSettings {
  readonly type: 'inner' | 'left'
  readonly select: Select
}

/** The version in force, with the time from which it is. */
type Current = readonly [fromMs: number, version: unknown]

export class TemporalJoinOperator implements Operator {
  readonly #settings: TemporalJoinSettings
  #host: OperatorHost | undefined
  #late: LateOutput | undefined
  #current: ValueState<Current> | undefined
  /** A version that is not in force yet, in an array, since it may be undefined. */
  #version: ValueState<readonly [version: unknown]> | undefined
  #waiting: ListState<unknown> | undefined
  /** How many of the waiting records of an instant are joined, where they are many. */
  #joined: CounterState | undefined

  constructor(settings: TemporalJoinSettings) {
    this.#settings = settings
  }

  open(host: OperatorHost): void {
    this.#host = host
    this.#late = new LateOutput(host)
    this.#current = host.state(states.current) as unknown as ValueState<Current>
    this.#version = host.state(states.version) as unknown as ValueState<readonly [unknown]>
    this.#waiting = host.state(states.waiting)
    this.#joined = host.state(states.joined)
  }

  onRecord(value: unknown, timestamp: number): void {
    checkTime(timestamp)
    const host = this.#host as OperatorHost
    if (timestamp <= host.currentWatermark()) {
      this.#late?.send(value, timestamp)
      return
    }
    host.setNamespace(namespaceOf(timestamp))
    this.#waiting?.push(value)
    host.timers.setEventTime(timestamp)
  }

  onSecondRecord(version: unknown, timestamp: number): void {
    checkTime(timestamp)
    const host = this.#host as OperatorHost
    if (timestamp > host.currentWatermark()) {
      host.setNamespace(namespaceOf(timestamp))
      this.#version?.set([version])
      host.timers.setEventTime(timestamp)
      return
    }
    // Too late for the records that came after it, in time for those still to come.
    this.#putInForce(version, timestamp)
  }

  /**
   * Unless a newer one is in force already: this one is late then, or waited while a restore at
   * another parallelism had taken the watermark back.
   */
  #putInForce(version: unknown, fromMs: number): void {
    const current = this.#current?.get() as Current | undefined
    if (current === undefined || fromMs >= current[0]) this.#current?.set([fromMs, version])
    else this.#late?.send(version, fromMs)
  }

  onEventTimer(time: number): void {
    const version = this.#version?.get() as readonly [unknown] | undefined
    if (version !== undefined) {
      this.#version?.clear()
      this.#putInForce(version[0], time)
    }
    const waiting = this.#waiting as ListState<unknown>
    const { length } = waiting
    if (length > 0) this.#join(waiting, length, time)
  }

  #join(waiting: ListState<unknown>, length: number, time: number): void {
    const host = this.#host as OperatorHost
    const current = this.#current?.get() as Current | undefined
    const isMany = length > MOST_AT_ONCE
    const from = isMany ? (this.#joined as CounterState).get() : 0
    const until = Math.min(length, from + MOST_AT_ONCE)
    for (let index = from; index < until; index++) this.#send(waiting.at(index), current, time)
    if (until < length) {
      this.#joined?.set(until)
      host.timers.setEventTime(time)
      return
    }
    waiting.clear()
    if (isMany) this.#joined?.clear()
  }

  #send(value: unknown, current: Current | undefined, time: number): void {
    const { type, select } = this.#settings
    // A restore at another parallelism may have taken the watermark back behind a version that is
    // in force: what was in force before it is gone.
    if (current !== undefined && current[0] > time) this.#late?.send(value, time)
    else if (current !== undefined) this.#host?.emit(select(value, current[1]), time, 0)
    else if (type === 'left') this.#host?.emit(select(value, undefined), time, 0)
  }
}

/** Minus zero is the same instant as zero, and a name of its own in a stored row. */
function namespaceOf(timestamp: number): number {
  return timestamp + 0
}
