// The operator behind `.process`, over one keyed stream or two. One context and one `emit` per
// instance serve all calls, so that the engine allocates nothing per record.

import { SluiceError } from '../errors.ts'
import type { Key } from '../key/key.ts'
import type { HostTimers, Operator, OperatorHost } from '../operator/host.ts'
import { openStates, type StateDeclarations, type StateOf } from '../state/declared-states.ts'
import type { StateDescriptor } from '../state/descriptor.ts'
import type { ProcessFunctions, ProcessTimers, Timer } from './process-function.ts'

type Functions = ProcessFunctions<unknown, unknown, StateDeclarations, Key>

/** What an operator has beyond the functions of a process step over one stream. */
export interface ProcessAdditions {
  /** What takes the records of a second keyed stream. */
  readonly second?: {
    readonly onRecord: Functions['onRecord']
    readonly keyOf: (value: unknown) => Key
  }
  /** Further members of the context. */
  readonly context?: object
}

/** A process operator for one subtask. */
export function createProcessOperator(
  functions: Functions,
  descriptors: readonly StateDescriptor[],
  keyOf: (value: unknown) => Key,
  { second, context: members }: ProcessAdditions = {},
): Operator {
  let host: OperatorHost
  let record: unknown
  let key: Key | undefined
  let keyOfRecord = keyOf
  const { onTimer, onProcessingTimer = onTimer } = functions

  const context = {
    state: {} as StateOf<StateDeclarations>,
    timers: undefined as unknown as ProcessTimers,
    timestamp: 0,
    /** The engine has the key of a record; asking for it again is rarer than passing it along. */
    get key(): Key {
      key ??= keyOfRecord(record)
      return key
    },
    get watermark(): number {
      return host.currentWatermark()
    },
    get processingTime(): number {
      return host.processingTime()
    },
  }
  if (members !== undefined) Object.assign(context, members)

  function emit(value: unknown): void {
    host.emit(value, context.timestamp, 0)
  }

  const operator: Operator = {
    open(opened) {
      host = opened
      context.state = openStates(host, descriptors, functions.state ?? {})
      context.timers = processTimers(
        host.timers,
        onTimer !== undefined,
        onProcessingTimer !== undefined,
      )
    },

    onRecord(value, timestamp) {
      record = value
      key = undefined
      context.timestamp = timestamp
      functions.onRecord(value, context, emit)
    },
  }
  if (second !== undefined) {
    const { onRecord } = operator
    operator.onRecord = (value, timestamp) => {
      keyOfRecord = keyOf
      onRecord(value, timestamp)
    }
    operator.onSecondRecord = (value, timestamp) => {
      keyOfRecord = second.keyOf
      record = value
      key = undefined
      context.timestamp = timestamp
      second.onRecord(value, context, emit)
    }
  }
  const timerCall = (call: Functions['onTimer'], domain: Timer<Key>['domain']) =>
    function fire(time: number, timerKey: Key): void {
      key = timerKey
      context.timestamp = time
      call?.({ at: time, key: timerKey, domain }, context, emit)
    }
  if (onTimer !== undefined) {
    operator.onEventTimer = timerCall(onTimer.bind(functions), 'event-time')
  }
  if (onProcessingTimer !== undefined) {
    operator.onProcessingTimer = timerCall(onProcessingTimer.bind(functions), 'processing-time')
  }
  return operator
}

/** The user's view of the timers; setting one that nothing would answer to is an error. */
function processTimers(
  timers: HostTimers,
  answersEvent: boolean,
  answersProcessing: boolean,
): ProcessTimers {
  return {
    atEventTime(time) {
      checkTimer(time, answersEvent, 'onTimer')
      timers.setEventTime(time)
    },
    atProcessingTime(time) {
      checkTimer(time, answersProcessing, 'onTimer or onProcessingTimer')
      timers.setProcessingTime(time)
    },
    cancelEventTime: (time) => timers.deleteEventTime(time),
    cancelProcessingTime: (time) => timers.deleteProcessingTime(time),
  }
}

function checkTimer(time: number, isAnswered: boolean, by: string): void {
  if (!isAnswered) {
    throw new SluiceError('JOB_INVALID', `A timer is set in a step that has no ${by}.`)
  }
  if (!Number.isFinite(time)) {
    throw new SluiceError('TIMESTAMP_INVALID', `A timer cannot be set to ${String(time)}.`, {
      hint: 'Times of timers are finite numbers of milliseconds since 1970.',
    })
  }
}
