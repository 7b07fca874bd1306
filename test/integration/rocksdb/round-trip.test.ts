// The round trip that every backend passes, on a real RocksDB, alone and in turn with the others:
// at each restart and each change of parallelism the state goes from one backend to another.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKeyValueStore } from '@sluice/rocksdb'
import { MemoryKeyValueStore } from '@sluice/testing/simulator'
import { afterAll, it } from 'vitest'
import { createHeapBackend } from '../../../packages/runtime/src/state/heap-backend.ts'
import type {
  CreateBackend,
  StateBackendOptions,
} from '../../../packages/runtime/src/state/state-backend.ts'
import { createStoredBackend } from '../../../packages/runtime/src/state/stored-backend.ts'
import { describeRoundTrip } from '../../../packages/runtime/test/state/round-trip.ts'
import { whyNoRocksDb } from '../../conformance/key-value-store/rocksdb-here.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-round-trip-'))
const missing = whyNoRocksDb()
const runs = 4
/** Room for a handful of cells. */
const SMALL = 8 * 1024
const LARGE = 16 * 1024 * 1024
let opened = 0

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function onRocksDb(cacheBytes: number): CreateBackend {
  return (options) => {
    const store = openKeyValueStore(join(folder, String(opened++)), { memoryBytes: 2 ** 20 })
    return createStoredBackend({ ...options, cacheBytes }, store)
  }
}

function onFake(options: StateBackendOptions) {
  return createStoredBackend({ ...options, cacheBytes: SMALL }, new MemoryKeyValueStore())
}

/** A backend for each parallelism of the round trip, by the key groups of a subtask. */
function inTurn(
  whole: CreateBackend,
  third: CreateBackend,
  half: CreateBackend,
  seventh: CreateBackend,
): CreateBackend {
  return (options) => {
    const groups = options.range.last - options.range.first + 1
    if (groups === options.maxParallelism) return whole(options)
    if (groups === options.maxParallelism / 2) return half(options)
    return groups > options.maxParallelism / 4 ? third(options) : seventh(options)
  }
}

if (missing === undefined) {
  const small = onRocksDb(SMALL)
  describeRoundTrip('RocksDB with a cache that holds everything', onRocksDb(LARGE), runs)
  describeRoundTrip('RocksDB with a cache that holds next to nothing', small, runs)
  describeRoundTrip(
    'RocksDB, then the heap, the fake, the heap, and back',
    inTurn(small, createHeapBackend, onFake, createHeapBackend),
    runs,
  )
  describeRoundTrip(
    'the heap, then RocksDB, the heap, RocksDB, and back',
    inTurn(createHeapBackend, small, createHeapBackend, small),
    runs,
  )
  describeRoundTrip(
    'the fake, then RocksDB, RocksDB, the heap, and back',
    inTurn(onFake, small, small, createHeapBackend),
    runs,
  )
} else {
  it('the round trip of RocksDB', ({ skip }) => skip(missing))
}
