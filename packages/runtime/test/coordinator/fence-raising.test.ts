import { defineJob, generatorSource, memorySink } from '@sluice/core'
import { buildJob } from '@sluice/core/internal'
import { expect, test } from 'vitest'
import { LogStore } from '../../src/checkpoint/log-store.ts'
import type { SegmentReference } from '../../src/checkpoint/protocol/log/entry.ts'
import { SegmentVerification } from '../../src/checkpoint/segment-verification.ts'
import { type FenceTools, raiseFence } from '../../src/coordinator/fence-raising.ts'
import type { Platform } from '../../src/platform/platform.ts'
import { instantPlatform } from '../checkpoint/instant-platform.ts'
import { MemoryStorage } from '../checkpoint/memory-storage.ts'
import { checkpoint, committable, fence } from '../checkpoint/protocol/entries.ts'

const starting = {
  from: 'latest',
  acceptDuplicates: false,
  allowDroppedState: false,
  givesUp: undefined,
  before: undefined,
  start: undefined,
} as const

function segment(name: string): SegmentReference {
  const range = { first: 0, last: 127 }
  return { name, sizeBytes: 0, checksum: 'sum', step: 'count', range, kind: 'base', entries: 0 }
}

/** A checkpoint whose state is one segment, and that alone is retained. */
function withSegment(position: number, id: number) {
  const step = { step: 'count', hash: 'h', parallelism: 1, operators: [], watermarks: [] }
  return checkpoint(position, id, 1, {
    steps: [
      { ...step, segments: [segment(`s${id}`)], facts: { kind: 'sink', state: [] } } as never,
    ],
    owes: [committable(1, id, 'a')],
  })
}

function toolsOf(storage: MemoryStorage): FenceTools {
  const definition = defineJob({
    name: 'shop',
    graph: (job) =>
      void job
        .from('numbers', generatorSource({ count: 1, generate: (i) => i }))
        .to('out', memorySink()),
  })
  const platform = instantPlatform(7) as unknown as Platform
  return {
    platform,
    storage,
    log: new LogStore(storage, platform, 'shop'),
    verification: new SegmentVerification(storage, () => ({ update: () => {}, hex: () => 'sum' })),
    graph: buildJob(definition, {} as never).graph,
    committingSinks: new Map([['out', 'world']]),
    warn: () => {},
  }
}

test('a run that starts while another collects what it verifies decides anew', async () => {
  const storage = new MemoryStorage()
  const living = new LogStore(storage, instantPlatform(1), 'shop')
  await living.append(fence(1))
  await living.append(withSegment(2, 1))
  await storage.writeSegment('s1')
  const readSegment = storage.readSegment.bind(storage)
  let meanwhile = false
  storage.readSegment = async (name) => {
    if (!meanwhile) {
      meanwhile = true
      await storage.writeSegment('s2')
      await living.append(withSegment(3, 2))
      await storage.deleteSegment('s1')
    }
    return await readSegment(name)
  }
  const raised = await raiseFence(toolsOf(storage), starting)
  expect(raised).toMatchObject({ kind: 'stands', recovery: { restore: { checkpoint: 2 } } })
})

test('what is damaged while nobody goes on stops the start', async () => {
  const storage = new MemoryStorage()
  const before = new LogStore(storage, instantPlatform(1), 'shop')
  await before.append(fence(1))
  await before.append(withSegment(2, 1))
  await expect(raiseFence(toolsOf(storage), starting)).rejects.toMatchObject({
    code: 'CHECKPOINT_DAMAGED',
  })
})
