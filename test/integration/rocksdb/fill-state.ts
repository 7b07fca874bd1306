// A process of its own that keeps ten times as much state as it has memory for, and says how much
// memory it took: a state backend on RocksDB with 16 MiB, filled, changed and read.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKeyValueStore } from '@sluice/rocksdb'
import { createStoredBackend } from '../../../packages/runtime/src/state/stored-backend.ts'

const MEMORY_BYTES = 16 * 2 ** 20
const VALUE_BYTES = 4096
const KEYS = (MEMORY_BYTES * 10) / VALUE_BYTES

const folder = mkdtempSync(join(tmpdir(), 'sluice-fill-'))
const backend = createStoredBackend(
  {
    step: 'fill',
    subtask: 0,
    maxParallelism: 16,
    range: { first: 0, last: 15 },
    freezes: false,
    now: () => performance.now(),
    watermark: () => 0,
    cacheBytes: MEMORY_BYTES / 2,
  },
  openKeyValueStore(join(folder, 'state'), { memoryBytes: MEMORY_BYTES / 2 }),
)
const state = backend.state({ name: 'text', kind: 'value', namespace: 'none' })

function textOf(key: number, version: number): string {
  return `${key}/${version}/`.padEnd(VALUE_BYTES, String(key))
}

let peakBytes = 0
function look(): void {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
}

function set(key: number, version: number): void {
  backend.setKey(key, -1)
  backend.setTimer('event', key % 100)
  state.set(textOf(key, version))
  if (key % 1000 === 0) look()
}

look()
const baseBytes = peakBytes
for (let key = 0; key < KEYS; key++) set(key, 0)
for (let key = 0; key < KEYS; key += 10) set(key, 1)
let wrong = 0
for (let key = 0; key < KEYS; key++) {
  backend.setKey(key, -1)
  if (state.get() !== textOf(key, key % 10 === 0 ? 1 : 0)) wrong++
  if (key % 1000 === 0) look()
}
let fired = 0
while (backend.fireTimers('event', 1000, 1000, () => fired++) === 1000) look()
const { entries } = backend.size()
backend.close()
rmSync(folder, { recursive: true, force: true })
const stateBytes = KEYS * VALUE_BYTES
console.log(JSON.stringify({ baseBytes, peakBytes, stateBytes, entries, fired, wrong, keys: KEYS }))
