// The warning about a list of few elements that are large: at a snapshot, which writes all of it.

import { type Key } from '@sluice/core/internal'
import { MemoryKeyValueStore } from '@sluice/testing/simulator'
import { describe, expect, test } from 'vitest'
import { createHeapBackend } from '../../src/state/heap-backend.ts'
import type { KeyedStateBackend, StateBackendOptions } from '../../src/state/state-backend.ts'
import { createStoredBackend } from '../../src/state/stored-backend.ts'
import { MemorySegments } from './memory-segments.ts'
import { backendOptions } from './state-under-test.ts'

const seen = { name: 'seen', kind: 'list', namespace: 'none' } as const
const value = { name: 'value', kind: 'value', namespace: 'none' } as const
const text = 'x'.repeat(300_000)

const backends: readonly [string, (options: StateBackendOptions) => KeyedStateBackend][] = [
  ['memory', createHeapBackend],
  // A cache that holds none of it: rows are what is written.
  ['rows', (options) => createStoredBackend({ ...options, cacheBytes: 1000 }, newStore())],
  ['a cache', (options) => createStoredBackend({ ...options, cacheBytes: 2 ** 26 }, newStore())],
]

function newStore(): MemoryKeyValueStore {
  return new MemoryKeyValueStore()
}

describe.each(backends)('in %s, a list of few large elements', (_, create) => {
  test('gives a warning by step and key when a checkpoint writes it', async () => {
    const warnings: string[] = []
    const backend = create({
      ...backendOptions({ now: 0, watermark: 0 }),
      warn: (message) => void warnings.push(message),
    })
    const segments = new MemorySegments()
    const growTo = async (key: Key, length: number): Promise<void> => {
      backend.setKey(key, -1)
      backend.state(seen).set(Array(length).fill(text))
      // Whatever was in a small cache leaves it.
      for (let other = 0; other < 50; other++) {
        backend.setKey(other, -1)
        backend.state(value).set('y'.repeat(100))
      }
      await segments.save(backend)
    }
    backend.setKey('large', -1)
    backend.state(value).set('z'.repeat(3_000_000))
    await growTo(['user', 7], 3)
    expect(warnings).toEqual([])
    for (const length of [4, 5, 6, 7, 8]) await growTo(['user', 7], length)
    await growTo('other', 8)
    await growTo('other', 14)
    const told = warnings.map((warning) => `${warning.split('. ')[0]}.`)
    expect(told).toEqual([
      `The list 'seen' of step 'step' takes 1.1 MiB for the key ["user", 7].`,
      `The list 'seen' of step 'step' takes 2.0 MiB for the key ["user", 7].`,
      `The list 'seen' of step 'step' takes 4.0 MiB for the key "other".`,
    ])
    backend.close()
  })
})
