// What is drawn and what happens in simulated runs, by name, so that a campaign shows how often
// each was there, and a blind spot is seen.

import { features as featuresOfJobs } from '../job/features.ts'
import type { SeedResult } from '../run/seed-result.ts'

/** What happens to a job from outside: in each large campaign all of it. */
const fromOutside = [
  'state in heap',
  'state in rocksdb',
  'from heap to rocksdb',
  'from rocksdb to heap',
  'incremental checkpoints',
  'state goes on from a local copy',
  'full checkpoints',
  'checkpoint-ordered answered',
  'savepoint-ordered answered',
  'stop-with-savepoint answered',
  'drain-ordered answered',
  'a savepoint of a stop',
  'a savepoint of a drained job',
  'a job that was drained early',
  'a start from the savepoint of a stop',
  'the same words begin again',
  'a savepoint in place of a damaged checkpoint',
  'a start with renamed steps',
  'garbage collected beside a run',
  'a fork from a savepoint',
  'a fork from a savepoint that was moved',
  'a fork that takes the savepoint over',
] as const

/** By name, how many seeds had it. */
export class FeatureCounts {
  readonly #counts = new Map<string, number>()

  add({ features }: Pick<SeedResult, 'features'>): void {
    for (const feature of new Set(features)) {
      this.#counts.set(feature, (this.#counts.get(feature) ?? 0) + 1)
    }
  }

  counts(): Record<string, number> {
    return Object.fromEntries(
      [...this.#counts].toSorted(([left], [right]) => (left < right ? -1 : 1)),
    )
  }

  /** What no seed had. */
  missing(): string[] {
    return [...featuresOfJobs, ...fromOutside].filter((feature) => !this.#counts.has(feature))
  }

  text(): string {
    const shown = Object.entries(this.counts()).map(([feature, count]) => `${feature} ${count}`)
    return `Seeds that had it: ${shown.join(' · ')}`
  }
}
