import { type Key, type KeyPart, keyGroupOf, SluiceError } from '@sluice/core/internal'
import { describe, expect, test } from 'vitest'
import { createHeapBackend } from '../../src/state/heap-backend.ts'
import type { KeyedStateBackend } from '../../src/state/state-backend.ts'
import { MemorySegments } from './memory-segments.ts'
import { type Clocks, GROUPS, open, openWith } from './state-under-test.ts'

const all = { first: 0, last: GROUPS - 1 }
/** One store for all tests: a backend lists again what it stored before. */
const segments = new MemorySegments()

function opened(freezes = false): { backend: KeyedStateBackend; clocks: Clocks } {
  const clocks = { now: 1000, watermark: Number.NEGATIVE_INFINITY }
  return { backend: open(clocks, all, freezes), clocks }
}

async function copyOf(backend: KeyedStateBackend, clocks: Clocks): Promise<KeyedStateBackend> {
  const refs = await segments.save(backend)
  const copy = open(clocks, all)
  copy.restore(segments.read(refs))
  return copy
}

function codeOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof SluiceError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'nothing was thrown'
}

describe('the handles', () => {
  test('a counter starts at 0, keeps what is set and starts anew when it is cleared', () => {
    const { backend } = opened()
    const counter = backend.state({ name: 'n', kind: 'counter', namespace: 'none' })
    backend.setKey('a', -1)
    expect(counter.get()).toBe(0)
    counter.set(2 ** 40 + 0.5)
    backend.setKey('b', keyGroupOf('b', GROUPS))
    expect(counter.get()).toBe(0)
    backend.setKey('a', -1)
    expect(counter.get()).toBe(2 ** 40 + 0.5)
    counter.clear()
    expect(counter.get()).toBe(0)
    expect(backend.size().entries).toBe(0)
  })

  test('a counter refuses what is no number', () => {
    const { backend } = opened()
    const counter = backend.state({ name: 'n', kind: 'counter', namespace: 'none' })
    backend.setKey('a', -1)
    expect(codeOf(() => counter.set('1' as never))).toMatch(
      /^RECORD_NOT_ENCODABLE: The counter 'n'/,
    )
  })

  test('setting a value to undefined clears it', () => {
    const { backend } = opened()
    const value = backend.state({ name: 'v', kind: 'value', namespace: 'none' })
    backend.setKey('a', -1)
    value.set(null)
    expect(value.get()).toBeNull()
    value.set(undefined)
    expect(backend.size().entries).toBe(0)
  })

  test('a loop over a list goes through what was there when it began', () => {
    const { backend } = opened()
    const list = backend.state({ name: 'l', kind: 'list', namespace: 'none' })
    backend.setKey('a', -1)
    list.set([1, 2])
    const seen: unknown[] = []
    for (const each of list) {
      seen.push(each)
      list.push(each)
    }
    expect(seen).toEqual([1, 2])
    expect([...list]).toEqual([1, 2, 1, 2])
    expect(list.at(-1)).toBe(2)
    list.set([])
    expect(list.length).toBe(0)
    expect(backend.size().entries).toBe(0)
  })

  test('the list that was given to set is not the list that is kept', () => {
    const { backend } = opened()
    const list = backend.state({ name: 'l', kind: 'list', namespace: 'none' })
    backend.setKey('a', -1)
    const given = [1]
    list.set(given)
    given.push(2)
    expect([...list]).toEqual([1])
  })

  test('a map tells 1, "1" and true apart and forgets a key that is deleted', () => {
    const { backend } = opened()
    const map = backend.state({ name: 'm', kind: 'map', namespace: 'none' })
    backend.setKey('a', -1)
    const keys: KeyPart[] = [1, '1', true, 1n, '\u0000t', -0]
    for (const key of keys) map.set(key, typeof key)
    expect([...map.keys()]).toEqual([1, '1', true, 1n, '\u0000t', 0])
    expect(map.has(0)).toBe(true)
    expect(map.delete('1')).toBe(true)
    expect(map.delete('1')).toBe(false)
    expect(map.size).toBe(5)
    expect([...map.values()]).toEqual(['number', 'boolean', 'bigint', 'string', 'number'])
    map.set(1, undefined)
    expect(map.has(1)).toBe(true)
    map.clear()
    expect([...map]).toEqual([])
    expect(backend.size().entries).toBe(0)
  })

  test('a namespace has a state of its own, also when a key has very many', () => {
    const { backend } = opened()
    const counter = backend.state({ name: 'n', kind: 'counter', namespace: 'window' })
    backend.setKey('a', -1)
    const each = Array.from({ length: 100 }, (_, index) => index * 60_000)
    for (const namespace of each) {
      backend.setNamespace(namespace)
      counter.set(namespace + 1)
    }
    for (const namespace of each) {
      backend.setNamespace(namespace)
      expect(counter.get()).toBe(namespace + 1)
      counter.clear()
      expect(counter.get()).toBe(0)
    }
    expect(backend.size().entries).toBe(0)
  })

  test('a state that is opened twice is one state', () => {
    const { backend } = opened()
    const descriptor = { name: 'n', kind: 'counter', namespace: 'none' } as const
    expect(backend.state(descriptor)).toBe(backend.state(descriptor))
  })

  test('a key of a foreign group is a defect of the engine', () => {
    const backend = open({ now: 0, watermark: 0 }, { first: 0, last: 3 })
    const foreign = ['a', 'b', 'c', 'd', 'e'].find((key) => keyGroupOf(key, GROUPS) > 3) as string
    const counter = backend.state({ name: 'n', kind: 'counter', namespace: 'none' })
    backend.setKey(foreign, -1)
    expect(codeOf(() => counter.get())).toMatch(/^INVARIANT_BROKEN/)
  })
})

