// What `.connect(…).process(…)` adds to the graph: one step with two inputs, and before it, for a
// broadcast stream, what makes all subtasks see its records in one order.

import type { StepInput } from '../graph/job-graph.ts'
import type { Key } from '../key/key.ts'
import type { KeyedBroadcastFunctions } from '../process/broadcast-functions.ts'
import { createBroadcastOperator } from '../process/broadcast-operator.ts'
import { type BroadcastDeclarations, broadcastNames } from '../process/broadcast-state.ts'
import type { ConnectedFunctions } from '../process/connected-functions.ts'
import { createProcessOperator } from '../process/process-operator.ts'
import type { StateDescriptor } from '../state/descriptor.ts'
import { describeStates, type StateDeclarations, stateSchemas } from '../state/declared-states.ts'
import {
  checkName,
  type GraphBuilder,
  type NamedStepOptions,
  named,
  type StepDraft,
} from './graph-builder.ts'
import { checkFunction } from './user-function.ts'

type KeyOf = (value: unknown) => Key

/** An input with the function that gives the keys of its records. */
export interface KeyedInput {
  readonly input: StepInput
  readonly key: KeyOf
}

type AnyConnected = ConnectedFunctions<unknown, unknown, unknown, StateDeclarations, Key>

export function connectDraft(
  left: KeyedInput,
  right: KeyedInput,
  name: string,
  given: unknown,
  options: NamedStepOptions,
): StepDraft {
  checkName(name, 'A process step')
  const functions = given as AnyConnected
  checkFunction(functions.onLeft, `onLeft of '${name}'`)
  checkFunction(functions.onRight, `onRight of '${name}'`)
  checkTimerFunctions(functions, name)
  const states = describeStates(functions.state ?? {}, name)
  return {
    ...named(name, options),
    inputs: [left.input, right.input],
    operator: {
      type: 'connect',
      keyed: true,
      state: states,
      operatorState: 'none',
      description: { timers: answersTimers(functions) },
    },
    code: {
      kind: 'operator',
      key: left.key,
      secondKey: right.key,
      schemas: stateSchemas(functions.state ?? {}),
      create: () => connectedOperator(functions, states, left.key, right.key),
    },
  }
}

function connectedOperator(
  functions: AnyConnected,
  states: readonly StateDescriptor[],
  leftKey: KeyOf,
  rightKey: KeyOf,
) {
  const { state, onTimer, onProcessingTimer } = functions
  const left = {
    ...(state === undefined ? {} : { state }),
    onRecord: functions.onLeft.bind(functions),
    ...(onTimer === undefined ? {} : { onTimer: onTimer.bind(functions) }),
    ...(onProcessingTimer === undefined
      ? {}
      : { onProcessingTimer: onProcessingTimer.bind(functions) }),
  }
  const second = { onRecord: functions.onRight.bind(functions), keyOf: rightKey }
  return createProcessOperator(left, states, leftKey, { second })
}

/**
 * The input that gives every subtask of a step the records of a broadcast stream in one order: they
 * pass through a single subtask first. (Where the stream comes from one subtask, that costs
 * nothing: the step joins its chain.)
 */
export function orderedBroadcast(builder: GraphBuilder, broadcast: StepInput): StepInput {
  const funnel = builder.add({
    inputs: [broadcast],
    code: { kind: 'map', map: (value) => value },
  })
  builder.setParallelism(funnel, 1)
  const inputs = [{ step: funnel, output: 0 }]
  return { step: builder.add({ inputs, code: { kind: 'broadcast' } }), output: 0 }
}

type AnyBroadcast = KeyedBroadcastFunctions<
  unknown,
  unknown,
  unknown,
  BroadcastDeclarations,
  StateDeclarations,
  Key
>

/** `key` is undefined for an unkeyed stream, which has neither state per key nor timers. */
export function broadcastDraft(
  input: StepInput,
  key: KeyOf | undefined,
  rules: StepInput,
  name: string,
  given: unknown,
  options: NamedStepOptions,
): StepDraft {
  const functions = given as AnyBroadcast
  const names = broadcastNames(functions.broadcast, name)
  const declared = key === undefined ? {} : (functions.state ?? {})
  const states = describeStates(declared, name)
  return {
    ...named(name, options),
    inputs: [input, rules],
    operator: {
      type: 'broadcast',
      keyed: key !== undefined,
      state: states,
      operatorState: 'broadcast',
      description: { rules: names, timers: key !== undefined && answersTimers(functions) },
    },
    code: {
      kind: 'operator',
      ...(key === undefined ? {} : { key }),
      schemas: stateSchemas(declared),
      create: () => createBroadcastOperator(functions, names, states, key),
    },
  }
}

/** Before anything is added to the graph. */
export function checkBroadcastFunctions(name: string, given: unknown): void {
  checkName(name, 'A process step')
  const functions = given as AnyBroadcast
  checkFunction(functions.onRecord, `onRecord of '${name}'`)
  checkFunction(functions.onBroadcast, `onBroadcast of '${name}'`)
  checkTimerFunctions(functions, name)
}

interface TimerFunctions {
  readonly onTimer?: unknown
  readonly onProcessingTimer?: unknown
}

function checkTimerFunctions({ onTimer, onProcessingTimer }: TimerFunctions, name: string): void {
  if (onTimer !== undefined) checkFunction(onTimer, `onTimer of '${name}'`)
  if (onProcessingTimer !== undefined) {
    checkFunction(onProcessingTimer, `onProcessingTimer of '${name}'`)
  }
}

function answersTimers({ onTimer, onProcessingTimer }: TimerFunctions): boolean {
  return onTimer !== undefined || onProcessingTimer !== undefined
}
