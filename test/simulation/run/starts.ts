// What each start of a simulated job is told: its parallelism, where its state is kept, under which
// names its steps go on, and from where.

import type { JobOptions, StartFrom } from '@sluice/runtime'
import { stateFolder } from '../faults/strike.ts'
import type { JobShape } from '../job/shape.ts'
import type { Scenario, StateShape } from '../scenario/scenario.ts'

export interface Start {
  readonly number: number
  readonly from: StartFrom | undefined
  readonly isRenamed: boolean
  /** How far on in the lists it begins. */
  readonly laterBy?: number
  readonly claims?: boolean
}

export class Starts {
  /** Under which the job is registered as it was drawn, and with renamed steps. */
  readonly key: string
  readonly renamedKey: string
  readonly features = new Set<string>()
  readonly #shape: JobShape
  readonly #scenario: Scenario
  #before: StateShape | undefined

  constructor(key: string, shape: JobShape, scenario: Scenario) {
    this.key = key
    this.renamedKey = `${key}-renamed`
    this.#shape = shape
    this.#scenario = scenario
  }

  /** Whether the renamed job has another name for this step. */
  readonly isRenamed = (step: string): boolean => {
    let hash = 0
    for (const character of step) hash = (hash * 31 + character.charCodeAt(0)) % 1009
    return hash / 1009 < this.#scenario.renamedShare
  }

  isRenamedAt(number: number, hasSavepoint: boolean): boolean {
    const { renames } = this.#scenario
    if (renames === 'never') return false
    return renames === 'at-savepoint' ? hasSavepoint : number >= renames
  }

  options({ number, from, isRenamed, laterBy = 0, claims = false }: Start): JobOptions {
    const { parallelisms } = this.#shape
    const { states } = this.#scenario
    const at = number + laterBy
    const state = states[at % states.length] as StateShape
    this.#note(state)
    return {
      origin: { kind: 'registered', key: isRenamed ? this.renamedKey : this.key },
      settings: {
        parallelism: parallelisms[at % parallelisms.length] as number,
        state: { ...state, path: stateFolder },
      },
      ...(from === undefined ? {} : { from }),
      ...(claims ? { restoreMode: 'claim' } : {}),
    }
  }

  #note(state: StateShape): void {
    const before = this.#before
    this.#before = state
    this.features.add(`state in ${state.backend}`)
    this.features.add(state.incremental ? 'incremental checkpoints' : 'full checkpoints')
    if (before === undefined || before.backend === state.backend) return
    this.features.add(`from ${before.backend} to ${state.backend}`)
  }
}
