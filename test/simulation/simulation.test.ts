// The simulator as a test: 300 seeds, each of which must pass, and one seed twice, which must give
// the same run. `npm run simulate` runs as many as wished.

import { expect, test } from 'vitest'
import { blindSpots, failureText, figuresText } from './report/campaign-text.ts'
import { runCampaign } from './run/campaign.ts'
import { shrink } from './run/shrink.ts'
import { SimulationRun } from './run/simulation-run.ts'

const seeds = 300
const mostShrunk = 2

test(`${seeds} simulated jobs lose nothing and double nothing whatever dies, sleeps or fails`, {
  timeout: 600_000,
}, async () => {
  const campaign = await runCampaign({ firstSeed: 1, runs: seeds, processes: 2 })
  console.log(`${campaign.coverage.text()}\n\n${figuresText(campaign)}`)
  const failures: string[] = []
  for (const result of campaign.failed.slice(0, mostShrunk)) {
    failures.push(failureText(result, await shrink(result), 'of this checkout'))
  }
  expect(failures.join('\n\n')).toBe('')
  expect(campaign.failed.map(({ seed }) => seed)).toEqual([])
  // Few seeds may be too quiet to prove anything.
  expect(campaign.idle).toBeLessThan(seeds / 30)
  expect(blindSpots(campaign)).toEqual([])
})

test('a seed gives the same run each time, to the last event', { timeout: 60_000 }, async () => {
  for (const seed of [4, 12]) {
    const first = new SimulationRun(seed)
    const second = new SimulationRun(seed)
    const results = [await first.run(), await second.run()]
    expect(second.world.events.lines().join('\n')).toBe(first.world.events.lines().join('\n'))
    expect(results[1]?.faults).toEqual(results[0]?.faults)
  }
})
