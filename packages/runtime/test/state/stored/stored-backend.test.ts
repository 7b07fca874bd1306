import type { KeyValueStore } from '@sluice/core/connector'
import { MemoryKeyValueStore } from '@sluice/testing/simulator'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createHeapBackend } from '../../../src/state/heap-backend.ts'
import type { KeyedStateBackend, SegmentRef } from '../../../src/state/state-backend.ts'
import { createStoredBackend } from '../../../src/state/stored-backend.ts'
import { MemorySegments } from '../memory-segments.ts'
import { backendOptions } from '../state-under-test.ts'

const clocks = { now: 1, watermark: 0 }
const base = backendOptions(clocks)

function open(cacheBytes: number, store: KeyValueStore = new MemoryKeyValueStore()) {
  return createStoredBackend({ ...base, cacheBytes }, store)
}

/** The tables of timers, which come first. */
const TIMER_TABLES = 2

/** Counts how often single rows of states are read. */
class CountingStore extends MemoryKeyValueStore {
  gets = 0
  multiGets = 0

  override get(key: Uint8Array, into: Uint8Array): number {
    if ((key[2] as number) >= TIMER_TABLES) this.gets++
    return super.get(key, into)
  }

  override multiGet(keys: Uint8Array, keysBytes: number, into: Uint8Array): number {
    this.multiGets++
    return super.multiGet(keys, keysBytes, into)
  }
}

const valueState = { name: 'value', kind: 'value', namespace: 'none' } as const
const windowState = { name: 'window', kind: 'value', namespace: 'window' } as const
const listState = { name: 'list', kind: 'list', namespace: 'none' } as const
const mapState = { name: 'map', kind: 'map', namespace: 'none' } as const

function fill(backend: KeyedStateBackend, keys: number, value: number): void {
  const state = backend.state(valueState)
  for (let key = 0; key < keys; key++) {
    backend.setKey(key, -1)
    state.set({ key, value })
  }
}

function restoredHeap(segments: MemorySegments, refs: readonly SegmentRef[]): KeyedStateBackend {
  const heap = createHeapBackend(base)
  heap.restore(segments.read(refs))
  return heap
}

