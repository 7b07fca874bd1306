// Memory of the whole process, at its most, with a counter for each of a million keys of 36
// characters, each of which came in a batch of its own; beside it a Map of the same keys.

import { join } from 'node:path'
import { type Benchmark, scaled } from '../harness/benchmark.ts'
import { runProgram, withFolder } from '../harness/child.ts'
import { median, summary } from '../harness/statistics.ts'
import type { MemoryOrder, ResidentMemory } from '../programs/resident-memory.ts'

const name = 'string-keys-memory'
const keys = 1_000_000

export const stringKeysMemory: Benchmark = {
  figures: [name],
  async *run(_wanted, scale, tell) {
    const records = scaled(keys, scale)
    const sizes: number[] = []
    const plainSizes: number[] = []
    for (let run = 0; run < scale.runs; run++) {
      const result = await withFolder((folder) => {
        const order: MemoryOrder = {
          job: 'string-keys',
          parameters: { KEYS: String(records) },
          settings: { checkpoint: { storage: join(folder, 'checkpoints') } },
          step: 'count',
          records,
        }
        return runProgram<ResidentMemory>('resident-memory', order)
      })
      sizes.push(result.mostResidentMb)
      const plain = await runProgram<ResidentMemory>('plain-string-keys', { records })
      plainSizes.push(plain.mostResidentMb)
      tell(`${name}, run ${run + 1}: ${Math.round(result.mostResidentMb)} MB`)
    }
    yield {
      name,
      ...summary(sizes),
      unit: 'MB',
      baseline: { name: 'plain-map', value: median(plainSizes) },
      bar: { value: 700, direction: 'at-most' },
    }
  },
}
