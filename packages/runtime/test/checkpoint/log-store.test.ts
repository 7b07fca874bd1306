import { SluiceError } from '@sluice/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { giveUpSoon, LogStore } from '../../src/checkpoint/log-store.ts'
import type { FenceEntry } from '../../src/checkpoint/protocol/log/entry.ts'
import { encodeEntry } from '../../src/checkpoint/protocol/log/entry-codec.ts'
import type { LogView } from '../../src/checkpoint/protocol/log/log-view.ts'
import { chooseFence, fenceEntry } from '../../src/checkpoint/protocol/recovery-plan.ts'
import { instantPlatform } from './instant-platform.ts'
import { type AppendFault, MemoryStorage } from './memory-storage.ts'

function fenceAbove(log: LogStore, view: LogView): FenceEntry {
  const decision = chooseFence(view, { from: 'latest', acceptDuplicates: false })
  if (decision.kind !== 'fence') throw decision.error
  const drawn = { nonce: log.drawNonce(), logId: log.drawLogId(), writtenAtMs: 0 }
  return fenceEntry(view, decision.choice, drawn)
}

function open(storage: MemoryStorage, seed = 1): LogStore {
  return new LogStore(storage, instantPlatform(seed), 'job')
}

test('the first fence creates the log id, and every run after it reads the same one', async () => {
  const storage = new MemoryStorage()
  const first = open(storage, 1)
  const entry = fenceAbove(first, await first.read())
  expect(entry).toMatchObject({ position: 1, generation: 1 })
  expect(await first.append(entry)).toMatchObject({ kind: 'stands' })
  const second = open(storage, 2)
  const view = await second.read()
  expect(view.logId).toBe(entry.logId)
  expect(fenceAbove(second, view)).toMatchObject({ position: 2, logId: entry.logId })
})

test('an append whose answer was lost is settled by what is read', async () => {
  const storage = new MemoryStorage()
  storage.faultOf = () => 'lost-answer'
  const log = open(storage)
  const result = await log.append(fenceAbove(log, await log.read()))
  expect(result.kind).toBe('stands')
  expect(storage.appended).toHaveLength(1)
})

test('while nothing stands at the position the same bytes are tried again', async () => {
  const storage = new MemoryStorage()
  let lost = 3
  storage.faultOf = () => (lost-- > 0 ? 'lost-request' : 'none')
  const log = open(storage)
  const result = await log.append(fenceAbove(log, await log.read()))
  expect(result.kind).toBe('stands')
  expect(storage.appended).toHaveLength(4)
  expect(new Set(storage.appended.map(({ bytes }) => bytes)).size).toBe(1)
})

test('a position that another entry took is lost to it, whatever the create answered', async () => {
  const storage = new MemoryStorage()
  const [mine, other] = [open(storage, 1), open(storage, 2)]
  const view = await mine.read()
  const theirs = fenceAbove(other, view)
  await other.append(theirs)
  storage.faultOf = () => 'lost-answer'
  expect(await mine.append(fenceAbove(mine, view))).toEqual({ kind: 'lost', to: theirs })
})

test('a win at a position that was collected is void', async () => {
  const storage = new MemoryStorage()
  const log = open(storage)
  const view = await log.read()
  storage.floor = 4
  const fence = fenceAbove(log, view)
  expect(await log.append(fence)).toEqual({ kind: 'void', floor: 4 })
  // Nobody collects again after a job has ended: the sleeper clears its own litter away.
  expect(await storage.readEntry(fence.position)).toBeUndefined()
})

test('unreadable bytes at the position stop the append, for they might be mine', async () => {
  const storage = new MemoryStorage()
  const log = open(storage)
  const view = await log.read()
  storage.entries.set(1, new TextEncoder().encode('garbage'))
  await expect(log.append(fenceAbove(log, view))).rejects.toMatchObject({
    code: 'CHECKPOINT_DAMAGED',
  })
})

test('a view that is read on shows what was added, and what a collector took away', async () => {
  const storage = new MemoryStorage()
  const [mine, other] = [open(storage, 1), open(storage, 2)]
  const view = await mine.read()
  await other.append(fenceAbove(other, await other.read()))
  await other.append(fenceAbove(other, await other.read()))
  const longer = await mine.readOn(view)
  expect(longer.slots.map(({ position }) => position)).toEqual([1, 2])
  storage.floor = 1
  storage.entries.delete(1)
  const shorter = await mine.readOn(view)
  expect(shorter.slots.map(({ position }) => position)).toEqual([2])
})

