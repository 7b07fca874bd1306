// All benchmarks, in the order in which they run.

import { chainSixSteps } from './benchmarks/chain-six-steps.ts'
import { checkpointCosts } from './benchmarks/checkpoint-cost.ts'
import { keyedCounts } from './benchmarks/keyed-count.ts'
import { latency } from './benchmarks/latency.ts'
import { recoveries } from './benchmarks/recovery.ts'
import { sessionWindows } from './benchmarks/session-windows.ts'
import { slidingWindows } from './benchmarks/sliding-windows.ts'
import { stringKeysMemory } from './benchmarks/string-keys-memory.ts'
import { tumblingWindows } from './benchmarks/tumbling-windows.ts'
import type { Benchmark } from './harness/benchmark.ts'
import { kafka } from './kafka/benchmark.ts'
import { nexmark } from './nexmark/benchmark.ts'

export const benchmarks: readonly Benchmark[] = [
  chainSixSteps,
  ...keyedCounts,
  ...tumblingWindows,
  ...slidingWindows,
  sessionWindows,
  ...checkpointCosts,
  stringKeysMemory,
  ...recoveries,
  latency,
  kafka,
  nexmark,
]
