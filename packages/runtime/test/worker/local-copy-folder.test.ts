// A folder of local copies on a disk that refuses: the state is loaded from its segments instead.

import { FileSystemError, type KeyValueStore } from '@sluice/core/connector'
import type { StateSettings } from '@sluice/core/internal'
import { expect, test } from 'vitest'
import type { PhysicalPlan } from '../../src/plan/physical-plan.ts'
import { createNodePlatform } from '../../src/platform/node/node-platform.ts'
import { WorkerState } from '../../src/worker/worker-state.ts'
import { callsAround } from '../coordinator/world/calls-around.ts'

test('a folder of local copies that cannot be made is no more than no copy', async () => {
  const { files, ...platform } = createNodePlatform({ logSink: () => {} })
  const refusing = callsAround(files, async ({ name, given, carryOut }) => {
    if (name === 'makeDirectory')
      throw new FileSystemError('failed', 'makeDirectory', String(given[0]))
    return await carryOut()
  })
  const opened: string[] = []
  const openKeyValueStore = async (path: string): Promise<KeyValueStore> => {
    opened.push(path)
    return { close: () => {} } as unknown as KeyValueStore
  }
  const state = new WorkerState(
    { ...platform, files: refusing, openKeyValueStore },
    { job: 'shop', chains: [] } as unknown as PhysicalPlan,
    {
      index: 0,
      workers: 1,
      state: {
        backend: 'rocksdb',
        memoryBytes: 1,
        path: '/state',
        localRecovery: true,
      } as StateSettings,
      logId: 'abc',
      generation: 3,
      restore: [],
    },
  )
  await state.open('totals', 0)
  expect(opened).toEqual(['/state/abc/3/totals-0'])
})