/** A log of three fences; the first is collected, and a sleeper has created its position anew. */
async function collectedAndCreatedAnew(sleeperWakes: (storage: MemoryStorage) => Promise<void>) {
  const storage = new MemoryStorage()
  const living = open(storage, 1)
  const first = fenceAbove(living, await living.read())
  await living.append(first)
  for (let count = 0; count < 2; count++)
    await living.append(fenceAbove(living, await living.read()))
  storage.floor = 1
  storage.entries.delete(1)
  await sleeperWakes(storage)
  return { storage, logId: first.logId }
}

test('a starting run that slept through a collection starts above it', async () => {
  const sleeper = new MemoryStorage()
  const view = await open(sleeper, 2).read()
  let result: unknown
  const { storage, logId } = await collectedAndCreatedAnew(async (storage) => {
    const log = open(storage, 2)
    result = await log.append(fenceAbove(log, view))
  })
  expect(result).toEqual({ kind: 'void', floor: 1 })
  const again = await open(storage, 2).readOn(view)
  expect(again.logId).toBe(logId)
  expect(again.slots.map(({ position }) => position)).toEqual([2, 3])
})

test('a reader believes no entry that was created anew while it read', async () => {
  const storage = new MemoryStorage()
  const living = open(storage, 1)
  const empty = await living.read()
  for (let count = 0; count < 3; count++)
    await living.append(fenceAbove(living, await living.read()))
  const sleeper = open(storage, 2)
  const stale = encodeEntry(fenceAbove(sleeper, empty))
  let collected = false
  storage.beforeRead = () => {
    if (collected) return
    collected = true
    storage.floor = 1
    storage.entries.set(1, stale)
  }
  const view = await open(storage, 3).read()
  expect(view.slots.map(({ position }) => position)).toEqual([2, 3])
})

test('an entry that is missing between two others is an error', async () => {
  const storage = new MemoryStorage()
  const log = open(storage)
  for (let count = 0; count < 3; count++) await log.append(fenceAbove(log, await log.read()))
  storage.entries.delete(2)
  await expect(log.read()).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED' })
})

test('a storage that is away is asked again, with growing pauses', async () => {
  const storage = new MemoryStorage()
  const platform = instantPlatform()
  const log = new LogStore(storage, platform, 'job')
  const entry = fenceAbove(log, await log.read())
  storage.faultOf = () => 'lost-request'
  await expect(log.append(entry, giveUpSoon)).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
  expect(platform.warnings.length).toBe(10)
  expect(platform.delays.at(-1)).toBeGreaterThan(platform.delays[0] ?? 0)
  expect(Math.max(...platform.delays)).toBeLessThanOrEqual(6_250)
})

test('missing rights are said at once, not tried again', async () => {
  const storage = new MemoryStorage()
  const log = open(storage)
  storage.beforeRead = () => {
    throw new SluiceError('STORAGE_FORBIDDEN', 'The folder may not be read.')
  }
  await expect(log.read()).rejects.toMatchObject({ code: 'STORAGE_FORBIDDEN' })
})

test('when the run ends an open append is tried no more', async () => {
  const storage = new MemoryStorage()
  const log = open(storage)
  const entry = fenceAbove(log, await log.read())
  storage.faultOf = () => {
    log.end(new Error('the run has ended'))
    return 'lost-request'
  }
  await expect(log.append(entry)).rejects.toThrow('the run has ended')
  expect(storage.appended).toHaveLength(1)
})

test('of many runs each position has one winner, which knows it', async () => {
  const faults = fc.array(fc.constantFrom<AppendFault>('none', 'lost-request', 'lost-answer'), {
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(faults, fc.integer({ min: 1, max: 4 }), async (script, count) => {
      const storage = new MemoryStorage()
      const plan = script.values()
      storage.faultOf = () => plan.next().value ?? 'none'
      const won = await Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const log = open(storage, index + 1)
          let view = await log.read()
          for (;;) {
            const result = await log.append(fenceAbove(log, view))
            if (result.kind === 'stands') return result.standing.entry
            view = await log.readOn(view)
          }
        }),
      )
      expect(new Set(won.map(({ position }) => position)).size).toBe(count)
      expect(new Set(won.map((entry) => entry.logId)).size).toBe(1)
      const view = await open(storage, 99).read()
      expect(view.slots).toHaveLength(count)
    }),
    { numRuns: 200 },
  )
})
