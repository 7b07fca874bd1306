// Runs one search in a thread of its own: there the sources run as they are, while a test runner
// rewrites every imported constant into a property access, which makes the search ten times slower.

import { parentPort, workerData } from 'node:worker_threads'
import { engineSpace } from './model/engine-space.ts'
import { SearchModel } from './model/search-model.ts'
import { rulesWithout } from './rules.ts'
import type { RuleName } from './rules.ts'
import { reducedSearches, searchWithout } from './searches.ts'
import { explore } from './space/explore.ts'

/** What a thread is asked for: a reduced search by its index, or the counterexample of a rule. */
export type SearchRequest =
  | { readonly kind: 'search'; readonly index: number; readonly acyclic: boolean }
  | { readonly kind: 'without'; readonly rule: RuleName }

const MAX_STATES = 20_000_000

function run(request: SearchRequest) {
  if (request.kind === 'without') {
    const search = searchWithout(request.rule)
    const model = new SearchModel(search.bounds, rulesWithout(request.rule), search.sink)
    return explore(engineSpace(model), { maxStates: MAX_STATES, symmetry: false })
  }
  const search = reducedSearches[request.index]
  if (search === undefined) throw new RangeError(`There is no search ${request.index}.`)
  const model = new SearchModel(search.bounds, rulesWithout(), search.sink)
  return explore(engineSpace(model), {
    maxStates: MAX_STATES,
    symmetry: true,
    acyclic: request.acyclic,
  })
}

parentPort?.postMessage(run(workerData as SearchRequest))
