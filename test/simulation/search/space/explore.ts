// Breadth-first exploration: every state once, invariants in each, the first violation with its
// shortest trace. Deterministic: the same model gives the same figures.

import type { Action } from '../model/actions.ts'
import { isAcyclic } from './acyclic.ts'
import { canAlwaysEnd } from './ends.ts'
import type { StateModel, Visit } from './state-model.ts'
import { StateSet } from './state-set.ts'

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
  /** Undefined unless asked for. */
  readonly ends: boolean | undefined
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
  /** Checks besides that living runs can always come to an end; takes twice the time again. */
  readonly ends?: boolean
}

export function explore(model: StateModel, options: ExploreOptions): Exploration {
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
    if (model.isCut(action)) cut += 1
    if (!states.add(space.pack(next), current)) return
    const invariant = model.violation(next)
    if (invariant !== undefined) violated ??= { invariant, index: states.count - 1 }
  }

  states.add(space.pack(new Uint8Array(model.layout.size)), 0)
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
    if (!worked && model.hasLivingRun(state)) {
      violated ??= { invariant: model.stuck, index: current }
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
    ends: complete && options.ends === true ? space.canAlwaysEnd() : undefined,
    violation: violated && { invariant: violated.invariant, trace: space.traceOf(violated.index) },
  }
}

/** The states of one model, and the ways between them. */
class Space {
  readonly states: StateSet
  readonly #model: StateModel
  readonly #symmetry: boolean
  readonly #state: Uint8Array
  readonly #packed: Uint32Array
  readonly #pack: ReturnType<StateModel['layout']['packer']>
  readonly #unpack: ReturnType<StateModel['layout']['unpacker']>

  constructor(model: StateModel, symmetry: boolean) {
    const { layout } = model
    this.states = new StateSet(layout.words)
    this.#model = model
    this.#symmetry = symmetry
    this.#state = new Uint8Array(layout.size)
    this.#packed = new Uint32Array(layout.words)
    this.#pack = layout.packer()
    this.#unpack = layout.unpacker()
  }

  pack(state: Uint8Array): Uint32Array {
    if (this.#symmetry) this.#model.unify(state)
    this.#pack(state, this.#packed, 0)
    return this.#packed
  }

  /** Visits the successors of a state, and returns it. */
  step(index: number, visit: Visit): Uint8Array {
    const state = this.#at(index)
    this.#model.successors(state, visit)
    return state
  }

  #at(index: number): Uint8Array {
    this.#unpack(this.states.chunkOf(index), this.states.offsetOf(index), this.#state)
    return this.#state
  }

  isAcyclic(): boolean {
    return isAcyclic(this.states, (index, call) => {
      this.step(index, (next) => call(this.states.indexOf(this.pack(next))))
    })
  }

  canAlwaysEnd(): boolean {
    return canAlwaysEnd(
      this.states,
      (index, call) => {
        this.step(index, (next, action) => {
          if (action.kind === 'work') call(this.states.indexOf(this.pack(next)))
        })
      },
      (index) => !this.#model.hasLivingRun(this.#at(index)),
    )
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
          line = this.#model.describe(action, run, argument)
        }
      })
      return line
    })
  }
}
