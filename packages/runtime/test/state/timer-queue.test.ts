import type { Key } from '@sluice/core/internal'
import { expect, test } from 'vitest'
import type { KeyedStateBackend } from '../../src/state/state-backend.ts'
import { MemorySegments } from './memory-segments.ts'
import { GROUPS, open } from './state-under-test.ts'

const all = { first: 0, last: GROUPS - 1 }

function set(backend: KeyedStateBackend, key: Key, namespace: number, time: number): void {
  backend.setKey(key, -1)
  backend.setNamespace(namespace)
  backend.setTimer('event', time)
}

function fireAll(backend: KeyedStateBackend, until: number): string[] {
  const fired: string[] = []
  backend.fireTimers('event', until, 1000, (time, key, namespace) => {
    fired.push(`${String(key)}/${namespace}@${time}`)
  })
  return fired
}

test('timers fire in order of time, and within a time in the order in which they were set', () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  set(backend, 'c', 0, 20)
  set(backend, 'b', 0, 10)
  set(backend, 'c', 0, 10)
  set(backend, 'a', 0, 10)
  set(backend, 'a', 7, 10)
  set(backend, 'z', 0, -5)
  expect(backend.nextTimer('event')).toBe(-5)
  expect(fireAll(backend, 19)).toEqual(['z/0@-5', 'b/0@10', 'c/0@10', 'a/0@10', 'a/7@10'])
  expect(backend.nextTimer('event')).toBe(20)
})

test('a timer that is set twice fires once, and one that is deleted does not fire', () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  set(backend, 'a', 0, 10)
  set(backend, 'a', 0, 10)
  set(backend, 'b', 0, 10)
  backend.deleteTimer('event', 10)
  backend.deleteTimer('event', 11)
  expect(fireAll(backend, 10)).toEqual(['a/0@10'])
  expect(backend.nextTimer('event')).toBe(Number.POSITIVE_INFINITY)
  expect(backend.size().entries).toBe(0)
})

test('a timer that is deleted and set again takes its place at the end', () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  set(backend, 'a', 0, 10)
  set(backend, 'b', 0, 10)
  backend.setKey('a', -1)
  backend.deleteTimer('event', 10)
  backend.setTimer('event', 10)
  expect(fireAll(backend, 10)).toEqual(['b/0@10', 'a/0@10'])
})

test('of several timers of a key, one that is deleted and set again goes to the end', () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  set(backend, 'a', 0, 10)
  set(backend, 'a', 0, 20)
  set(backend, 'b', 0, 10)
  backend.setKey('a', -1)
  backend.deleteTimer('event', 10)
  backend.setTimer('event', 10)
  expect(fireAll(backend, 10)).toEqual(['b/0@10', 'a/0@10'])
})

test('of a hundred thousand timers of one instant, those that are left fire in order', () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  const many = 100_000
  for (let key = 0; key < many; key++) set(backend, key, 0, 10)
  // Those of a few keys have another one, so their entries stay in use.
  for (let key = 0; key < many; key += 1000) set(backend, key, 0, 20)
  for (let key = 0; key < many; key++) {
    if (key % 5 === 0) continue
    backend.setKey((key * 77_773) % many, -1)
    backend.deleteTimer('event', 10)
  }
  const deleted = new Set<number>()
  for (let key = 0; key < many; key++) if (key % 5 !== 0) deleted.add((key * 77_773) % many)
  const left = Array.from({ length: many }, (_, key) => key).filter((key) => !deleted.has(key))
  const fired: Key[] = []
  backend.fireTimers('event', 10, many, (_, key) => fired.push(key))
  expect(fired).toEqual(left)
  expect(backend.nextTimer('event')).toBe(20)
})

test('zero is one namespace, whatever its sign', () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  set(backend, 'a', 5, 20)
  set(backend, 'a', -0, 10)
  const namespaces: number[] = []
  backend.fireTimers('event', 10, 1, (_, _key, namespace) => namespaces.push(namespace))
  expect(namespaces).toEqual([0])
})

