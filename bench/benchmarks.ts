// All benchmarks, in the order in which they run.

import { chainSixSteps } from './benchmarks/chain-six-steps.ts'
import { keyedCounts } from './benchmarks/keyed-count.ts'
import { latency } from './benchmarks/latency.ts'
import { recoveries } from './benchmarks/recovery.ts'
import { stringKeysMemory } from './benchmarks/string-keys-memory.ts'
import type { Benchmark } from './harness/benchmark.ts'
import { nexmark } from './nexmark/benchmark.ts'

export const benchmarks: readonly Benchmark[] = [
  chainSixSteps,
  ...keyedCounts,
  stringKeysMemory,
  ...recoveries,
  latency,
  nexmark,
]