describe('freezing', () => {
  test('what was stored cannot be changed in place', () => {
    const { backend } = opened(true)
    const value = backend.state({ name: 'v', kind: 'value', namespace: 'none' })
    const list = backend.state({ name: 'l', kind: 'list', namespace: 'none' })
    backend.setKey('a', -1)
    const inner = { n: 1 }
    const stored = {
      inner,
      text: 'a text long enough to be copied',
      each: new Map([['k', { n: 1 }]]),
    }
    value.set(stored)
    list.push(inner)
    const got = value.get() as typeof stored
    expect(() => (got.inner.n = 2)).toThrow(TypeError)
    expect(() => (stored.inner.n = 2)).toThrow(TypeError)
    expect(() => Object.assign(got, { more: 1 })).toThrow(TypeError)
    expect(() => ((got.each.get('k') as { n: number }).n = 2)).toThrow(TypeError)
    expect(() => ((list.at(0) as { n: number }).n = 2)).toThrow(TypeError)
  })

  test('a value that could not be saved is refused when it is set, with its path', () => {
    const { backend } = opened(true)
    const value = backend.state({ name: 'v', kind: 'value', namespace: 'none' })
    backend.setKey('a', -1)
    expect(codeOf(() => value.set({ parts: [() => 1] }))).toMatch(
      /^RECORD_NOT_ENCODABLE: A value of the state 'v' cannot be encoded: parts\[0\]/,
    )
    expect(value.get()).toBeUndefined()
  })

  test('without freezing it is refused by the snapshot, which names state and key', () => {
    const { backend } = opened()
    const value = backend.state({ name: 'v', kind: 'value', namespace: 'none' })
    backend.setKey(['user', 7], -1)
    value.set({ call: () => 1 })
    const snapshot = backend.startSnapshot(1, segments)
    expect(codeOf(() => snapshot.advance(1))).toMatch(
      /^RECORD_NOT_ENCODABLE: The state 'v' of the key \["user", 7\] cannot be saved: .*call/,
    )
    snapshot.cancel()
    value.set('mended')
    const again = backend.startSnapshot(2, segments)
    expect(again.advance(1)).toBe(true)
  })
})

