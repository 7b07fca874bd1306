// What a campaign prints: its figures, the table of faults and phases, and for a seed that failed
// all that is needed to see it fail again.

import type { CampaignResult } from '../run/campaign.ts'
import type { SeedResult } from '../run/seed-result.ts'
import type { ShrunkSeed } from '../run/shrink.ts'

/** Runs that are large enough for every possible cell of the table. */
const seedsForEveryCell = 3000

/** Enough for everything that is drawn, and everything that an operator does. */
const seedsForEveryFeature = 300

export function figuresText(result: CampaignResult): string {
  const { seeds, failed, records, checkpoints, faults, events, virtualMs, realMs, idle } = result
  const seconds = (realMs / 1000).toFixed(0)
  const eachMs = (realMs / seeds).toFixed(0)
  const minutes = (virtualMs / 60_000).toFixed(0)
  return [
    `${seeds} seeds, ${failed.length} failed, ${seconds} s (${eachMs} ms each)`,
    `${records} records, ${checkpoints} completed checkpoints, ${faults} faults`,
    `${events} events, ${minutes} simulated minutes`,
    `${idle} seeds had fewer than 2,000 records, five checkpoints or three faults`,
    result.features.text(),
  ].join('\n')
}

/** Blind spots of a campaign that was large enough to have none. */
export function blindSpots({ seeds, coverage, features }: CampaignResult): string[] {
  const missing = seeds < seedsForEveryFeature ? [] : features.missing()
  return seeds < seedsForEveryCell ? missing : [...missing, ...coverage.empty()]
}

export function failureText(
  { seed, violations, shape, scenario }: SeedResult,
  { result, suppressed }: ShrunkSeed,
  commit: string,
): string {
  return [
    `Seed ${seed} failed at commit ${commit}:`,
    ...violations.slice(0, 10).map((violation) => `  ${violation}`),
    `Again: npm run simulate -- --seed ${seed} --runs 1`,
    `Job: ${JSON.stringify(shape)}`,
    `From outside: ${JSON.stringify(scenario)}`,
    `Faults that suffice (${result.faults.length}; ${suppressed.size} were dropped):`,
    ...result.faults.map(({ id, phase, detail }) => `  ${id} (${phase}) ${detail}`),
    ...(result.violations[0] === violations[0]
      ? []
      : ['With these it says:', ...result.violations.slice(0, 5).map((each) => `  ${each}`)]),
    'The last events:',
    ...result.lastEvents.map((line) => `  ${line}`),
  ].join('\n')
}