test('the two domains know nothing of each other', () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  set(backend, 'a', 0, 10)
  expect(backend.nextTimer('processing')).toBe(Number.POSITIVE_INFINITY)
  backend.deleteTimer('processing', 10)
  expect(backend.nextTimer('event')).toBe(10)
})

test('a callback has key and namespace in hand, and what it sets that is due fires too', () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  const counter = backend.state({ name: 'n', kind: 'counter', namespace: 'window' })
  set(backend, ['x', 1], 3, 10)
  const seen: unknown[] = []
  const fired = backend.fireTimers('event', 12, 100, (time, key, namespace) => {
    counter.set(counter.get() + 1)
    seen.push([time, key, namespace, counter.get()])
    backend.setTimer('event', time + 1)
  })
  expect(fired).toBe(3)
  expect(seen).toEqual([
    [10, ['x', 1], 3, 1],
    [11, ['x', 1], 3, 2],
    [12, ['x', 1], 3, 3],
  ])
  expect(backend.nextTimer('event')).toBe(13)
})

test('timers fire in slices of the limit', () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  for (let key = 0; key < 10; key++) set(backend, key, 0, 10)
  const sizes: number[] = []
  let fired = 4
  while (fired === 4) {
    fired = backend.fireTimers('event', 10, 4, () => {})
    sizes.push(fired)
  }
  expect(sizes).toEqual([4, 4, 2])
})

test('the end of time is no timer', () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  expect(fireAll(backend, Number.POSITIVE_INFINITY)).toEqual([])
  set(backend, 'a', 0, 10)
  expect(fireAll(backend, Number.POSITIVE_INFINITY)).toEqual(['a/0@10'])
})

test('a time that is not finite is refused', () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  backend.setKey('a', -1)
  expect(() => backend.setTimer('event', Number.NaN)).toThrow(/NaN/)
  expect(() => backend.setTimer('event', Number.POSITIVE_INFINITY)).toThrow(/Infinity/)
})

test('a timer that moves with each record leaves nothing behind', () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  backend.setKey('a', -1)
  backend.setTimer('event', 0)
  for (let time = 1; time < 20_000; time++) {
    backend.deleteTimer('event', time - 1)
    backend.setTimer('event', time)
  }
  expect(backend.nextTimer('event')).toBe(19_999)
  expect(fireAll(backend, 1e9)).toEqual(['a/0@19999'])
})

test('a key may have very many timers', async () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  for (let i = 0; i < 5000; i++) set(backend, 'a', 0, (i * 7919) % 5000)
  const segments = new MemorySegments()
  const copy = open({ now: 0, watermark: 0 }, all)
  copy.restore(segments.read(await segments.save(backend)))
  const times: number[] = []
  copy.fireTimers('event', 1e9, 1e9, (time) => times.push(time))
  expect(times).toEqual(Array.from({ length: 5000 }, (_, time) => time))
})

test('a hundred thousand timers of one instant fire in the order in which they were set', () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  for (let key = 0; key < 100_000; key++) set(backend, key, 0, 10)
  for (let key = 0; key < 100_000; key += 2) {
    backend.setKey(key, -1)
    backend.deleteTimer('event', 10)
  }
  let expected = 1
  let wrong = 0
  const fired = backend.fireTimers('event', 10, 1e6, (_time, key) => {
    if (key !== expected) wrong++
    expected += 2
  })
  expect([fired, wrong]).toEqual([50_000, 0])
})

test('a delta says only which timers changed', async () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  for (let key = 0; key < 20_000; key++) set(backend, key, 0, 10)
  const segments = new MemorySegments()
  const [base] = await segments.save(backend)
  for (let key = 0; key < 200; key++) set(backend, key, 0, 20)
  const [, delta] = await segments.save(backend)
  expect(delta?.entries).toBe(200)
  expect(delta?.sizeBytes).toBeLessThan((base?.sizeBytes as number) * 0.03)
})
