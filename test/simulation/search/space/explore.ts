// Breadth-first exploration: every state once, invariants in each, the first violation with its shortest
// trace. Deterministic: the same model gives the same figures.

import { ACTIONS, describeAction } from '../model/actions.ts'
import type { Action } from '../model/actions.ts'
import { stateLayout } from '../model/fields.ts'
import { hasLivingRun, INVARIANTS, violation } from '../model/invariants.ts'
import { successors } from '../model/run-steps.ts'
import type { SearchModel } from '../model/search-model.ts'
import { StateSet } from './state-set.ts'
import { sortRuns } from './symmetry.ts'

export interface Exploration {
  readonly states: number
  readonly transitions: number
  /** Transitions on which a run was taken to die because it went beyond the bounds. */
  readonly cut: number
  /** Steps from the start to the farthest state. */
  readonly depth: number
  readonly sizeBytes: number
  /** False: stopped at `maxStates`. */
  readonly complete: boolean
  readonly violation: Violation | undefined
}

export interface Violation {
  readonly invariant: string
  readonly trace: readonly string[]
}

const pack = stateLayout.packer()
const unpack = stateLayout.unpacker()

export interface ExploreOptions {
  readonly maxStates: number
  /** Keeps one of the states that differ only in the numbers of runs; traces then rename runs. */
  readonly symmetry: boolean
  /** Called now and then with the number of states. */
  readonly progress?: (states: number, depth: number) => void
}

export function explore(model: SearchModel, options: ExploreOptions): Exploration {
  const states = new StateSet(stateLayout.words)
  const state = new Uint8Array(stateLayout.size)
  const packed = new Uint32Array(stateLayout.words)
  let transitions = 0
  let cut = 0
  let worked = false
  let current = 0
  let violated: { invariant: string; index: number } | undefined

  model.visit = (next, action) => {
    transitions += 1
    if (action.kind === 'work') worked = true
    if (action === ACTIONS.beyondBounds) cut += 1
    if (options.symmetry) sortRuns(next)
    pack(next, packed, 0)
    if (!states.add(packed, current)) return
    const invariant = violation(model, next)
    if (invariant !== undefined) violated ??= { invariant, index: states.count - 1 }
  }

  pack(state, packed, 0)
  states.add(packed, 0)
  let depth = 0
  let lastOfDepth = 0
  for (; current < states.count && violated === undefined; current++) {
    if (states.count > options.maxStates) break
    if (current > lastOfDepth) {
      depth += 1
      lastOfDepth = states.count - 1
      options.progress?.(states.count, depth)
    }
    unpack(states.chunkOf(current), states.offsetOf(current), state)
    worked = false
    successors(model, state)
    if (!worked && hasLivingRun(model, state)) {
      violated ??= { invariant: INVARIANTS[9], index: current }
    }
  }
  return {
    states: states.count,
    transitions,
    cut,
    depth,
    sizeBytes: states.sizeBytes,
    complete: current >= states.count,
    violation: violated && {
      invariant: violated.invariant,
      trace: traceOf(model, states, violated.index, options.symmetry),
    },
  }
}

/** The steps from the start to a state, found by following the parents and stepping again. */
function traceOf(model: SearchModel, states: StateSet, index: number, symmetry: boolean): string[] {
  const path = [index]
  for (let at = index; at !== 0; ) {
    at = states.parentOf(at)
    path.push(at)
  }
  path.reverse()
  const state = new Uint8Array(stateLayout.size)
  const packed = new Uint32Array(stateLayout.words)
  const lines: string[] = []
  for (let i = 0; i + 1 < path.length; i++) {
    const target = path[i + 1] as number
    let line: string | undefined
    model.visit = (next: Uint8Array, action: Action, run: number, argument: number) => {
      if (symmetry) sortRuns(next)
      pack(next, packed, 0)
      if (line === undefined && states.indexOf(packed) === target) {
        line = describeAction(action, run, argument)
      }
    }
    unpack(states.chunkOf(path[i] as number), states.offsetOf(path[i] as number), state)
    successors(model, state)
    lines.push(line ?? 'an unknown step')
  }
  return lines
}
