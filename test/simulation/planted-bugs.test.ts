// Each planted defect is found within 300 seeds, searched from seed 1: a simulator that finds
// nothing proves nothing unless it would have found these.

import { describe, expect, test } from 'vitest'
import { plants } from './plants/plants.ts'
import { simulateSeed } from './run/simulation-run.ts'

const mostSeeds = 300

describe('the simulator finds that', () => {
  test.each(plants)('$what', { timeout: 600_000 }, async ({ what, install }) => {
    const remove = install()
    try {
      for (let seed = 1; seed <= mostSeeds; seed++) {
        const { violations } = await simulateSeed(seed)
        if (violations.length === 0) continue
        console.log(`${what}: found with seed ${seed}: ${violations[0]}`)
        return
      }
      expect.fail(`${mostSeeds} seeds did not find that ${what}`)
    } finally {
      remove()
    }
  })
})
