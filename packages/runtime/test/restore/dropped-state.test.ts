// A state that the operator agreed to lose is gone for good, the others of its step are not.

import { MemoryKeyValueStore } from '@sluice/testing/simulator'
import { expect, test } from 'vitest'
import { createHeapBackend } from '../../src/state/heap-backend.ts'
import { createStoredBackend } from '../../src/state/stored-backend.ts'
import { MemorySegments } from '../state/memory-segments.ts'
import { type CreateBackend, GROUPS, openWith } from '../state/state-under-test.ts'

const all = { first: 0, last: GROUPS - 1 }
const kept = { name: 'kept', kind: 'counter', namespace: 'none' } as const
const gone = { name: 'gone', kind: 'map', namespace: 'none' } as const
const keys = Array.from({ length: 40 }, (_, at) => `key-${at}`)

const backends: readonly [string, CreateBackend][] = [
  ['heap', createHeapBackend],
  [
    'stored',
    (options) => createStoredBackend({ ...options, cacheBytes: 8192 }, new MemoryKeyValueStore()),
  ],
]

test.each(backends)('a dropped state does not come back: %s backend', async (_, create) => {
  const fresh = () => openWith(create, { now: 0, watermark: 0 }, all)
  const segments = new MemorySegments()
  const first = fresh()
  const counts = first.state(kept)
  const maps = first.state(gone)
  for (const [at, key] of keys.entries()) {
    first.setKey(key, -1)
    counts.set(at + 1)
    maps.set('item', at)
    first.setTimer('event', at)
  }
  const stored = await segments.save(first)

  const second = fresh()
  second.state(kept)
  second.restore(segments.read(stored), ['gone', 'event'])
  const next = await segments.save(second)
  // What holds the dropped state is not listed any more.
  expect(next.filter(({ name }) => stored.some((each) => each.name === name))).toEqual([])

  const third = fresh()
  const again = third.state(gone)
  const restoredCounts = third.state(kept)
  third.restore(segments.read(next))
  for (const [at, key] of keys.entries()) {
    third.setKey(key, -1)
    expect([restoredCounts.get(), again.size]).toEqual([at + 1, 0])
  }
  expect(third.nextTimer('event')).toBe(0)
})
