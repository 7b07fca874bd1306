// The model of the engine's protocol as exploration takes it.

import { sortRuns } from '../space/symmetry.ts'
import type { StateModel } from '../space/state-model.ts'
import { ACTIONS, describeAction } from './actions.ts'
import { stateLayout } from './fields.ts'
import { hasLivingRun, INVARIANTS, violation } from './invariants.ts'
import { successors } from './run-steps.ts'
import type { SearchModel } from './search-model.ts'

export function engineSpace(model: SearchModel): StateModel {
  return {
    layout: stateLayout,
    successors(state, visit) {
      model.visit = visit
      successors(model, state)
    },
    violation: (state) => violation(model, state),
    hasLivingRun: (state) => hasLivingRun(model, state),
    stuck: INVARIANTS[9],
    isCut: (action) => action === ACTIONS.beyondBounds,
    unify: sortRuns,
    describe: describeAction,
  }
}
