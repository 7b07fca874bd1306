// What exploration needs to know of a model: its states, the steps between them, what must hold in
// each, and which states are the same but for the numbers of runs.

import type { Action } from '../model/actions.ts'
import type { StateLayout } from './state-layout.ts'

/** Takes a successor; the model may use the state again afterwards. */
export type Visit = (state: Uint8Array, action: Action, run: number, argument: number) => void

export interface StateModel {
  readonly layout: StateLayout
  successors(state: Uint8Array, visit: Visit): void
  /** The violated invariant, in words, or undefined. */
  violation(state: Uint8Array): string | undefined
  /** Whether a run that started is not over: such a state needs a step of work. */
  hasLivingRun(state: Uint8Array): boolean
  /** What is said when it has none. */
  readonly stuck: string
  /** Whether a step stands for one beyond the bounds of the search. */
  isCut(action: Action): boolean
  /** Makes one state of those that have the same future, in place. */
  unify(state: Uint8Array): void
  describe(action: Action, run: number, argument: number): string
}