describe('time to live', () => {
  const aged = { name: 'v', kind: 'value', namespace: 'none', ttlMs: 10 } as const

  test('a value is gone ten milliseconds after it was last set, and counts no more', () => {
    const { backend, clocks } = opened()
    const value = backend.state(aged)
    backend.setKey('a', -1)
    value.set(1)
    clocks.now += 9
    value.set(2)
    clocks.now += 9
    expect(value.get()).toBe(2)
    clocks.now += 1
    expect(value.get()).toBeUndefined()
    expect(backend.size().entries).toBe(0)
  })

  test('a value lives on by its own time after a restore', async () => {
    const { backend, clocks } = opened()
    backend.state(aged)
    backend.setKey('a', -1)
    backend.state(aged).set(1)
    clocks.now += 6
    const copy = await copyOf(backend, clocks)
    const value = copy.state(aged)
    copy.setKey('a', -1)
    clocks.now += 3
    expect(value.get()).toBe(1)
    clocks.now += 1
    expect(value.get()).toBeUndefined()
  })

  test('a snapshot drops what expired, from itself and from memory', async () => {
    const { backend, clocks } = opened()
    const value = backend.state(aged)
    for (const key of ['a', 'b', 'c']) {
      backend.setKey(key, -1)
      value.set(key)
    }
    clocks.now += 10
    const [ref] = await segments.save(backend)
    expect(ref).toBeUndefined()
    expect(backend.size().entries).toBe(0)
  })

  test('what had expired at the barrier stays away where the clock is behind', async () => {
    const { backend, clocks } = opened()
    const value = backend.state(aged)
    const map = backend.state({ ...aged, name: 'm', kind: 'map' })
    backend.setKey('a', -1)
    value.set(1)
    map.set('x', 1)
    const before = await segments.save(backend)
    clocks.now += 5
    map.set('y', 2)
    clocks.now += 5
    backend.setKey('b', -1)
    backend.state({ name: 'other', kind: 'counter', namespace: 'none' }).set(1)
    const refs = await segments.save(backend)
    expect(refs.length).toBe(before.length + 1)
    const behind = { now: 1000, watermark: 0 }
    const copy = open(behind, all)
    copy.restore(segments.read(refs))
    copy.setKey('a', -1)
    expect(copy.state(aged).get()).toBeUndefined()
    expect([...copy.state({ ...aged, name: 'm', kind: 'map' })]).toEqual([['y', 2]])
    // The deletions are in the next delta, whatever the clocks say by then.
    const again = open(behind, all)
    again.restore(segments.read(await segments.save(copy)))
    again.setKey('a', -1)
    expect(again.state(aged).get()).toBeUndefined()
  })

  test('what nobody meets any more goes while others are written, without any snapshot', () => {
    const { backend, clocks } = opened()
    const value = backend.state(aged)
    for (let key = 0; key < 1000; key++) {
      backend.setKey(key, -1)
      value.set(key)
    }
    clocks.now += 10
    for (let write = 0; write < 1100; write++) {
      backend.setKey('alive', -1)
      value.set(write)
    }
    expect(backend.size().entries).toBe(1)
  })

  test('what nobody meets any more leaves the snapshots of a state that is silent', async () => {
    const { backend, clocks } = opened()
    const value = backend.state(aged)
    for (let key = 0; key < 1000; key++) {
      backend.setKey(key, -1)
      value.set(key)
    }
    await segments.save(backend)
    clocks.now += 10
    for (let checkpoint = 0; checkpoint < 10; checkpoint++) await segments.save(backend)
    expect(backend.size().entries).toBe(0)
    const refs = await segments.save(backend)
    const copy = open({ now: 0, watermark: 0 }, all)
    copy.restore(segments.read(refs))
    expect(copy.size().entries).toBe(0)
  })

  test('a read makes young again where it is wanted, and looking at a length does not', () => {
    const { backend, clocks } = opened()
    const list = backend.state({ ...aged, kind: 'list', ttlRefresh: 'read-and-write' })
    backend.setKey('a', -1)
    list.push(1)
    clocks.now += 9
    expect(list.at(0)).toBe(1)
    clocks.now += 9
    expect(list.length).toBe(1)
    clocks.now += 1
    expect(list.length).toBe(0)
  })

  test('after the clock went back a read counts by what it shows now', () => {
    const { backend, clocks } = opened()
    const value = backend.state({ ...aged, kind: 'value', ttlRefresh: 'read-and-write' })
    backend.setKey('a', -1)
    clocks.now += 1000
    value.set(1)
    clocks.now -= 1000
    expect(value.get()).toBe(1)
    clocks.now += 10
    expect(value.get()).toBeUndefined()
  })

  test('a snapshot holds what was alive when it began, however late it is written', async () => {
    const { backend, clocks } = opened()
    const value = backend.state(aged)
    for (const key of ['silent', 'met']) {
      backend.setKey(key, -1)
      value.set(1)
    }
    clocks.now += 9
    const snapshot = backend.startSnapshot(1, segments)
    clocks.now += 1
    expect(value.get()).toBeUndefined()
    while (!snapshot.advance(1)) continue
    const copy = open({ ...clocks, now: 1009 }, all)
    copy.restore(segments.read(await snapshot.finish(segments)))
    expect(copy.size().entries).toBe(2)
  })

  test('before the first watermark nothing ages by event time', () => {
    const { backend, clocks } = opened()
    const value = backend.state({ ...aged, ttlClock: 'event' })
    backend.setKey('a', -1)
    value.set(1)
    clocks.watermark = 5000
    expect(value.get()).toBe(1)
    clocks.watermark = 5009
    expect(value.get()).toBe(1)
    clocks.watermark = 5010
    expect(value.get()).toBeUndefined()
  })

  test('a state that gets a time to live later ages from when it is met', async () => {
    const { backend, clocks } = opened()
    backend.setKey('a', -1)
    backend.state({ name: 'v', kind: 'value', namespace: 'none' }).set(1)
    const copy = await copyOf(backend, clocks)
    const value = copy.state(aged)
    copy.setKey('a', -1)
    expect(value.get()).toBe(1)
    clocks.now += 10
    expect(value.get()).toBeUndefined()
  })

  test('what has no date and nobody asks for ages from one run to the next', async () => {
    const { backend, clocks } = opened()
    const items = { ...aged, name: 'm', kind: 'map' } as const
    backend.setKey('a', -1)
    backend.state({ name: 'v', kind: 'value', namespace: 'none' }).set(1)
    backend.state({ name: 'm', kind: 'map', namespace: 'none' }).set('x', 1)
    let refs = await segments.save(backend)
    for (let run = 0; run < 3; run++) {
      const copy = open(clocks, all)
      copy.restore(segments.read(refs))
      copy.state(aged)
      copy.state(items)
      // The search goes round once between two of them.
      for (let checkpoint = 0; checkpoint < 3; checkpoint++) refs = await segments.save(copy)
      expect(copy.size().entries).toBe(run < 2 ? 2 : 0)
      clocks.now += 5
    }
  })

  test('items of a map age one by one', () => {
    const { backend, clocks } = opened()
    const map = backend.state({ ...aged, kind: 'map' })
    backend.setKey('a', -1)
    map.set('x', 1)
    clocks.now += 5
    map.set('y', 2)
    clocks.now += 5
    expect(map.size).toBe(1)
    expect([...map]).toEqual([['y', 2]])
    clocks.now += 5
    expect(map.has('y')).toBe(false)
    expect(backend.size().entries).toBe(0)
  })
})

