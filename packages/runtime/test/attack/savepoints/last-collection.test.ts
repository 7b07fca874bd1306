// The tasks of a job that has ended fail while a savepoint is still being copied: the restart finds
// nothing left to do and clears up.

import { expect, test } from 'vitest'
import { clearStorage } from '../../../src/coordinator/checkpoints/leftovers.ts'
import { MemoryStorage } from '../../checkpoint/memory-storage.ts'
import { checkpoint } from '../../checkpoint/protocol/entries.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }

test('what is still copied outlives the last collection', async () => {
  const storage = new MemoryStorage()
  const last = checkpoint(9, 5, 1, { end: 'finished' })
  const copied = `${last.logId}.1.1.count.0.1.segment`
  const left = `${last.logId}.1.2.count.0.1.segment`
  for (const name of [copied, left]) await storage.writeSegment(name)
  await clearStorage(storage, last, log, {
    goesOn: () => true,
    pinned: new Set([copied]),
    nowMs: 0,
  })
  expect(await storage.listSegments()).toEqual([copied])
})
