// What the workers of an attempt leave of its folder for state once they have closed.

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FileSystemError, type KeyValueStore } from '@sluice/core/connector'
import { SluiceError, type StateSettings } from '@sluice/core/internal'
import { MemoryKeyValueStore } from '@sluice/testing/simulator'
import { expect, test } from 'vitest'
import type { PhysicalPlan } from '../../src/plan/physical-plan.ts'
import { createNodePlatform } from '../../src/platform/node/node-platform.ts'
import type { Platform } from '../../src/platform/platform.ts'
import { WorkerState } from '../../src/worker/worker-state.ts'
import { callsAround } from '../coordinator/world/calls-around.ts'
import { CountingPlace, untilRunning } from '../coordinator/world/counting-run.ts'
import { temporaryFolder } from '../coordinator/world/scripted-run.ts'

/** The folder for state of one attempt, with stores that are no more than folders. */
class Attempt {
  readonly path = temporaryFolder()
  readonly stores = new Map<string, { close(): void }>()
  readonly #platform: Platform

  constructor(changes: Partial<Platform> = {}) {
    this.#platform = {
      ...createNodePlatform({ logSink: () => {} }),
      ...changes,
      openKeyValueStore: async (path) => {
        mkdirSync(path, { recursive: true })
        const store = { close: () => rmSync(path, { recursive: true }) }
        this.stores.set(path.slice(this.path.length + 1), store)
        return store as unknown as KeyValueStore
      },
    }
  }

  worker(logId: string, settings: Partial<StateSettings> = {}): WorkerState {
    const { path } = this
    return new WorkerState(this.#platform, { job: 'shop', chains: [] } as unknown as PhysicalPlan, {
      index: 0,
      workers: 2,
      state: { backend: 'rocksdb', memoryBytes: 1, path, ...settings } as StateSettings,
      logId,
      generation: 3,
      restore: [],
    })
  }

  /** Closes a store, as its task does before its worker closes. */
  closeStore(name: string): void {
    this.stores.get(name)?.close()
  }
}

test('the last worker of an attempt takes the folders of the attempt away', async () => {
  const attempt = new Attempt()
  const workers = [attempt.worker('abc'), attempt.worker('abc')]
  for (const [subtask, worker] of workers.entries()) await worker.open('totals', subtask)
  attempt.closeStore('abc/3/totals-0')
  await workers[0]?.close()
  expect(readdirSync(join(attempt.path, 'abc', '3'))).toEqual(['totals-1'])
  attempt.closeStore('abc/3/totals-1')
  await workers[1]?.close()
  expect(readdirSync(attempt.path)).toEqual([])
})

test('what is not of the attempt stays, and so do the folders in which it lies', async () => {
  const attempt = new Attempt()
  const worker = attempt.worker('abc')
  await worker.open('totals', 0)
  mkdirSync(join(attempt.path, 'abc', 'copies'))
  writeFileSync(join(attempt.path, 'mine'), '')
  attempt.closeStore('abc/3/totals-0')
  await worker.close()
  expect(readdirSync(join(attempt.path, 'abc'))).toEqual(['copies'])
  expect(readdirSync(attempt.path)).toEqual(['abc', 'mine'])
})

test('without checkpoints, others may be opening a store there: folders stay', async () => {
  const attempt = new Attempt()
  const worker = attempt.worker('')
  await worker.open('totals', 0)
  attempt.closeStore('no-log/0/totals-0')
  await worker.close()
  expect(existsSync(join(attempt.path, 'no-log', '0'))).toBe(true)
})

test('folders that cannot be removed, or that nobody made, end no run', async () => {
  const { files } = createNodePlatform({ logSink: () => {} })
  const refusing = callsAround(files, async ({ name, given, carryOut }) => {
    if (name === 'removeDirectory')
      throw new FileSystemError('forbidden', 'removeDirectory', String(given[0]))
    return await carryOut()
  })
  await new Attempt({ files: refusing }).worker('abc').close()
  await new Attempt().worker('abc').close()
  const heap = new Attempt()
  mkdirSync(join(heap.path, 'abc', '3'), { recursive: true })
  await heap.worker('abc', { backend: 'heap' }).close()
  expect(readdirSync(heap.path)).toEqual(['abc'])
})

test.for(['cancelled', 'failed'] as const)(
  'what the stores of an attempt have written goes where it is %s',
  async (outcome) => {
    const path = join(temporaryFolder(), 'state')
    const opened: string[] = []
    const openKeyValueStore = async (folder: string): Promise<KeyValueStore> => {
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'rows'), 'rows')
      mkdirSync(join(path, 'of-another', '1'), { recursive: true })
      opened.push(folder)
      if (outcome === 'failed' && opened.length === 2) {
        throw new SluiceError('STATE_STORE_FAILED', 'The disk is gone.')
      }
      return new MemoryKeyValueStore()
    }
    const state = { backend: 'rocksdb', path, memoryBytes: 2 ** 24 } as StateSettings
    const settings = { state, restart: { strategy: 'none' } } as const
    const run = new CountingPlace({ records: 1_000_000 }).run({ settings }, { openKeyValueStore })
    if (outcome === 'cancelled') {
      await untilRunning(run)
      expect(opened.filter((folder) => existsSync(folder))).toHaveLength(2)
      run.cancel()
    }
    expect((await run.done).outcome).toBe(outcome)
    expect(opened).toHaveLength(2)
    expect(readdirSync(path)).toEqual(['of-another'])
  },
)