describe('restoring', () => {
  test('a state of another kind is refused, whichever comes first', async () => {
    const { backend, clocks } = opened()
    backend.setKey('a', -1)
    backend.state({ name: 'v', kind: 'value', namespace: 'none' }).set(1)
    const copy = await copyOf(backend, clocks)
    const counter = { name: 'v', kind: 'counter', namespace: 'none' } as const
    expect(codeOf(() => copy.state(counter))).toMatch(/^CHECKPOINT_INCOMPATIBLE: The state 'v'/)
    const refs = await segments.save(backend)
    const other = open(clocks, all)
    other.state(counter)
    expect(codeOf(() => other.restore(segments.read(refs)))).toMatch(/^CHECKPOINT_INCOMPATIBLE/)
  })

  test('a state that is not declared any more is carried along', async () => {
    const { backend, clocks } = opened()
    backend.setKey('a', -1)
    backend.state({ name: 'v', kind: 'value', namespace: 'none' }).set(1)
    const copy = await copyOf(await copyOf(backend, clocks), clocks)
    copy.setKey('a', -1)
    expect(copy.state({ name: 'v', kind: 'value', namespace: 'none' }).get()).toBe(1)
  })

  test('the order of map items and of timers of one instant survives', async () => {
    const { backend, clocks } = opened()
    const map = backend.state({ name: 'm', kind: 'map', namespace: 'none' })
    backend.setKey('a', -1)
    for (const key of ['z', 'b', 'y', 'a']) map.set(key, 1)
    for (const time of [5, 3, 4]) backend.setTimer('event', time)
    const copy = await copyOf(backend, clocks)
    copy.setKey('a', -1)
    expect([...copy.state({ name: 'm', kind: 'map', namespace: 'none' }).keys()]).toEqual([
      ...map.keys(),
    ])
    const times: number[] = []
    copy.fireTimers('event', 10, 10, (time) => times.push(time))
    expect(times).toEqual([3, 4, 5])
  })
})

