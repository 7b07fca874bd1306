// What each method of a stream adds to the graph: facts as data, functions as code. Arguments are
// checked here, since job modules may be plain JavaScript.

import {
  type AsyncCall,
  type MapAsyncOptions,
  mapAsyncSettings,
} from '../async/map-async-options.ts'
import { MapAsyncOperator } from '../async/map-async-operator.ts'
import type { Sink } from '../connector/sink.ts'
import { SluiceError } from '../errors.ts'
import type { StepInput } from '../graph/job-graph.ts'
import type { OperatorCode } from '../graph/step-code.ts'
import type { Key } from '../key/key.ts'
import type { ProcessFunctions } from '../process/process-function.ts'
import { createProcessOperator } from '../process/process-operator.ts'
import { describeStates, type StateDeclarations, stateSchemas } from '../state/declared-states.ts'
import { checkName, type NamedStepOptions, named, type StepDraft } from './graph-builder.ts'
import { type Branches, orderedBranches } from './split.ts'
import { checkFunction } from './user-function.ts'

export type { StepDraft } from './graph-builder.ts'

type Untyped<Result> = (value: unknown) => Result

export function mapDraft(input: StepInput, map: (value: never) => unknown): StepDraft {
  checkFunction(map, 'What map takes')
  return { inputs: [input], code: { kind: 'map', map: map as Untyped<unknown> } }
}

export function filterDraft(input: StepInput, keep: (value: never) => boolean): StepDraft {
  checkFunction(keep, 'What filter takes')
  return { inputs: [input], code: { kind: 'filter', keep: keep as Untyped<boolean> } }
}

export function flatMapDraft(
  input: StepInput,
  expand: (value: never) => Iterable<unknown>,
): StepDraft {
  checkFunction(expand, 'What flatMap takes')
  return {
    inputs: [input],
    code: { kind: 'flat-map', expand: expand as Untyped<Iterable<unknown>> },
  }
}

export function keyByDraft(input: StepInput, key: (value: never) => Key): StepDraft {
  checkFunction(key, 'What keyBy takes')
  return { inputs: [input], code: { kind: 'key-by', key: key as Untyped<Key> } }
}

export function splitDraft(
  input: StepInput,
  name: string,
  branches: Branches<never>,
  options: NamedStepOptions,
): StepDraft {
  checkName(name, 'A split')
  const { names, predicates } = orderedBranches(branches, name)
  return {
    ...named(name, options),
    inputs: [input],
    outputs: names,
    code: { kind: 'split', branches: predicates },
  }
}

export function sinkDraft<T>(
  input: StepInput,
  name: string,
  sink: Sink<T>,
  options: NamedStepOptions,
): StepDraft {
  checkName(name, 'A sink')
  if (typeof sink?.createWriter !== 'function') {
    throw new SluiceError('JOB_INVALID', `What '${name}' writes to is not a sink.`, {
      where: { step: name },
    })
  }
  return {
    ...named(name, options),
    inputs: [input],
    outputs: [],
    sink: { connector: sink.kind, guarantee: sink.guarantee, description: sink.description },
    code: { kind: 'sink', sink: sink as unknown as Sink<unknown> },
  }
}

export function processDraft<T, Out, State extends StateDeclarations, K extends Key>(
  input: StepInput,
  name: string,
  key: Untyped<Key>,
  functions: ProcessFunctions<T, Out, State, K>,
  options: NamedStepOptions,
): StepDraft {
  checkName(name, 'A process step')
  const { state, onRecord, onTimer, onProcessingTimer } = functions
  checkFunction(onRecord, `onRecord of '${name}'`)
  if (onTimer !== undefined) checkFunction(onTimer, `onTimer of '${name}'`)
  if (onProcessingTimer !== undefined) {
    checkFunction(onProcessingTimer, `onProcessingTimer of '${name}'`)
  }
  const states = describeStates(state ?? {}, name)
  const untyped = functions as unknown as Parameters<typeof createProcessOperator>[0]
  return {
    ...named(name, options),
    inputs: [input],
    operator: {
      type: 'process',
      keyed: true,
      state: states,
      operatorState: 'none',
      description: { timers: onTimer !== undefined || onProcessingTimer !== undefined },
    },
    code: {
      kind: 'operator',
      key,
      schemas: stateSchemas(state ?? {}),
      create: () => createProcessOperator(untyped, states, key),
    },
  }
}

export function mapAsyncDraft<T, Out>(
  input: StepInput,
  name: string,
  call: AsyncCall<T, Out>,
  options: MapAsyncOptions,
): StepDraft {
  checkName(name, 'A mapAsync')
  if (typeof call !== 'function') {
    throw new SluiceError('JOB_INVALID', `mapAsync '${name}' needs a function, not ${typeof call}.`)
  }
  const settings = mapAsyncSettings(options, name)
  const codeOf = (used: AsyncCall<unknown, unknown>): OperatorCode => ({
    kind: 'operator',
    create: () => new MapAsyncOperator(used, settings),
    withCall: codeOf,
  })
  return {
    ...named(name, options),
    inputs: [input],
    operator: {
      type: 'map-async',
      keyed: false,
      state: [],
      operatorState: 'split',
      description: { ...settings },
    },
    code: codeOf(call as AsyncCall<unknown, unknown>),
  }
}
