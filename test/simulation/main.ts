// `npm run simulate -- --seed N --runs M [--processes P] [--json]`: the whole engine on a simulated
// machine, one seed after the other, with every fault that can be simulated;
// docs/internals/simulation.md.

import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { blindSpots, failureText, figuresText } from './report/campaign-text.ts'
import { runCampaign } from './run/campaign.ts'
import type { SeedResult } from './run/seed-result.ts'
import { shrink } from './run/shrink.ts'

const mostShrunk = 3
const progressEveryMs = 10_000

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '100' },
    processes: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
})

const firstSeed = numberOf('seed', values.seed)
const runs = numberOf('runs', values.runs)
const commit = commitOf()
const startedMs = performance.now()
let toldMs = startedMs
let isOver = false
process.once('SIGINT', () => {
  isOver = true
  console.error('The seeds that were begun are finished; again to end at once.')
})

const campaign = await runCampaign({
  firstSeed,
  runs,
  processes: numberOf('processes', values.processes),
  isOver: () => isOver,
  onResult: (result, done) => {
    if (values.json) console.log(JSON.stringify(summaryOf(result)))
    const nowMs = performance.now()
    if (result.violations.length > 0) {
      console.error(`Seed ${result.seed} failed: ${result.violations[0]}`)
    } else if (nowMs - toldMs > progressEveryMs) {
      toldMs = nowMs
      const perSecond = (done / (nowMs - startedMs)) * 1000
      console.error(`${done} of ${runs} seeds, ${perSecond.toFixed(1)} per second`)
    }
  },
})

const seconds = Math.round((performance.now() - startedMs) / 1000)
const spots = blindSpots(campaign)
if (values.json) {
  const { seeds, failed, idle, records, checkpoints, faults, events, coverage } = campaign
  const failedSeeds = failed.map(({ seed }) => seed)
  const figures = { seeds, idle, records, checkpoints, faults, events, seconds }
  console.log(
    JSON.stringify({
      commit,
      firstSeed,
      ...figures,
      failedSeeds,
      spots,
      coverage: coverage.counts(),
      features: campaign.features.counts(),
    }),
  )
} else {
  console.log(`${campaign.coverage.text()}\n\n${figuresText(campaign)}`)
  console.log(
    `commit ${commit}, seeds ${firstSeed} to ${firstSeed + campaign.seeds - 1}, ${seconds} s`,
  )
  for (const spot of spots) console.log(`Nothing happened: ${spot}`)
}
for (const result of campaign.failed.slice(0, mostShrunk)) {
  console.error(failureText(result, await shrink(result), commit))
}
for (const { seed, violations } of campaign.failed.slice(mostShrunk)) {
  console.error(`Seed ${seed} failed: ${violations.join('; ')}`)
}
if (campaign.failed.length > 0 || spots.length > 0) process.exitCode = 1

function summaryOf(result: SeedResult): object {
  const { seed, violations, faults, records, checkpoints, generations, events, virtualMs } = result
  const struck = faults.map(({ id, phase }) => `${id} at ${phase}`)
  return { seed, violations, records, checkpoints, generations, events, virtualMs, faults: struck }
}

function numberOf(name: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number > 0) return number
  console.error(`--${name} takes a whole number from 1 upwards, not '${text}'.`)
  process.exit(2)
}

function commitOf(): string {
  try {
    const changed = execFileSync('git', ['status', '--porcelain', 'packages', 'test'], {
      encoding: 'utf8',
    })
    const head = execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      encoding: 'utf8',
    }).trim()
    return changed === '' ? head : `${head} with changes`
  } catch {
    return 'unknown'
  }
}