describe('sizes', () => {
  test('a list that grows without end gives a warning by step and key', () => {
    const warnings: string[] = []
    const backend = openWith(
      (options) =>
        createHeapBackend({ ...options, warn: (message) => void warnings.push(message) }),
      { now: 0, watermark: 0 },
      all,
    )
    const list = backend.state({ name: 'seen', kind: 'list', namespace: 'none' })
    backend.setKey(['user', 7], -1)
    for (let i = 0; i < 150_000; i++) list.push(i)
    backend.setKey('other', -1)
    for (let i = 0; i < 1000; i++) list.push(i)
    for (const length of [65_535, 70_000, 80_000]) list.set(Array(length).fill(0))
    expect(warnings.map((text) => `${text.split('. ')[0]}.`)).toEqual([
      `The list 'seen' of step 'step' has grown to 65536 elements for the key ["user", 7].`,
      `The list 'seen' of step 'step' has grown to 131072 elements for the key ["user", 7].`,
      `The list 'seen' of step 'step' has grown to 70000 elements for the key "other".`,
    ])
  })

  test('keys of many megabytes are kept, saved and restored like others', async () => {
    const { backend, clocks } = opened()
    const keys: Key[] = ['x'.repeat(10_000_000), ['ж'.repeat(1_000_000), 1], 2n ** 100_000n]
    const value = { name: 'v', kind: 'value', namespace: 'none' } as const
    for (const [index, key] of keys.entries()) {
      backend.setKey(key, -1)
      backend.state(value).set(index)
      backend.setTimer('event', index)
    }
    const copy = await copyOf(backend, clocks)
    for (const [index, key] of keys.entries()) {
      copy.setKey(key, -1)
      expect(copy.state(value).get()).toBe(index)
    }
    const fired: boolean[] = []
    copy.fireTimers('event', 10, 10, (time, key) => {
      const expected: unknown = keys[time]
      const isTuple = Array.isArray(key) && Array.isArray(expected)
      fired.push(isTuple ? key[0] === expected[0] : key === expected)
    })
    expect(fired).toEqual([true, true, true])
  })

  test('a value above the limit of a record fails the snapshot, which names state and key', () => {
    const { backend } = opened()
    const value = backend.state({ name: 'v', kind: 'value', namespace: 'none' })
    backend.setKey('k'.repeat(5_000_000), -1)
    value.set(new Uint8Array(65 * 2 ** 20))
    const snapshot = backend.startSnapshot(1, segments)
    const error = codeOf(() => snapshot.advance(1000))
    expect(error).toMatch(/^RECORD_TOO_LARGE: The state 'v' of the key "k{100}" cannot be saved/)
    snapshot.cancel()
  })
})
