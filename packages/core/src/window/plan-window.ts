// From the definition of a window and what is to be computed to states and an operator: which of
// the ways to keep windows does it.

import type { Aggregation } from '../aggregate/aggregation.ts'
import type { Key } from '../key/key.ts'
import type { Operator } from '../operator/host.ts'
import type { StateDescriptor } from '../state/descriptor.ts'
import { globalAssigner, GridAssigner } from './assigner.ts'
import { AccumulatedContents } from './contents/accumulated-contents.ts'
import { DistinctContents } from './contents/distinct-contents.ts'
import { RecordContents, type RecordsFunction } from './contents/record-contents.ts'
import type { WindowContents } from './contents/window-contents.ts'
import { firesPlainly, type WindowDefinition } from './definition/window-definition.ts'
import { WindowGrid } from './grid.ts'
import { countStates, createCountOperator } from './operator/count-operator.ts'
import { createPaneOperator, paneStates } from './operator/pane-operator.ts'
import { createSessionOperator, sessionStates } from './operator/session-operator.ts'
import { createTriggeredOperator, triggeredStates } from './operator/triggered-operator.ts'
import { createTumblingOperator } from './operator/tumbling-operator.ts'
import type { WindowStep } from './operator/window-setting.ts'

/** What is computed of a window: aggregates, or a function over all its records. */
export type WindowComputation =
  | { readonly kind: 'aggregation'; readonly aggregation: Aggregation }
  | { readonly kind: 'apply'; readonly apply: RecordsFunction }

/** How a window is kept. */
export interface WindowPlan {
  readonly states: readonly StateDescriptor[]
  /** One operator per subtask. Results carry the key where the stream is keyed. */
  create(keyOf: (value: unknown) => Key, keyed: boolean): Operator
}

/** The way in which a window is kept. */
export function planWindow(window: WindowDefinition, computation: WindowComputation): WindowPlan {
  const { states, create } = wayOf(window)
  return {
    states: [...contentsOf(computation).states, ...states],
    create: (keyOf, keyed) => create({ contents: contentsOf(computation), keyOf, keyed }),
  }
}

interface Way {
  readonly states: readonly StateDescriptor[]
  readonly create: (step: WindowStep) => Operator
}

function wayOf(window: WindowDefinition): Way {
  switch (window.kind) {
    case 'count':
      return { states: countStates(window), create: (step) => createCountOperator(window, step) }
    case 'session':
      return { states: sessionStates, create: (step) => createSessionOperator(window, step) }
    case 'global': {
      const facts = { ...window, time: 'event', allowedLatenessMs: 0 } as const
      return {
        states: triggeredStates,
        create: (step) => createTriggeredOperator(globalAssigner, facts, step),
      }
    }
    default: {
      const grid = new WindowGrid(window)
      if (!firesPlainly(window)) {
        return {
          states: triggeredStates,
          create: (step) => createTriggeredOperator(new GridAssigner(grid), window, step),
        }
      }
      return grid.isSimple
        ? { states: [], create: (step) => createTumblingOperator(grid, window, step) }
        : { states: paneStates, create: (step) => createPaneOperator(grid, window, step) }
    }
  }
}

function contentsOf(computation: WindowComputation): WindowContents {
  if (computation.kind === 'apply') return new RecordContents(computation.apply)
  const { aggregation } = computation
  return aggregation.parts.some((part) => part.distinct !== undefined)
    ? new DistinctContents(aggregation)
    : new AccumulatedContents(aggregation)
}
