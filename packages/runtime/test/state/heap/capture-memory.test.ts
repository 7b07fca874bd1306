// What a capture of changed rows leaves to the garbage collector: collections in the midst of a
// checkpoint are most of what a task feels of it.

import { getHeapStatistics } from 'node:v8'
import { expect, test } from 'vitest'
import type { SegmentWriter } from '../../../src/state/state-backend.ts'
import { MemorySegments } from '../memory-segments.ts'
import { GROUPS, open } from '../state-under-test.ts'

const all = { first: 0, last: GROUPS - 1 }
const sumsState = { name: 'sums', kind: 'value', namespace: 'window' } as const
const ROWS = 20_000

function opened() {
  const backend = open({ now: 0, watermark: 0 }, all)
  const sums = backend.state(sumsState)
  /** Changes every row, which are told apart by a double. */
  const change = (by: number) => {
    backend.setNamespace(1_700_000_000_000)
    for (let key = 0; key < ROWS; key++) {
      backend.setKey(key, -1)
      sums.set([0, by, key + 0.25])
    }
  }
  return { backend, change }
}

/** Reads what is stored and keeps nothing. */
const passing: SegmentWriter = {
  write: async (_name, chunks) => {
    for (const chunk of chunks) expect(chunk.length).toBeGreaterThan(0)
  },
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

test('a capture of twenty thousand changed rows allocates no object for any of them', async () => {
  const { backend, change } = opened()
  const segments = new MemorySegments()
  const perRow: number[] = []
  for (let round = 0; round < 24; round++) {
    change(round)
    const snapshot = backend.startSnapshot(round + 1, segments)
    const before = getHeapStatistics().used_heap_size
    while (!snapshot.advance(1)) continue
    perRow.push((getHeapStatistics().used_heap_size - before) / ROWS)
    await snapshot.finish(passing)
  }
  // A collection in the midst of a round spoils that round; the first ones are not compiled yet.
  expect(median(perRow.slice(-15))).toBeLessThan(64)
})

test('snapshots of as many changes use the same buffers again', async () => {
  const { backend, change } = opened()
  const segments = new MemorySegments()
  const bytes: number[] = []
  for (let round = 0; round < 12; round++) {
    change(round)
    const snapshot = backend.startSnapshot(round + 1, segments)
    snapshot.advance(0)
    // Most rows change before their turn, and are written aside.
    change(round + 0.5)
    while (!snapshot.advance(1)) continue
    await snapshot.finish(passing)
    if (round >= 4) bytes.push(process.memoryUsage().arrayBuffers)
  }
  // A segment of such a round takes more than half a megabyte.
  expect(Math.max(...bytes) - Math.min(...bytes)).toBeLessThan(100_000)
})

test('the bytes of a write that was given up stay, and later segments are right', async () => {
  const { backend, change } = opened()
  const segments = new MemorySegments()
  change(1)
  const first = backend.startSnapshot(1, segments)
  while (!first.advance(1)) continue
  let reading: readonly Uint8Array[] = []
  const stuck = first.finish({
    write: (_name, chunks) => {
      reading = [...chunks]
      return new Promise<never>(() => {})
    },
  })
  stuck.catch(() => {})
  await Promise.resolve()
  const written = Buffer.concat(reading)
  expect(written.length).toBeGreaterThan(ROWS)
  const second = backend.startSnapshot(2, segments)
  // The second needs what the first has captured, and stores it under another name.
  first.cancel()
  while (!second.advance(1)) continue
  await second.finish(segments)
  for (let round = 3; round < 6; round++) {
    change(round)
    const refs = await segments.save(backend)
    const restored = open({ now: 0, watermark: 0 }, all)
    restored.restore(segments.read(refs))
    restored.setKey(ROWS - 1, -1)
    restored.setNamespace(1_700_000_000_000)
    expect(restored.state(sumsState).get()).toEqual([0, round, ROWS - 0.75])
  }
  expect(Buffer.concat(reading).equals(written)).toBe(true)
})
