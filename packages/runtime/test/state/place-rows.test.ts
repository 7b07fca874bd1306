import { expect, test } from 'vitest'
import type { KeyedStateBackend } from '../../src/state/state-backend.ts'
import { MemorySegments } from './memory-segments.ts'
import { GROUPS, open } from './state-under-test.ts'

const all = { first: 0, last: GROUPS - 1 }
const sumsState = { name: 'sums', kind: 'value', namespace: 'window' } as const

function opened() {
  const backend = open({ now: 0, watermark: 0 }, all)
  return { backend, sums: backend.state(sumsState) }
}

/** Whole numbers below a limit, the same ones in each run (a linear congruence). */
function drawing(): (below: number) => number {
  let drawn = 1
  return (below) => {
    drawn = (Math.imul(drawn, 1_103_515_245) + 12_345) & 0x7fffffff
    return (drawn >>> 8) % below
  }
}

/** All that a backend holds of some keys and namespaces. */
function contentOf(backend: KeyedStateBackend, keys: number, namespaces: number) {
  const sums = backend.state(sumsState)
  const content = new Map<string, unknown>()
  for (let key = 0; key < keys; key++) {
    backend.setKey(key, -1)
    for (let namespace = 0; namespace < namespaces; namespace++) {
      backend.setNamespace(namespace)
      if (sums.get() !== undefined) content.set(`${key} ${namespace}`, sums.get())
    }
  }
  return content
}

function restored(segments: MemorySegments, refs: Parameters<MemorySegments['read']>[0]) {
  const backend = open({ now: 0, watermark: 0 }, all)
  backend.restore(segments.read(refs))
  return backend
}

test('thousands of windows that grow, go and come again are restored', async () => {
  const { backend, sums } = opened()
  const [keys, namespaces] = [400, 6]
  const plain = new Map<string, unknown>()
  const segments = new MemorySegments()
  const draw = drawing()
  for (let round = 0; round < 12; round++) {
    for (let change = 0; change < 4000; change++) {
      const [key, namespace, kind] = [draw(keys), draw(namespaces), draw(8)]
      backend.setKey(key, -1)
      backend.setNamespace(namespace)
      const value = kind === 7 ? { kind } : Array.from({ length: 1 + kind }, () => draw(1000) / 4)
      if (draw(3) === 0) sums.clear()
      else sums.set(value)
      if (sums.get() === undefined) plain.delete(`${key} ${namespace}`)
      else plain.set(`${key} ${namespace}`, value)
    }
    const refs = await segments.save(backend)
    expect(contentOf(backend, keys, namespaces)).toEqual(
      contentOf(restored(segments, refs), keys, namespaces),
    )
    expect(backend.size().entries).toBe(plain.size)
  }
  expect(contentOf(backend, keys, namespaces)).toEqual(plain)
})

test('windows that come and go between two snapshots leave nothing in the second', async () => {
  const { backend, sums } = opened()
  const segments = new MemorySegments()
  backend.setKey(1, -1)
  backend.setNamespace(0)
  sums.set([0, 1, 2])
  await segments.save(backend)
  for (let window = 1; window <= 100_000; window++) {
    backend.setKey(window % 50, -1)
    backend.setNamespace(window)
    sums.set([0, window])
    backend.setTimer('event', window)
    backend.fireTimers('event', window, 1, () => sums.clear())
  }
  backend.setKey(3, -1)
  sums.set(7)
  const refs = await segments.save(backend)
  expect(refs.map(({ entries }) => entries)).toEqual([1, 1])
  const after = restored(segments, refs)
  expect([...contentOf(after, 50, 1)]).toEqual([['1 0', [0, 1, 2]]])
  after.setKey(3, -1)
  after.setNamespace(100_000)
  expect(after.state(sumsState).get()).toBe(7)
})

test('a timer that is set and deleted again and again fires once', () => {
  const { backend } = opened()
  backend.setKey(2, -1)
  backend.setNamespace(0)
  backend.setTimer('event', 10)
  backend.setKey(1, -1)
  for (let round = 0; round < 10_000; round++) {
    backend.setTimer('event', 10)
    backend.setTimer('event', 20)
    backend.deleteTimer('event', 10)
    backend.deleteTimer('event', 20)
  }
  backend.setTimer('event', 10)
  const fired: string[] = []
  backend.fireTimers('event', 30, 10, (time, key) => fired.push(`${String(key)}@${time}`))
  expect(fired).toEqual(['2@10', '1@10'])
  expect(backend.size().entries).toBe(0)
})

test('of three timers of one instant, the one that was deleted does not fire', () => {
  const { backend } = opened()
  backend.setNamespace(0)
  for (const key of [1, 2, 3]) {
    backend.setKey(key, -1)
    backend.setTimer('event', 10)
    if (key === 2) backend.deleteTimer('event', 10)
  }
  const fired: unknown[] = []
  backend.fireTimers('event', 30, 10, (_, key) => fired.push(key))
  expect(fired).toEqual([1, 3])
})
