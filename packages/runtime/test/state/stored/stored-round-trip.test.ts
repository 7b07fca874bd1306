import { MemoryKeyValueStore } from '@sluice/testing/simulator'
import { createHeapBackend } from '../../../src/state/heap-backend.ts'
import type { KeyedStateBackend, StateBackendOptions } from '../../../src/state/state-backend.ts'
import { createStoredBackend } from '../../../src/state/stored-backend.ts'
import { describeRoundTrip } from '../round-trip.ts'
import { GROUPS } from '../state-under-test.ts'

const LARGE = 16 * 1024 * 1024
/** Room for a handful of cells. */
const SMALL = 8 * 1024

function stored(cacheBytes: number): (options: StateBackendOptions) => KeyedStateBackend {
  return (options) => createStoredBackend({ ...options, cacheBytes }, new MemoryKeyValueStore())
}

function isWholeRange({ range }: StateBackendOptions): boolean {
  return range.last - range.first + 1 === GROUPS
}

describeRoundTrip('a stored backend whose cache holds everything', stored(LARGE))

describeRoundTrip('a stored backend whose cache holds next to nothing', stored(SMALL))

describeRoundTrip('a heap that stored backends go on from, and back', (options) =>
  isWholeRange(options) ? createHeapBackend(options) : stored(SMALL)(options),
)

describeRoundTrip('a stored backend that heaps go on from, and back', (options) =>
  isWholeRange(options) ? stored(SMALL)(options) : createHeapBackend(options),
)
