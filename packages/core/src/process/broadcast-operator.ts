// The operator behind `.connect(rules.broadcast()).process`: a process operator whose context shows
// the broadcast states. All subtasks get the same broadcast records in the same order, so at a
// barrier their copies are equal, and the first subtask alone puts its copy into the checkpoint.

import type { Key } from '../key/key.ts'
import type { Operator, OperatorHost } from '../operator/host.ts'
import type { StateDeclarations } from '../state/declared-states.ts'
import type { StateDescriptor } from '../state/descriptor.ts'
import type { BroadcastContext, KeyedBroadcastFunctions } from './broadcast-functions.ts'
import { type BroadcastDeclarations, BroadcastStates } from './broadcast-state.ts'
import type { ProcessFunctions } from './process-function.ts'
import { createProcessOperator } from './process-operator.ts'

type Functions = KeyedBroadcastFunctions<
  unknown,
  unknown,
  unknown,
  BroadcastDeclarations,
  StateDeclarations,
  Key
>

/** An operator for one subtask. `keyOf` is undefined over an unkeyed stream. */
export function createBroadcastOperator(
  functions: Functions,
  names: readonly string[],
  descriptors: readonly StateDescriptor[],
  keyOf: ((value: unknown) => Key) | undefined,
): Operator {
  let host: OperatorHost
  const states = new BroadcastStates(names, (value, what) => host.hold(value, what))
  const context = {
    broadcast: states.writable as unknown as BroadcastContext<BroadcastDeclarations>['broadcast'],
    timestamp: 0,
    get watermark(): number {
      return host.currentWatermark()
    },
    get processingTime(): number {
      return host.processingTime()
    },
  }
  const operator = createProcessOperator(
    functions as unknown as ProcessFunctions<unknown, unknown, StateDeclarations, Key>,
    descriptors,
    keyOf ?? noKey,
    { context: { broadcast: states.readable } },
  )
  const { open } = operator
  operator.open = (opened) => {
    host = opened
    open(opened)
  }
  operator.onSecondRecord = (value, timestamp) => {
    context.timestamp = timestamp
    functions.onBroadcast(value, context)
  }
  operator.snapshot = () => (host.subtask === 0 ? states.elements() : [])
  operator.restore = (elements) => states.load(elements)
  return operator
}

function noKey(): never {
  throw new RangeError('The records of an unkeyed stream have no key.')
}
