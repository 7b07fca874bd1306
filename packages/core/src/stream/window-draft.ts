// What `.window(…)` and `.windowAll(…)` with what is computed of it add to the graph.

import { type Aggregates, aggregationOf, reduction } from '../aggregate/aggregation.ts'
import { SluiceError } from '../errors.ts'
import type { StepInput } from '../graph/job-graph.ts'
import type { Key } from '../key/key.ts'
import type { RecordsFunction } from '../window/contents/record-contents.ts'
import {
  isWindow,
  merges,
  timeOf,
  type WindowDefinition,
  windowDescription,
  windowShape,
} from '../window/definition/window-definition.ts'
import { waitsForEventTime } from '../window/definition/window-options.ts'
import { planWindow, type WindowComputation } from '../window/plan-window.ts'
import { leavesOf } from '../window/trigger/trigger.ts'
import {
  checkName,
  type GraphBuilder,
  type NamedStepOptions,
  named,
  type StepDraft,
} from './graph-builder.ts'
import { checkFunction } from './user-function.ts'

/** Where windows are cut and by what key; without one, over the whole stream. */
export interface WindowInput {
  readonly builder: GraphBuilder
  readonly input: StepInput
  readonly key: (value: unknown) => Key
  readonly keyed: boolean
  readonly window: WindowDefinition
}

export function aggregateDraft(
  from: WindowInput,
  name: string,
  aggregates: Aggregates<never>,
  options: NamedStepOptions,
): StepDraft {
  checkName(name, 'A window')
  const aggregation = aggregationOf(aggregates, name)
  const { withoutMerge } = aggregation
  if (isWindow(from.window) && merges(from.window) && withoutMerge.length > 0) {
    throw new SluiceError(
      'JOB_INVALID',
      `The ${from.window.kind} window '${name}' puts accumulators together, and ` +
        `'${withoutMerge.join("', '")}' cannot be merged.`,
      { where: { step: name }, hint: 'Give aggregator({ … }) a merge function.' },
    )
  }
  return windowDraft(from, name, { kind: 'aggregation', aggregation }, aggregation.shape, options)
}

export function reduceDraft(
  from: WindowInput,
  name: string,
  reduce: (left: never, right: never) => unknown,
  options: NamedStepOptions,
): StepDraft {
  checkName(name, 'A window')
  checkFunction(reduce, `What reduce of '${name}' takes`)
  const aggregation = reduction(reduce as (left: unknown, right: unknown) => unknown)
  return windowDraft(from, name, { kind: 'aggregation', aggregation }, aggregation.shape, options)
}

export function applyDraft(
  from: WindowInput,
  name: string,
  apply: (records: never, place: never) => unknown,
  options: NamedStepOptions,
): StepDraft {
  checkName(name, 'A window')
  checkFunction(apply, `What apply of '${name}' takes`)
  const computation = { kind: 'apply', apply: apply as unknown as RecordsFunction } as const
  return windowDraft(from, name, computation, ['apply'], options)
}

function windowDraft(
  { builder, input, key, keyed, window }: WindowInput,
  name: string,
  computation: WindowComputation,
  aggregates: readonly string[],
  options: NamedStepOptions,
): StepDraft {
  checkWindow(window, name)
  if (needsEventTime(window)) checkEventTime(builder, input, name)
  const { states, create } = planWindow(window, computation)
  return {
    ...named(name, options),
    inputs: [input],
    outputs: ['main', 'late'],
    operator: {
      type: 'window',
      keyed: true,
      state: states,
      operatorState: 'none',
      stateShape: { ...windowShape(window), aggregates },
      description: { ...windowDescription(window), aggregates },
    },
    code: { kind: 'operator', key, create: () => create(key, keyed) },
  }
}

function checkWindow(window: unknown, name: string): asserts window is WindowDefinition {
  if (isWindow(window)) return
  throw new SluiceError('JOB_INVALID', `'${name}' has no window that is known.`, {
    where: { step: name },
    hint: "Write .window(tumbling('1m')).",
  })
}

/** Whether event time decides anything about a window. */
function needsEventTime(window: WindowDefinition): boolean {
  if (window.kind === 'count') return false
  if (timeOf(window) === 'event') return true
  return leavesOf(window.trigger).some((leaf) => {
    return waitsForEventTime(leaf) || (window.kind === 'global' && leaf.kind === 'at-end')
  })
}

function checkEventTime(builder: GraphBuilder, input: StepInput, name: string): void {
  const timeless = builder.sourcesAbove(input).find((step) => step.source?.watermarks === undefined)
  if (timeless === undefined) return
  throw new SluiceError(
    'JOB_INVALID',
    `The window '${name}' needs event time, and the source '${timeless.id}' has none.`,
    { where: { step: name }, hint: 'Give it as third argument of job.from: { eventTime: … }.' },
  )
}
