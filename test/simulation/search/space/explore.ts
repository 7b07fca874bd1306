// Breadth-first exploration: every state once, invariants in each, the first violation with its
// shortest trace. Deterministic: the same model gives the same figures.

import { ACTIONS, describeAction } from '../model/actions.ts'
import type { Action } from '../model/actions.ts'
import { stateLayout } from '../model/fields.ts'
import { hasLivingRun, INVARIANTS, violation } from '../model/invariants.ts'
import { successors } from '../model/run-steps.ts'
import type { SearchModel } from '../model/search-model.ts'
import { isAcyclic } from './acyclic.ts'
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
  /** False: stopped at `maxStates` or at a violation. */
  readonly complete: boolean
  /** Undefined unless asked for. */
  readonly acyclic: boolean | undefined
  readonly violation: Violation | undefined
}

export interface Violation {
  readonly invariant: string
  readonly trace: readonly string[]
}

export interface ExploreOptions {
  readonly maxStates: number
  /** Keeps one of the states that differ only in the numbers of runs; traces then rename runs. */
  readonly symmetry: boolean
  /** Checks besides that every execution ends; takes twice the time again. */
  readonly acyclic?: boolean
}

const pack = stateLayout.packer()
const unpack = stateLayout.unpacker()

export function explore(model: SearchModel, options: ExploreOptions): Exploration {
  const space = new Space(model, options.symmetry)
  const { states } = space
  let transitions = 0
  let cut = 0
  let worked = false
  let current = 0
  let violated: { readonly invariant: string; readonly index: number } | undefined
  const take = (next: Uint8Array, action: Action) => {
    transitions += 1
    if (action.kind === 'work') worked = true
    if (action === ACTIONS.beyondBounds) cut += 1
    if (!states.add(space.pack(next), current)) return
    const invariant = violation(model, next)
    if (invariant !== undefined) violated ??= { invariant, index: states.count - 1 }
  }

  states.add(space.pack(new Uint8Array(stateLayout.size)), 0)
  let depth = 0
  let lastOfDepth = 0
  for (; current < states.count && violated === undefined; current++) {
    if (states.count > options.maxStates) break
    if (current > lastOfDepth) {
      depth += 1
      lastOfDepth = states.count - 1
    }
    worked = false
    const state = space.step(current, take)
    if (!worked && hasLivingRun(model, state)) {
      violated ??= { invariant: INVARIANTS[9], index: current }
    }
  }
  const { count, sizeBytes } = states
  const complete = current >= count && violated === undefined
  return {
    states: count,
    transitions,
    cut,
    depth,
    sizeBytes,
    complete,
    acyclic: complete && options.acyclic === true ? space.isAcyclic() : undefined,
    violation: violated && { invariant: violated.invariant, trace: space.traceOf(violated.index) },
  }
}

/** The states of one model, and the ways between them. */
class Space {
  readonly states = new StateSet(stateLayout.words)
  readonly #model: SearchModel
  readonly #symmetry: boolean
  readonly #state = new Uint8Array(stateLayout.size)
  readonly #packed = new Uint32Array(stateLayout.words)

  constructor(model: SearchModel, symmetry: boolean) {
    this.#model = model
    this.#symmetry = symmetry
  }

  pack(state: Uint8Array): Uint32Array {
    if (this.#symmetry) sortRuns(state)
    pack(state, this.#packed, 0)
    return this.#packed
  }

  /** Visits the successors of a state, and returns it. */
  step(index: number, visit: SearchModel['visit']): Uint8Array {
    unpack(this.states.chunkOf(index), this.states.offsetOf(index), this.#state)
    this.#model.visit = visit
    successors(this.#model, this.#state)
    return this.#state
  }

  isAcyclic(): boolean {
    return isAcyclic(this.states, (index, call) => {
      this.step(index, (next) => call(this.states.indexOf(this.pack(next))))
    })
  }

  /** The steps from the start to a state, found by following the parents and stepping again. */
  traceOf(index: number): string[] {
    const path = [index]
    for (let at = index; at !== 0; ) {
      at = this.states.parentOf(at)
      path.push(at)
    }
    path.reverse()
    return path.slice(1).map((target, i) => {
      let line = 'an unknown step'
      this.step(path[i] as number, (next, action, run, argument) => {
        if (this.states.indexOf(this.pack(next)) === target) {
          line = describeAction(action, run, argument)
        }
      })
      return line
    })
  }
}
