// The RocksDB state backend on one core: counter updates per second in batches whose keys are
// fetched ahead, windows with a timer each, snapshots and a restore; at 100 k keys with all of them
// in the cache, at a million with room for a tenth. Rates are over the thread's own processor time.
// Run: node --expose-gc --conditions=sluice-source bench/micro/rocksdb.ts

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKeyValueStore } from '@sluice/rocksdb'
import type {
  KeyedStateBackend,
  SegmentRef,
} from '../../packages/runtime/src/state/state-backend.ts'
import { createStoredBackend } from '../../packages/runtime/src/state/stored-backend.ts'
import { drawing, threadMs } from '../harness/micro.ts'

const BATCH = 512
const GROUPS = 128
const CELL_BYTES = 300

const next = drawing(1)

const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
let opened = 0

function open(cacheBytes: number): KeyedStateBackend {
  const store = openKeyValueStore(join(folder, String(opened++)), { memoryBytes: 64 * 2 ** 20 })
  return createStoredBackend(
    {
      step: 'bench',
      subtask: 0,
      maxParallelism: GROUPS,
      range: { first: 0, last: GROUPS - 1 },
      freezes: false,
      now: () => performance.now(),
      watermark: () => 0,
      cacheBytes,
    },
    store,
  )
}

function say(name: string, value: number, unit: string): void {
  const shown = value >= 10_000 ? `${(value / 1000).toFixed(0)} k` : value.toFixed(1)
  console.log(`${name.padEnd(52)}${shown.padStart(10)} ${unit}`)
}

const counterState = { name: 'count', kind: 'counter', namespace: 'none' } as const
const windowState = { name: 'window', kind: 'value', namespace: 'window' } as const

function batches(records: number, keys: number, call: (batch: readonly number[]) => void): void {
  for (let at = 0; at < records; at += BATCH) {
    call(Array.from({ length: BATCH }, () => next(keys)))
  }
}

function rate(records: number, work: () => void): { readonly cpu: number; readonly wall: number } {
  const [cpu, wall] = [threadMs(), performance.now()]
  work()
  return {
    cpu: (records * 1000) / (threadMs() - cpu),
    wall: (records * 1000) / (performance.now() - wall),
  }
}

function counters(keys: number, part: number): KeyedStateBackend {
  const backend = open((keys / part) * CELL_BYTES * 1.3)
  const counter = backend.state(counterState)
  for (let key = 0; key < keys; key++) {
    backend.setKey(key, -1)
    counter.set(1)
  }
  const records = 400_000
  const { cpu, wall } = rate(records, () => {
    batches(records, keys, (batch) => {
      backend.prefetch(batch)
      for (const key of batch) {
        backend.setKey(key, -1)
        counter.set(counter.get() + 1)
      }
    })
  })
  say(`counter, ${keys / 1000} k keys, room for 1/${part}`, cpu, 'updates/s of a core')
  say('  on the clock', wall, 'updates/s')
  return backend
}

function windows(keys: number, part: number): void {
  const backend = open((keys / part) * CELL_BYTES * 1.3)
  const state = backend.state(windowState)
  const perWindow = 1_000_000
  const records = 3_000_000
  let fired = 0
  const { cpu, wall } = rate(records, () => {
    let at = 0
    batches(records, keys, (batch) => {
      backend.prefetch(batch)
      const start = Math.floor(at / perWindow) * 1000
      for (const key of batch) {
        backend.setKey(key, -1)
        backend.setNamespace(start)
        const accumulators = state.get() as readonly number[] | undefined
        if (accumulators === undefined) backend.setTimer('event', start + 999)
        const [, count = 0, sum = 0] = accumulators ?? []
        state.set([0, count + 1, sum + key])
      }
      at += BATCH
      const until = Math.floor(at / perWindow) * 1000 - 1
      while (
        backend.fireTimers('event', until, 256, () => {
          if (state.get() !== undefined) fired++
          state.clear()
        }) === 256
      );
    })
  })
  say(
    `windows of 1 M records, ${keys / 1000} k keys, room for 1/${part}`,
    cpu,
    'records/s of a core',
  )
  say('  on the clock', wall, 'records/s')
  say('  fired', fired, 'windows')
  backend.close()
}

async function snapshots(backend: KeyedStateBackend, keys: number): Promise<void> {
  const counter = backend.state(counterState)
  const segments = new Map<string, Uint8Array>()
  let sequence = 0
  const take = async (): Promise<readonly SegmentRef[]> => {
    const start = performance.now()
    const snapshot = backend.startSnapshot(1, { next: () => `segment-${sequence++}` })
    let longest = performance.now() - start
    for (let done = false; !done; ) {
      const slice = performance.now()
      done = snapshot.advance(1)
      longest = Math.max(longest, performance.now() - slice)
    }
    const refs = await snapshot.finish({
      write: async (name, chunks) => {
        segments.set(name, Buffer.concat([...chunks]))
      },
    })
    say(`snapshot ${sequence}, ${keys / 1000} k keys`, performance.now() - start, 'ms')
    say('  longest slice', longest, 'ms')
    return refs
  }
  const full = await take()
  for (let i = 0; i < keys / 100; i++) {
    backend.setKey(next(keys), -1)
    counter.set(counter.get() + 1)
  }
  const refs = await take()
  const [base, delta] = [full[0]?.sizeBytes ?? 0, refs.at(-1)?.sizeBytes ?? 0]
  say('  1 % changed', (delta * 100) / base, '% of the full one')
  const restored = open(keys * CELL_BYTES * 0.1)
  const start = performance.now()
  restored.restore(refs.map((ref) => ({ ref, bytes: segments.get(ref.name) as Uint8Array })))
  say(`restore of ${keys / 1000} k keys`, performance.now() - start, 'ms')
  if (restored.size().entries !== keys) throw new Error('the restore lost entries')
  restored.close()
}

counters(100_000, 1).close()
const million = counters(1_000_000, 10)
await snapshots(million, 1_000_000)
million.close()
windows(100_000, 1)
windows(1_000_000, 10)
rmSync(folder, { recursive: true, force: true })
