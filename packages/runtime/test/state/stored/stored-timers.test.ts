import { MemoryKeyValueStore } from '@sluice/testing/simulator'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createHeapBackend } from '../../../src/state/heap-backend.ts'
import type { KeyedStateBackend, SegmentRef } from '../../../src/state/state-backend.ts'
import { createStoredBackend } from '../../../src/state/stored-backend.ts'
import { MemorySegments } from '../memory-segments.ts'

const base = {
  step: 'step',
  subtask: 0,
  maxParallelism: 2,
  range: { first: 0, last: 1 },
  freezes: false,
  now: () => 1,
  watermark: () => 0,
}
const ALL = Number.POSITIVE_INFINITY

function open(cacheBytes: number, store = new MemoryKeyValueStore()): KeyedStateBackend {
  return createStoredBackend({ ...base, cacheBytes }, store)
}

function withTimer(backend: KeyedStateBackend, key: number, time: number, deletes = false): void {
  backend.setKey(key, -1)
  backend.setNamespace(0)
  if (deletes) backend.deleteTimer('event', time)
  else backend.setTimer('event', time)
}

function firedBy(backend: KeyedStateBackend, until = ALL): string[] {
  const fired: string[] = []
  backend.fireTimers('event', until, 1e6, (time, key) => fired.push(`${time} ${String(key)}`))
  return fired
}

/** What those fire that go on from a snapshot: a heap, and rows. */
function firedAfter(segments: MemorySegments, refs: readonly SegmentRef[]): string[][] {
  const heap = createHeapBackend(base)
  heap.restore(segments.read(refs))
  const stored = open(4 * 1024)
  stored.restore(segments.read(refs))
  return [firedBy(heap), firedBy(stored)].map((each) => each.sort())
}

describe('timers on disk', () => {
  test('rows hold many timers each, and leave when these have fired', () => {
    const store = new MemoryKeyValueStore()
    const backend = open(4 * 1024, store)
    for (let key = 0; key < 20_000; key++) withTimer(backend, key, key % 7)
    backend.startSnapshot(1, new MemorySegments())
    expect(store.rows.values.size).toBeGreaterThan(30)
    expect(store.rows.values.size).toBeLessThan(2000)
    const fired = firedBy(backend)
    expect(new Set(fired).size).toBe(20_000)
    expect(fired.map((each) => Number(each.split(' ')[0]))).toEqual(
      Array.from({ length: 20_000 }, (_, key) => key % 7).sort((a, b) => a - b),
    )
    backend.startSnapshot(2, new MemorySegments())
    const timerRows = [...store.rows.values.keys()].filter((key) => !key.startsWith('\u00ff\u00ff'))
    expect(timerRows.length).toBeLessThan(10)
  })

  test('a timer that was taken in and deleted does not come back with its row', () => {
    const backend = open(4 * 1024)
    for (let key = 0; key < 2000; key++) withTimer(backend, key, 1000 + key)
    expect(backend.nextTimer('event')).toBe(1000)
    expect(firedBy(backend, 1009)).toHaveLength(10)
    for (let key = 10; key < 20; key++) withTimer(backend, key, 1000 + key, true)
    // Earlier ones push those that are next out of memory again.
    for (let key = 0; key < 500; key++) withTimer(backend, key, 500 + (key % 400))
    const fired = firedBy(backend)
    expect(fired).toHaveLength(500 + 1980)
    expect(new Set(fired).size).toBe(fired.length)
  })

  const operation = fc.record({
    key: fc.nat({ max: 60 }),
    time: fc.oneof(fc.nat({ max: 5 }), fc.integer({ min: -300, max: 300 })),
    does: fc.constantFrom('set', 'set', 'set', 'set', 'set', 'delete', 'delete', 'fire', 'save'),
    saves: fc.constantFrom('changes', 'changes', 'everything', 'nothing'),
  })

  test('each snapshot holds the timers that were set at its barrier', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 250, size: 'max' }), async (operations) => {
        const backend = open(4 * 1024)
        const segments = new MemorySegments()
        const model = new Map<string, number>()
        const failing: { cancel(): void }[] = []
        for (const { key, time, does, saves } of operations) {
          if (does === 'fire') {
            for (const each of firedBy(backend, time)) expect(model.delete(each)).toBe(true)
            expect(Math.min(...model.values())).toBeGreaterThan(time)
          } else if (does === 'save' && saves === 'nothing') {
            failing.push(backend.startSnapshot(1, segments))
          } else if (does === 'save') {
            for (const each of failing.splice(0)) if (key % 3 > 0) each.cancel()
            const refs = await segments.save(backend, saves === 'nothing' ? 'changes' : saves)
            const [heap, stored] = firedAfter(segments, refs)
            expect(heap).toEqual([...model.keys()].sort())
            expect(stored).toEqual(heap)
          } else {
            for (let other = key; other < key + 12; other++) {
              withTimer(backend, other, time, does === 'delete')
              if (does === 'delete') model.delete(`${time} ${other}`)
              else model.set(`${time} ${other}`, time)
            }
          }
        }
        expect(firedBy(backend).sort()).toEqual([...model.keys()].sort())
      }),
      { numRuns: 40 },
    )
  })

  test('changes of failed snapshots keep their order, whichever is given up first', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const backend = open(64 * 1024)
      const segments = new MemorySegments()
      const state = backend.state({ name: 'value', kind: 'value', namespace: 'none' })
      await segments.save(backend)
      const fill = (value: number) => {
        for (let key = 0; key < 500; key++) {
          withTimer(backend, key, value % 2, false)
          withTimer(backend, key, (value + 1) % 2, true)
          state.set(value)
        }
      }
      const failed = [1, 2].map((value) => {
        fill(value)
        return backend.startSnapshot(1, segments)
      })
      for (const index of order) failed[index]?.cancel()
      fill(3)
      const refs = await segments.save(backend)
      const heap = createHeapBackend(base)
      heap.restore(segments.read(refs))
      const restored = heap.state({ name: 'value', kind: 'value', namespace: 'none' })
      heap.setKey(77, -1)
      expect(restored.get()).toBe(3)
      expect(firedBy(heap, 0)).toEqual([])
      expect(firedBy(heap)).toHaveLength(500)
    }
  })
})
