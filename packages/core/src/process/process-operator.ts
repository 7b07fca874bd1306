// The operator behind `.process`, over one keyed stream or two. One context and one `emit` per
// instance serve all calls, so that the engine allocates nothing per record.

import { SluiceError } from '../errors.ts'
import type { Key } from '../key/key.ts'
import type { HostTimers, Operator, OperatorHost } from '../operator/host.ts'
import { openStates, type StateDeclarations, type StateOf } from '../state/declared-states.ts'
import type { StateDescriptor } from '../state/descriptor.ts'
import type { ProcessFunctions, ProcessTimers, Timer } from './process-function.ts'
import { TimerChain } from './timer-chain.ts'

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
  const { onTimer, onProcessingTimer = onTimer } = functions
  const context = Object.assign(new CallContext(), members)
  const emit = (value: unknown): void => context.send(value)
  /** Of the timers that fire at the end of time. */
  let chain: TimerChain | undefined

  const operator: Operator = {
    open(host) {
      const answersEvent = onTimer !== undefined
      const answersProcessing = onProcessingTimer !== undefined
      context.open(host)
      context.state = openStates(host, descriptors, functions.state ?? {})
      context.timers = processTimers(host.timers, () => chain, answersEvent, answersProcessing)
    },

    onRecord(value, timestamp) {
      context.enter(value, timestamp, keyOf)
      functions.onRecord(value, context, emit)
    },
  }
  if (second !== undefined) {
    operator.onSecondRecord = (value, timestamp) => {
      context.enter(value, timestamp, second.keyOf)
      second.onRecord(value, context, emit)
    }
  }
  const timerCall = (call: Functions['onTimer'], domain: Timer<Key>['domain']) =>
    function fire(time: number, key: Key): void {
      context.enterTimer(time, key)
      call?.({ at: time, key, domain }, context, emit)
    }
  if (onTimer !== undefined) {
    const fire = timerCall(onTimer.bind(functions), 'event-time')
    operator.onEventTimer = (time, key) => {
      if (context.watermark === Number.POSITIVE_INFINITY) {
        chain ??= context.newChain()
        chain.fires(time, key)
      }
      fire(time, key)
    }
  }
  if (onProcessingTimer !== undefined) {
    operator.onProcessingTimer = timerCall(onProcessingTimer.bind(functions), 'processing-time')
  }
  return operator
}

/** What all calls of one operator work with. */
class CallContext {
  state: StateOf<StateDeclarations> = {}
  timers = undefined as unknown as ProcessTimers
  timestamp = 0
  #host = undefined as unknown as OperatorHost
  #record: unknown
  #key: Key | undefined
  #keyOf: ((value: unknown) => Key) | undefined

  open(host: OperatorHost): void {
    this.#host = host
  }

  enter(record: unknown, timestamp: number, keyOf: (value: unknown) => Key): void {
    this.#record = record
    this.#key = undefined
    this.#keyOf = keyOf
    this.timestamp = timestamp
  }

  newChain(): TimerChain {
    return new TimerChain(this.#host.step, this.#host.log)
  }

  enterTimer(time: number, key: Key): void {
    this.#key = key
    this.timestamp = time
  }

  send(value: unknown): void {
    this.#host.emit(value, this.timestamp, 0)
  }

  /** The engine has the key of a record; asking for it again is rarer than passing it along. */
  get key(): Key {
    this.#key ??= this.#keyOf?.(this.#record) as Key
    return this.#key
  }

  get watermark(): number {
    return this.#host.currentWatermark()
  }

  get processingTime(): number {
    return this.#host.processingTime()
  }
}

/** The user's view of the timers; setting one that nothing would answer to is an error. */
function processTimers(
  timers: HostTimers,
  chain: () => TimerChain | undefined,
  answersEvent: boolean,
  answersProcessing: boolean,
): ProcessTimers {
  return {
    atEventTime(time) {
      checkTimer(time, answersEvent, 'onTimer')
      timers.setEventTime(time)
      chain()?.sets(time)
    },
    atProcessingTime(time) {
      checkTimer(time, answersProcessing, 'onTimer or onProcessingTimer')
      timers.setProcessingTime(time)
    },
    cancelEventTime(time) {
      timers.deleteEventTime(time)
      chain()?.deletes(time)
    },
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