describe('a stored backend', () => {
  test('finds the rows of a batch in one read each way', () => {
    const store = new CountingStore()
    const backend = open(64 * 1024, store)
    fill(backend, 2000, 1)
    const state = backend.state(valueState)
    const keys = Array.from({ length: 100 }, (_, index) => index * 17)
    store.gets = 0
    backend.prefetch([...keys, ...keys, 99_999])
    expect(store.multiGets).toBe(1)
    for (const key of keys) {
      backend.setKey(key, -1)
      expect(state.get()).toEqual({ key, value: 1 })
    }
    backend.setKey(99_999, -1)
    expect(state.get()).toBeUndefined()
    expect(store.gets).toBe(0)
  })

  test('looks keys up in the window that records use, and timers in their own', () => {
    const store = new CountingStore()
    const backend = open(128 * 1024, store)
    const state = backend.state(windowState)
    for (let key = 0; key < 1000; key++) {
      backend.setKey(key, -1)
      backend.setNamespace(1000)
      state.set(key)
      backend.setTimer('event', 1999)
    }
    store.gets = 0
    const keys = Array.from({ length: 64 }, (_, index) => index)
    backend.prefetch(keys)
    for (const key of keys) {
      backend.setKey(key, -1)
      expect(state.get()).toBe(key)
    }
    let fired = 0
    backend.fireTimers('event', 1999, 10_000, (_time, key) => {
      if (state.get() === key) fired++
      state.clear()
    })
    expect(fired).toBe(1000)
    expect(store.gets).toBe(0)
  })

  test('asks the store for nothing of a window of which no row was written', async () => {
    const store = new CountingStore()
    const backend = open(64 * 1024, store)
    const state = backend.state(windowState)
    const keys = Array.from({ length: 2000 }, (_, key) => key)
    const add = (namespace: number, key: number) => {
      backend.setKey(key, -1)
      backend.setNamespace(namespace)
      state.set((state.get() ?? 0) as number)
    }
    for (const key of keys.slice(0, 20)) add(1000, key)
    backend.prefetch(keys.slice(0, 64))
    expect([store.gets, store.multiGets]).toEqual([0, 0])

    // Most rows leave the cache: now the window must be asked for, and the one after it not.
    for (const key of keys) add(1000, key)
    const segments = new MemorySegments()
    const saved = await segments.save(backend)
    store.gets = 0
    for (const key of keys) add(1000, key)
    expect(store.gets).toBeGreaterThan(1000)
    store.gets = 0
    for (const key of keys.slice(0, 20)) add(2000, key)
    expect(store.gets).toBe(0)

    // So it is with rows that were restored.
    const restored = open(64 * 1024, store)
    restored.restore(segments.read(saved))
    const found = restored.state(windowState)
    restored.setKey(1, -1)
    restored.setNamespace(1000)
    expect(found.get()).toBe(0)
  })

  test('saves more changes than fit into memory, some of them twice, and deletions', async () => {
    const segments = new MemorySegments()
    const backend = open(32 * 1024)
    fill(backend, 4000, 1)
    await segments.save(backend)
    fill(backend, 4000, 2)
    fill(backend, 4000, 3)
    const state = backend.state(valueState)
    for (let key = 0; key < 4000; key += 4) {
      backend.setKey(key, -1)
      state.clear()
    }
    const refs = await segments.save(backend)
    const heap = restoredHeap(segments, refs)
    expect(heap.size().entries).toBe(3000)
    const restored = heap.state(valueState)
    for (let key = 0; key < 4000; key++) {
      heap.setKey(key, -1)
      expect(restored.get()).toEqual(key % 4 === 0 ? undefined : { key, value: 3 })
    }
  })

  test('keeps a large map in rows: single items, its size, a loop, changes in between', () => {
    const backend = open(32 * 1024)
    const state = backend.state(mapState)
    backend.setKey('shop', -1)
    for (let item = 0; item < 1000; item++) state.set(item, item * 2)
    backend.setKey('other', -1)
    expect(state.size).toBe(0)
    for (let item = 0; item < 1000; item++) state.set(`x${item}`, 0)
    backend.setKey('shop', -1)
    expect(state.size).toBe(1000)
    expect(state.get(777)).toBe(1554)
    expect(state.has(1000)).toBe(false)
    state.delete(5)
    state.set(1000, 'new')
    expect(state.size).toBe(1000)
    expect(
      Array.from(state.keys())
        .sort((a, b) => Number(a) - Number(b))
        .slice(4, 7),
    ).toEqual([4, 6, 7])
    let sum = 0
    for (const [item, value] of state) {
      if (typeof value === 'number') sum += value
      if (item === 10) state.delete(11)
    }
    expect(sum).toBeGreaterThanOrEqual(999 * 1000 - 10 - 22)
    state.clear()
    expect(state.size).toBe(0)
    expect([...state]).toEqual([])
  })

  test('a list that grows counts with what it grew by', () => {
    const store = new MemoryKeyValueStore()
    const backend = open(256 * 1024, store)
    const state = backend.state(listState)
    for (let key = 0; key < 200; key++) {
      backend.setKey(key, -1)
      state.push(key)
      state.push({ payload: 'x'.repeat(10_000) })
    }
    expect(store.rows.values.size).toBeGreaterThan(180)
    backend.setKey(7, -1)
    expect([...state]).toEqual([7, { payload: 'x'.repeat(10_000) }])
  })

  test('what expired and is never met leaves the store and the snapshots', async () => {
    const store = new MemoryKeyValueStore()
    const backend = open(16 * 1024, store)
    const aging = { ttlMs: 100, ttlClock: 'processing' } as const
    const value = backend.state({ ...valueState, ...aging })
    const map = backend.state({ ...mapState, ...aging })
    for (let key = 0; key < 500; key++) {
      backend.setKey(key, -1)
      value.set(key)
      map.set('item', key)
    }
    const segments = new MemorySegments()
    await segments.save(backend)
    clocks.now += 200
    let refs: readonly SegmentRef[] = []
    for (let round = 0; round < 40; round++) refs = await segments.save(backend)
    expect(backend.size().entries).toBe(0)
    // A cell that says that its row is gone may still wait for company in the cache.
    expect(store.rows.values.size).toBeLessThan(100)
    expect(restoredHeap(segments, refs).size().entries).toBe(0)
  })

  test.each([
    ['the cache', 1024 * 1024],
    ['rows', 16 * 1024],
  ])('a snapshot of %s holds what was alive when it began, however late', async (_, cacheBytes) => {
    const backend = open(cacheBytes)
    const aging = { ttlMs: 100, ttlClock: 'processing' } as const
    const value = backend.state({ ...valueState, ...aging })
    const map = backend.state({ ...mapState, ...aging })
    const segments = new MemorySegments()
    // The first snapshot is of all there is, the second of what changed.
    for (const filled of [500, 400]) {
      for (let key = 0; key < filled; key++) {
        backend.setKey(key, -1)
        value.set(key)
        map.set('item', key)
      }
      clocks.now += 99
      const snapshot = backend.startSnapshot(1, segments)
      clocks.now += 1
      backend.setKey(7, -1)
      expect(value.get()).toBeUndefined()
      while (!snapshot.advance(1)) continue
      const refs = await snapshot.finish(segments)
      clocks.now -= 1
      expect(restoredHeap(segments, refs).size().entries).toBe(2 * filled)
      clocks.now += 1
    }
  })

  test('an array of numbers that has a name as well is refused, and not kept without it', () => {
    const backend = open(4 * 1024)
    const value = backend.state(valueState)
    const fill = () => {
      for (let key = 0; key < 1000; key++) {
        backend.setKey(key, -1)
        value.set(Object.assign([key, 2], { unit: 'cents' }))
      }
    }
    expect(fill).toThrow(expect.objectContaining({ code: 'RECORD_NOT_ENCODABLE' }))
  })

  test('after the clock went back a read counts by what it shows now', () => {
    const backend = open(16 * 1024)
    const aging = { ttlMs: 100, ttlClock: 'processing', ttlRefresh: 'read-and-write' } as const
    const map = backend.state({ ...mapState, ...aging })
    backend.setKey(1, -1)
    clocks.now += 1000
    map.set('item', 1)
    clocks.now -= 1000
    expect(map.get('item')).toBe(1)
    clocks.now += 100
    expect(map.get('item')).toBeUndefined()
  })

  test('timers fire in order of time, whatever was set, deleted and fired before', () => {
    const timer = fc.record({
      key: fc.nat({ max: 40 }),
      time: fc.oneof(fc.nat({ max: 30 }), fc.integer({ min: -1000, max: 1000 })),
      deletes: fc.boolean(),
      fires: fc.constantFrom(0, 0, 0, 0, 3),
    })
    fc.assert(
      fc.property(fc.array(timer, { maxLength: 400, size: 'max' }), (timers) => {
        const backend = open(4 * 1024)
        const model = new Map<string, number>()
        const fire = (until: number, limit: number) => {
          let last = Number.NEGATIVE_INFINITY
          return backend.fireTimers('event', until, limit, (time, key) => {
            expect(time).toBeGreaterThanOrEqual(last)
            expect(Math.min(...model.values())).toBe(time)
            expect(model.delete(`${String(key)} ${time}`)).toBe(true)
            last = time
          })
        }
        for (const { key, time, deletes, fires } of timers) {
          backend.setKey(key, -1)
          backend.setNamespace(0)
          if (deletes) backend.deleteTimer('event', time)
          else backend.setTimer('event', time)
          if (deletes) model.delete(`${key} ${time}`)
          else model.set(`${key} ${time}`, time)
          expect(backend.nextTimer('event')).toBe(
            Math.min(Number.POSITIVE_INFINITY, ...model.values()),
          )
          if (fires > 0) fire(time, fires)
        }
        fire(Number.POSITIVE_INFINITY, 1e6)
        expect(model.size).toBe(0)
      }),
      { numRuns: 60 },
    )
  })
})
