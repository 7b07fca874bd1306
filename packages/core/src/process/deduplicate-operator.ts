// The first record of each key, and none of those that follow within the time to live. By
// processing time the state's own time to live forgets a key. By event time the times of the
// records decide: a record is a duplicate when it is earlier than first record plus time to live,
// in whatever order they come; the key is forgotten when the watermark is there.

import { SluiceError } from '../errors.ts'
import type { Operator, OperatorHost } from '../operator/host.ts'
import { LateOutput } from '../operator/late-output.ts'
import type { StateDescriptor } from '../state/descriptor.ts'
import type { ValueState } from '../state/handle.ts'

export interface DeduplicateSettings {
  /** Undefined: for ever. */
  readonly ttlMs: number | undefined
  readonly clock: 'processing' | 'event'
}

/** Of the one state: the event time of the first record. */
export function deduplicateState({ ttlMs, clock }: DeduplicateSettings): StateDescriptor {
  const state = { name: 'first', kind: 'value', namespace: 'none' } as const
  const ages = ttlMs !== undefined && clock === 'processing'
  return ages ? { ...state, ttlMs, ttlClock: 'processing' } : state
}

/** A deduplicating operator for one subtask. */
export function createDeduplicateOperator(settings: DeduplicateSettings): Operator {
  const { ttlMs, clock } = settings
  return ttlMs === undefined || clock === 'processing'
    ? firstOfKey(deduplicateState(settings))
    : firstInEventTime(deduplicateState(settings), ttlMs)
}

function firstOfKey(descriptor: StateDescriptor): Operator {
  let host: OperatorHost
  let first: ValueState<number>
  return {
    open(opened) {
      host = opened
      first = host.state(descriptor) as unknown as ValueState<number>
    },
    onRecord(value, timestamp) {
      if (first.get() !== undefined) return
      first.set(timestamp)
      host.emit(value, timestamp, 0)
    },
  }
}

function firstInEventTime(descriptor: StateDescriptor, ttlMs: number): Operator {
  let host: OperatorHost
  let first: ValueState<number>
  let late: LateOutput
  return {
    open(opened) {
      host = opened
      late = new LateOutput(opened)
      first = host.state(descriptor) as unknown as ValueState<number>
    },
    onRecord(value, timestamp) {
      if (!Number.isFinite(timestamp)) throw timeless(timestamp)
      const known = first.get()
      if (known !== undefined && timestamp < known + ttlMs) return
      if (timestamp <= host.currentWatermark()) {
        late.send(value, timestamp)
        return
      }
      first.set(timestamp)
      host.timers.setEventTime(timestamp + ttlMs)
      host.emit(value, timestamp, 0)
    },
    onEventTimer(time) {
      const known = first.get()
      if (known === undefined) return
      if (known + ttlMs <= host.currentWatermark()) first.clear()
      // Set under a shorter time to live, before the job was changed.
      else if (known + ttlMs > time) host.timers.setEventTime(known + ttlMs)
    },
  }
}

function timeless(timestamp: number): SluiceError {
  return new SluiceError(
    'TIMESTAMP_INVALID',
    `A record with the event time ${timestamp} cannot be told from a duplicate by event time.`,
    { hint: 'Give every source before it an eventTime that returns finite milliseconds.' },
  )
}
