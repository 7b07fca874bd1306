// Tumbling event-time windows as an operator. The namespace is the start of the window; one value
// of state holds `[firings, ...accumulators]`. A window fires at its last millisecond and is
// cleared when the allowed lateness is over; until then each late record makes it fire again at
// once. What comes later than that goes to output 1. (Semantics: Flink's WindowOperator.)

import type { Accumulators, Aggregation } from '../aggregate/aggregation.ts'
import { SluiceError } from '../errors.ts'
import type { Key } from '../key/key.ts'
import type { Operator, OperatorHost } from '../operator/host.ts'
import type { StateDescriptor } from '../state/descriptor.ts'
import type { ValueState } from '../state/handle.ts'
import type { TumblingWindow } from './tumbling.ts'

/** The state of a window operator. */
export const windowState = {
  name: 'window',
  kind: 'value',
  namespace: 'window',
} as const satisfies StateDescriptor

/** The output of records that came after the allowed lateness. */
export const lateOutput = 1

/** A window operator for one subtask. */
export function createWindowOperator(
  { sizeMs, offsetMs, allowedLatenessMs }: TumblingWindow,
  aggregation: Aggregation,
  keyOf: (value: unknown) => Key,
): Operator {
  let host: OperatorHost
  let state: ValueState<Accumulators>

  /** Emits the window in hand and returns what is to be kept of it. */
  function fire(key: Key, start: number, accumulators: Accumulators): Accumulators {
    const end = start + sizeMs
    const firing = accumulators[0]
    const value = aggregation.result(accumulators)
    host.emit({ key, window: { start, end, firing }, value }, end - 1, 0)
    const kept = accumulators.slice()
    kept[0] = firing + 1
    return kept as unknown as Accumulators
  }

  return {
    open(opened) {
      host = opened
      state = host.state(windowState) as unknown as ValueState<Accumulators>
    },

    onRecord(value, timestamp) {
      const start = windowStart(timestamp, offsetMs, sizeMs)
      const lastMs = start + sizeMs - 1
      const watermark = host.currentWatermark()
      if (watermark >= lastMs + allowedLatenessMs) {
        host.emit(value, timestamp, lateOutput)
        return
      }
      host.setNamespace(start)
      let accumulators = state.get() as Accumulators | undefined
      if (accumulators === undefined) {
        // Timers are as durable as the state, so they are set once, with the first record.
        accumulators = aggregation.create(0)
        if (watermark < lastMs) host.timers.setEventTime(lastMs)
        if (allowedLatenessMs > 0) host.timers.setEventTime(lastMs + allowedLatenessMs)
      } else if (accumulators[0] > 0 && watermark < lastMs) {
        // The window fired before a restore at another parallelism took the watermark back.
        host.timers.setEventTime(lastMs)
      }
      accumulators = aggregation.add(accumulators, value)
      if (watermark >= lastMs) accumulators = fire(keyOf(value), start, accumulators)
      state.set(accumulators)
    },

    onEventTimer(time, key, start) {
      const accumulators = state.get() as Accumulators | undefined
      if (accumulators === undefined) return
      const lastMs = start + sizeMs - 1
      const clearsAt = lastMs + allowedLatenessMs
      const fired = time === lastMs ? fire(key, start, accumulators) : accumulators
      if (time >= clearsAt) {
        state.clear()
      } else if (time === lastMs) {
        state.set(fired)
      } else {
        // Set under a shorter lateness, before the job was changed.
        host.timers.setEventTime(clearsAt)
      }
    },
  }
}

/** The start of the window that a time falls into; also right before 1970. */
function windowStart(timestamp: number, offsetMs: number, sizeMs: number): number {
  if (!Number.isFinite(timestamp)) {
    throw new SluiceError(
      'TIMESTAMP_INVALID',
      `A record with the event time ${timestamp} has no window.`,
      {
        hint: 'Give every source before a window an eventTime that returns finite milliseconds.',
      },
    )
  }
  const into = (timestamp - offsetMs) % sizeMs
  return timestamp - (into < 0 ? into + sizeMs : into)
}
