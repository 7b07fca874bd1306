// The reduced search of the Kafka sink in every test run: no violation with all rules on, every
// execution can end, and a counterexample for each rule switched off. See docs/internals/search.md.

import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import type { Exploration } from '../space/explore.ts'
import { KAFKA_RULES, kafkaRuleNames } from './kafka-rules.ts'
import type { KafkaSearchRequest } from './kafka-search-worker.ts'
import { reducedKafkaSearches } from './kafka-searches.ts'

/** A search that finds fewer states than these was weakened. */
const LEAST_STATES: Readonly<Record<string, number>> = {
  'v4: one run, ids used again': 145_000,
  'v5: one run, ids used again': 58_000,
  'v4: two runs, every fault': 240_000,
  'v5: two runs, every fault': 290_000,
  'v5: two runs, ids used again': 310_000,
  'v4: three runs, one checkpoint': 37_000,
  'v5: three runs, one checkpoint': 37_000,
  'staged v4: two runs, every fault': 190_000,
  'staged v5: two runs, three checkpoints': 610_000,
  'staged v5: three runs, one checkpoint': 120_000,
}

function search(request: KafkaSearchRequest): Promise<Exploration> {
  const worker = new Worker(new URL('./kafka-search-worker.ts', import.meta.url), {
    workerData: request,
  })
  return new Promise((resolve, reject) => {
    let found: Exploration | undefined
    worker.once('message', (message: Exploration) => {
      found = message
    })
    worker.once('error', reject)
    // The next begins when this one is gone: V8 crashes now and then where one thread gives its
    // compiled code back while another begins.
    worker.once('exit', (code) => {
      if (found === undefined) reject(new Error(`the search ended with ${code} and no answer`))
      else resolve(found)
    })
  })
}

describe('with all rules on, no execution breaks an invariant, and every one can end', () => {
  reducedKafkaSearches.forEach(({ name, mode }, index) => {
    const title = `${mode}: ${name}`
    test(title, { timeout: 120_000 }, async () => {
      const found = await search({ kind: 'search', index })
      expect(found.violation).toBeUndefined()
      expect(found.complete).toBe(true)
      expect(found.ends).toBe(true)
      expect(found.states).toBeGreaterThan(LEAST_STATES[title] ?? Number.POSITIVE_INFINITY)
    })
  })
})

describe('each rule is necessary: switched off, an execution breaks an invariant', () => {
  for (const rule of kafkaRuleNames) {
    test(KAFKA_RULES[rule], { timeout: 60_000 }, async () => {
      const { violation } = await search({ kind: 'without', rule })
      expect(violation?.trace.length).toBeGreaterThan(0)
      expect(violation?.trace).not.toContain('an unknown step')
    })
  }
})
