import type { KeyValueStore } from '@sluice/core/connector'
import { MemoryKeyValueStore } from '@sluice/testing/simulator'
import { describe, expect, test } from 'vitest'
import type { KeyedStateBackend } from '../../../src/state/state-backend.ts'
import { createStoredBackend } from '../../../src/state/stored-backend.ts'
import { MemorySegments } from '../memory-segments.ts'
import { backendOptions } from '../state-under-test.ts'

const clocks = { now: 1, watermark: 0 }
const base = backendOptions(clocks)
const valueState = { name: 'value', kind: 'value', namespace: 'none' } as const
const mapState = { name: 'map', kind: 'map', namespace: 'none' } as const
const aging = { ttlMs: 100, ttlClock: 'processing' } as const

function open(cacheBytes: number, store: KeyValueStore = new MemoryKeyValueStore()) {
  return createStoredBackend({ ...base, cacheBytes }, store)
}

/** Does its first job well, until it is told to fail once. */
class MoodyStore extends MemoryKeyValueStore {
  failsNext: 'get' | 'write' | undefined

  override get(key: Uint8Array, into: Uint8Array): number {
    this.#failNow('get')
    return super.get(key, into)
  }

  override write(batch: Uint8Array, batchBytes: number): void {
    this.#failNow('write')
    super.write(batch, batchBytes)
  }

  #failNow(call: 'get' | 'write'): void {
    if (this.failsNext !== call) return
    this.failsNext = undefined
    throw new Error(`no ${call} today`)
  }
}

/** What a function does that catches whatever it meets. */
function carelessly(action: () => void): boolean {
  try {
    action()
    return true
  } catch {
    return false
  }
}

function fill(backend: KeyedStateBackend, first: number, keys: number): void {
  const state = backend.state(valueState)
  for (let key = first; key < first + keys; key++) {
    backend.setKey(key, -1)
    state.set({ key })
  }
}

/** Room in the cache for live objects. */
function roomBytes(cacheBytes: number): number {
  return (cacheBytes * 13) / 16
}

describe('a stored backend whose errors a function catches', () => {
  test('a value that cannot be written fails the snapshot and is not forgotten', async () => {
    const segments = new MemorySegments()
    const backend = open(32 * 1024)
    const state = backend.state(valueState)
    backend.setKey('poison', -1)
    state.set('good')
    await segments.save(backend)
    state.set(() => 'not to be saved')
    let caught = 0
    for (let key = 0; key < 500; key++) if (!carelessly(() => fill(backend, key, 1))) caught++
    expect(caught).toBeGreaterThan(0)
    await expect(segments.save(backend)).rejects.toMatchObject({ code: 'RECORD_NOT_ENCODABLE' })
    backend.setKey('poison', -1)
    expect(state.get()).toBeTypeOf('function')
  })

  test('what left the cache before the one that could not is found', () => {
    const cacheBytes = 1024 * 1024
    const backend = open(cacheBytes)
    const state = backend.state(valueState)
    backend.setKey('first', -1)
    const large = 'x'.repeat(2000)
    state.set(large)
    for (let key = 0; backend.size().bytes < roomBytes(cacheBytes) - 600; key++) {
      fill(backend, key, 1)
    }
    backend.setKey('poison', -1)
    state.set({ call: () => 1, padding: 'y'.repeat(300) })
    expect(backend.size().bytes).toBeGreaterThan(roomBytes(cacheBytes))
    expect(carelessly(() => fill(backend, -1, 1))).toBe(false)
    backend.setKey('first', -1)
    expect(state.get()).toBe(large)
  })

  test.each(['write', 'get'] as const)(
    'a failed %s is the end of all snapshots and timers',
    (call) => {
      const store = new MoodyStore()
      const backend = open(32 * 1024, store)
      fill(backend, 0, 1000)
      store.failsNext = call
      let caught = 0
      for (let key = 0; key < 1000; key++) if (!carelessly(() => fill(backend, key, 1))) caught++
      expect(caught).toBeGreaterThan(0)
      expect(() => backend.startSnapshot(1, new MemorySegments())).toThrow(`no ${call} today`)
      const end = Number.POSITIVE_INFINITY
      expect(() => backend.fireTimers('event', end, 1, () => {})).toThrow(`no ${call} today`)
    },
  )

  test('a failed read leaves nothing behind that looks like a key without state', () => {
    const store = new MoodyStore()
    const backend = open(32 * 1024, store)
    const value = backend.state(valueState)
    const map = backend.state(mapState)
    backend.setKey(0, -1)
    for (let item = 0; item < 200; item++) map.set(item, item)
    value.set('here')
    fill(backend, 1, 1000)
    backend.setKey(0, -1)
    expect(map.size).toBe(200)
    store.failsNext = 'get'
    expect(() => map.get(7)).toThrow('no get today')
    expect(() => map.get(7)).toThrow('no get today')
    expect(() => value.get()).toThrow('no get today')
    expect(() => value.get()).toThrow('no get today')
  })
})

describe('state that had no time of writing when it was given a ttl', () => {
  async function upgraded(cacheBytes: number): Promise<KeyedStateBackend> {
    const segments = new MemorySegments()
    const before = open(cacheBytes)
    const values = before.state(valueState)
    const maps = before.state(mapState)
    for (let key = 0; key < 300; key++) {
      before.setKey(key, -1)
      values.set(key)
      maps.set('item', key)
    }
    const refs = await segments.save(before)
    const after = open(cacheBytes)
    after.restore(segments.read(refs))
    return after
  }

  test('ages although its cell leaves the cache each time it was met', async () => {
    const backend = await upgraded(16 * 1024)
    const state = backend.state({ ...valueState, ...aging })
    const readAll = () => {
      let found = 0
      for (let key = 0; key < 300; key++) {
        backend.setKey(key, -1)
        if (state.get() !== undefined) found++
      }
      return found
    }
    expect(readAll()).toBe(300)
    clocks.now += 60
    expect(readAll()).toBe(300)
    clocks.now += 60
    expect(readAll()).toBe(0)
  })

  test('ages although nobody meets it', async () => {
    const backend = await upgraded(16 * 1024)
    backend.state({ ...valueState, ...aging })
    backend.state({ ...mapState, ...aging })
    const segments = new MemorySegments()
    for (let round = 0; round < 20; round++) await segments.save(backend)
    expect(backend.size().entries).toBe(600)
    clocks.now += 200
    for (let round = 0; round < 40; round++) await segments.save(backend)
    expect(backend.size().entries).toBe(0)
  })
})
