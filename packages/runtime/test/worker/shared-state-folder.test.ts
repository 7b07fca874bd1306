// Runs without checkpoints that keep their state in one folder: nothing but the locks of their
// stores tells them apart.

import type { KeyValueStore } from '@sluice/core/connector'
import { SluiceError, type StateSettings } from '@sluice/core/internal'
import { expect, test } from 'vitest'
import type { PhysicalPlan } from '../../src/plan/physical-plan.ts'
import { createNodePlatform } from '../../src/platform/node/node-platform.ts'
import type { Platform } from '../../src/platform/platform.ts'
import { WorkerState } from '../../src/worker/worker-state.ts'

/** A disk on which a store is open once. */
class Locks {
  readonly open = new Set<string>()
  readonly platform: Platform = {
    ...createNodePlatform({ logSink: () => {} }),
    openKeyValueStore: async (path) => {
      if (this.open.has(path)) {
        throw new SluiceError('STATE_STORE_LOCKED', `The state folder ${path} is in use.`)
      }
      this.open.add(path)
      return { close: () => this.open.delete(path) } as unknown as KeyValueStore
    },
  }

  /** A run of a job. */
  run(job: string, logId: string, path?: string): WorkerState {
    const plan = { job, chains: [] } as unknown as PhysicalPlan
    const state = { backend: 'rocksdb', memoryBytes: 1, ...(path && { path }) }
    return new WorkerState(this.platform, plan, {
      index: 0,
      workers: 1,
      state: state as unknown as StateSettings,
      logId,
      generation: logId === '' ? 0 : 3,
      restore: [],
    })
  }
}

test('runs without checkpoints take places of their own in a folder that they share', async () => {
  const disk = new Locks()
  for (const job of ['shop', 'shop', 'bank']) await disk.run(job, '', '/state').open('totals', 0)
  await disk.run('shop', '', '/state').open('totals', 1)
  expect([...disk.open]).toEqual([
    '/state/no-log/0/totals-0',
    '/state/no-log/1/totals-0',
    '/state/no-log/2/totals-0',
    '/state/no-log/0/totals-1',
  ])
})

test('a run with checkpoints goes nowhere else: its folder is its generation', async () => {
  const disk = new Locks()
  await disk.run('shop', 'abc', '/state').open('totals', 0)
  expect([...disk.open]).toEqual(['/state/abc/3/totals-0'])
  const again = disk.run('shop', 'abc', '/state').open('totals', 0)
  await expect(again).rejects.toMatchObject({ code: 'STATE_STORE_LOCKED' })
})
