// The reduced search of every test run: no violation with all rules on, and a counterexample for each rule
// switched off. See docs/internals/search.md.

import { describe, expect, test } from 'vitest'
import { SearchModel } from './model/search-model.ts'
import { RULES, ruleNames, rulesWithout } from './rules.ts'
import { reducedSearches, searchWithout } from './searches.ts'
import { explore } from './space/explore.ts'

/** A search that finds fewer states than these was weakened. */
const LEAST_STATES: Readonly<Record<string, number>> = {
  'one run, every fault, files, hidden and renamed': 40_000,
  'one run, every fault, ideal, pooled names': 40_000,
  'two runs, late requests, files, hidden and renamed': 250_000,
  'two runs, late requests, ideal, pooled names': 500_000,
  'two runs, tasks restart, files, hidden and renamed': 250_000,
  'two runs, delayed messages, files, hidden and renamed': 200_000,
  'two runs, three checkpoints, files, hidden and renamed': 500_000,
  'three runs, files, hidden and renamed': 2_500_000,
}

describe('with all rules on, no execution breaks an invariant', () => {
  for (const search of reducedSearches) {
    const title = `${search.name}, ${search.sink.name}`
    test(title, { timeout: 300_000 }, () => {
      const model = new SearchModel(search.bounds, rulesWithout(), search.sink)
      const found = explore(model, { maxStates: 20_000_000, symmetry: true })
      expect(found.violation).toBeUndefined()
      expect(found.complete).toBe(true)
      expect(found.states).toBeGreaterThan(LEAST_STATES[title] ?? Number.POSITIVE_INFINITY)
    })
  }
})

describe('each rule is necessary: switched off, an execution breaks an invariant', () => {
  for (const rule of ruleNames) {
    test(RULES[rule], { timeout: 120_000 }, () => {
      const search = searchWithout(rule)
      const model = new SearchModel(search.bounds, rulesWithout(rule), search.sink)
      const found = explore(model, { maxStates: 5_000_000, symmetry: false })
      expect(found.violation?.trace.length).toBeGreaterThan(0)
      expect(found.violation?.trace).not.toContain('an unknown step')
    })
  }
})
