// Many seeds, in several processes at once, each of which gets the next seed when it is done with
// one.

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CoverageTable } from '../report/coverage-table.ts'
import { FeatureCounts } from '../report/feature-counts.ts'
import type { SeedOrder } from './seed-process.ts'
import { isWorthIt, type SeedResult } from './seed-result.ts'

/** After so many the memory of a process is fragmented: a new one takes less. */
const mostSeedsPerProcess = 400

export interface CampaignOptions {
  readonly firstSeed: number
  readonly runs: number
  readonly processes: number
  /** No further seed is begun once this holds. */
  readonly isOver?: () => boolean
  readonly onResult?: (result: SeedResult, done: number) => void
}

/** What a campaign found. */
export interface CampaignResult {
  readonly seeds: number
  readonly failed: readonly SeedResult[]
  /** Seeds in which too little happened to prove anything. */
  readonly idle: number
  readonly records: number
  readonly checkpoints: number
  readonly faults: number
  readonly events: number
  readonly virtualMs: number
  /** Of all processes together. */
  readonly realMs: number
  readonly coverage: CoverageTable
  readonly features: FeatureCounts
}

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const results = new Tally()
  const last = options.firstSeed + options.runs - 1
  let next = options.firstSeed
  const goesOn = (): boolean => next <= last && options.isOver?.() !== true
  const workInOne = async (): Promise<void> => {
    const child = startProcess()
    try {
      for (let seeds = 0; seeds < mostSeedsPerProcess && goesOn(); seeds++) {
        const result = await simulateIn(child, next++)
        results.add(result)
        options.onResult?.(result, results.seeds)
      }
    } finally {
      child.kill()
    }
  }
  const work = async (): Promise<void> => {
    while (goesOn()) await workInOne()
  }
  const processes = Math.min(options.processes, options.runs)
  await Promise.all(Array.from({ length: processes }, work))
  return results
}

class Tally implements CampaignResult {
  seeds = 0
  readonly failed: SeedResult[] = []
  idle = 0
  records = 0
  checkpoints = 0
  faults = 0
  events = 0
  virtualMs = 0
  realMs = 0
  readonly coverage = new CoverageTable()
  readonly features = new FeatureCounts()

  add(result: SeedResult): void {
    this.seeds++
    if (result.violations.length > 0) this.failed.push(result)
    if (!isWorthIt(result)) this.idle++
    this.records += result.records
    this.checkpoints += result.checkpoints
    this.faults += result.faults.length
    this.events += result.events
    this.virtualMs += result.virtualMs
    this.realMs += result.realMs
    this.coverage.add(result)
    this.features.add(result)
  }
}

function startProcess(): ChildProcess {
  const file = fileURLToPath(new URL('./seed-process.ts', import.meta.url))
  return fork(file, { execArgv: ['--conditions=sluice-source'] })
}

function simulateIn(child: ChildProcess, seed: number): Promise<SeedResult> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      child.off('message', told)
      child.off('exit', ended)
    }
    const told = (result: SeedResult): void => {
      leave()
      resolve(result)
    }
    const ended = (code: number | null, signal: string | null): void => {
      leave()
      reject(new Error(`The process of seed ${seed} ended: ${signal ?? code}.`))
    }
    child.on('message', told)
    child.on('exit', ended)
    child.send({ seed } satisfies SeedOrder)
  })
}
