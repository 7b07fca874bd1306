// Each planted defect is found within so many seeds, searched from seed 1: simulated copies that
// find nothing prove nothing unless they would have found these.

import { describe, expect, test } from 'vitest'
import { CopyRun } from './copy-run.ts'
import { plants } from './plants.ts'

const mostSeeds = 200

describe('simulated copies find that', () => {
  test.each(plants)('$what', { timeout: 400_000 }, async ({ what, commit, install }) => {
    const remove = install()
    try {
      for (let seed = 1; seed <= mostSeeds; seed++) {
        const { violations } = await new CopyRun(seed, commit).run()
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
