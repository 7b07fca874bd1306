// How many events a second each query of Nexmark takes, source included, over two workers with a
// checkpoint every second into a local folder.

import { join } from 'node:path'
import { type Benchmark, scaled } from '../harness/benchmark.ts'
import { runProgram, withFolder } from '../harness/child.ts'
import { summary } from '../harness/statistics.ts'
import type { Throughput, ThroughputOrder } from '../programs/throughput.ts'
import type { queries } from './queries.ts'

const warmUpMs = 1500
const measureMs = 4000

/** Where each query lies, below `queries`. */
const folders: Readonly<Record<keyof typeof queries, string>> = {
  q0: 'stateless',
  q1: 'stateless',
  q2: 'stateless',
  q3: 'joins',
  q4: 'joins',
  q5: 'windows',
  q7: 'windows',
  q8: 'joins',
  q9: 'joins',
  q11: 'windows',
  q12: 'windows',
  q13: 'stateless',
  q14: 'stateless',
  q15: 'reports',
  q16: 'reports',
  q17: 'reports',
  q18: 'reports',
  q19: 'reports',
  q20: 'joins',
  q22: 'stateless',
}

export const nexmark: Benchmark = {
  figures: Object.keys(folders).map((query) => `nexmark-${query}`),
  onlyByName: true,

  async *run(wanted, scale, tell) {
    for (const [query, folder] of Object.entries(folders)) {
      const name = `nexmark-${query}`
      if (!wanted.has(name)) continue
      const rates: number[] = []
      for (let run = 0; run < scale.runs; run++) {
        const { recordsPerSecond } = await withFolder((checkpoints) => {
          return runProgram<Throughput>('throughput', {
            job: `../nexmark/queries/${folder}/${query}`,
            settings: { parallelism: 2, checkpoint: { storage: join(checkpoints, 'checkpoints') } },
            step: 'events',
            warmUpMs: scaled(warmUpMs, scale),
            warmUpRecords: 1,
            measureMs: scaled(measureMs, scale),
          } satisfies ThroughputOrder)
        })
        rates.push(recordsPerSecond)
        tell(`${name}, run ${run + 1}: ${(recordsPerSecond / 1e6).toFixed(2)} M events/s`)
      }
      yield { name, ...summary(rates), unit: 'records/s' }
    }
  },
}
