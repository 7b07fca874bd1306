// The reduced search of every test run: no violation with all rules on, and a counterexample for
// each rule switched off. See docs/internals/search.md.

import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { RULES, ruleNames } from './rules.ts'
import type { SearchRequest } from './search-worker.ts'
import { reducedSearches } from './searches.ts'
import type { Exploration } from './space/explore.ts'

/** A search that finds fewer states than these was weakened. */
const LEAST_STATES: Readonly<Record<string, number>> = {
  'one run, every fault, files, hidden and renamed': 1_200_000,
  'one run, every fault, ideal, pooled names': 800_000,
  'two runs, late requests, files, hidden and renamed': 260_000,
  'two runs, late requests, ideal, pooled names': 750_000,
  'two runs, tasks restart, files, hidden and renamed': 260_000,
  'two runs, delayed messages, files, hidden and renamed': 460_000,
  'two runs, three checkpoints, files, hidden and renamed': 530_000,
  'three runs, files, hidden and renamed': 2_600_000,
}

/** Searches small enough to check besides that every execution ends. */
const ENDING = ['two runs, late requests', 'two runs, tasks restart']

function search(request: SearchRequest): Promise<Exploration> {
  const worker = new Worker(new URL('./search-worker.ts', import.meta.url), { workerData: request })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

describe('with all rules on, no execution breaks an invariant', () => {
  reducedSearches.forEach(({ name, sink }, index) => {
    const title = `${name}, ${sink.name}`
    const acyclic = sink.name.startsWith('files') && ENDING.includes(name)
    test(acyclic ? `${title}; and every execution ends` : title, { timeout: 300_000 }, async () => {
      const found = await search({ kind: 'search', index, acyclic })
      expect(found.violation).toBeUndefined()
      expect(found.complete).toBe(true)
      expect(found.acyclic).toBe(acyclic ? true : undefined)
      expect(found.states).toBeGreaterThan(LEAST_STATES[title] ?? Number.POSITIVE_INFINITY)
    })
  })
})

describe('each rule is necessary: switched off, an execution breaks an invariant', () => {
  for (const rule of ruleNames) {
    test(RULES[rule], { timeout: 120_000 }, async () => {
      const { violation } = await search({ kind: 'without', rule })
      expect(violation?.trace.length).toBeGreaterThan(0)
      expect(violation?.trace).not.toContain('an unknown step')
    })
  }
})
