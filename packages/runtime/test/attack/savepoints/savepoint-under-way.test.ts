// What goes on beside the writing of a savepoint: other processes that clear up, and restarts of
// the run's own tasks.

import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generation, logId } from '../../../src/checkpoint/protocol/identifiers.ts'
import type { FenceEntry } from '../../../src/checkpoint/protocol/log/entry.ts'
import { pinSegments } from '../../../src/checkpoint/savepoint/read-pins.ts'
import { unfinishedName } from '../../../src/checkpoint/savepoint/savepoint-name.ts'
import { SavepointExports } from '../../../src/coordinator/requests/savepoint-exports.ts'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import { createStorage } from '../../../src/storage/create-storage.ts'
import { callsAround } from '../../coordinator/world/calls-around.ts'
import { CountingPlace, untilRunning } from '../../coordinator/world/counting-run.ts'
import { temporaryFolder } from '../../coordinator/world/scripted-run.ts'

const platform = createNodePlatform({ logSink: () => {} })

function pinsIn(folder: string): string[] {
  return readdirSync(join(folder, 'notes')).filter((name) => name.startsWith('reading-'))
}

test('as long as a savepoint is written, a note says what it reads', async () => {
  const place = new CountingPlace({ records: 100_000 })
  const run = place.run()
  await place.untilPublished()
  const seen: number[] = []
  await run.savepoint({ name: 'daily' }, () => seen.push(pinsIn(place.folder).length))
  expect(new Set(seen)).toEqual(new Set([1]))
  expect(pinsIn(place.folder)).toEqual([])
  await expect(run.savepoint({ name: 'NO' })).rejects.toMatchObject({ code: 'USAGE' })
  expect(pinsIn(place.folder)).toEqual([])
})

test('a restart of the tasks leaves alone what its own run is writing', async () => {
  const folder = temporaryFolder()
  const savepoints = join(folder, 'savepoints')
  const log = logId('0123456789abcdef')
  const fence = (of: number): FenceEntry => {
    return { logId: log, generation: generation(of) } as FenceEntry
  }
  const storage = createStorage(platform, folder)
  await storage.open()
  const begin = async (of: number): Promise<string> => {
    const name = unfinishedName('under-way', fence(of), platform.random.hex(8))
    mkdirSync(join(savepoints, name), { recursive: true })
    await pinSegments(storage, platform, generation(of), ['s1'])
    return name
  }
  await begin(2)
  const exports = new SavepointExports(
    platform,
    () => {},
    async (error) => error,
  )
  exports.setPlace({ storage, savepoints })
  await exports.clearBefore(fence(5))
  expect({ unfinished: readdirSync(savepoints), pins: pinsIn(folder) }).toEqual({
    unfinished: [],
    pins: [],
  })
  const own = await begin(5)
  await exports.clearBefore(fence(7))
  expect(readdirSync(savepoints)).toEqual([own])
  expect(pinsIn(folder)).toHaveLength(1)
})

test('no later checkpoint stands before other processes know what a savepoint reads', async () => {
  const goesOn = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  const files = callsAround(platform.files, async ({ name, given, carryOut }) => {
    if (name === 'rename' && String(given[1]).includes('/notes/reading-')) {
      reached.resolve()
      await goesOn.promise
    }
    return await carryOut()
  })
  const place = new CountingPlace({ records: 100_000 })
  const run = place.run({ settings: { checkpoint: { keep: 1 } } }, { files })
  await place.untilPublished()
  const asked = run.savepoint({ name: 'daily' })
  await reached.promise
  const before = run.status().completedCheckpoints
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(run.status().completedCheckpoints).toBe(before)
  goesOn.resolve()
  expect((await asked).name).toBe('daily')
  expect((await run.checkpoint()).id).toBeGreaterThan(before)
})

test('a savepoint whose segments a newer run has collected was overtaken', async () => {
  const goesOn = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  const backup = temporaryFolder()
  const files = callsAround(platform.files, async ({ name, given, carryOut }) => {
    if (name === 'makeDirectory' && String(given[0]).includes(backup)) {
      reached.resolve()
      await goesOn.promise
    }
    return await carryOut()
  })
  const place = new CountingPlace({ records: 100_000 })
  const settings = { checkpoint: { keep: 1 } }
  const run = place.run({ settings }, { files })
  await place.untilPublished()
  const stopped = run.stopWith({ savepoint: { folder: join(backup, 'last') } })
  await reached.promise
  const segments = readdirSync(join(place.folder, 'segments'))
  const newer = place.run({ settings })
  await untilRunning(newer)
  while (readdirSync(join(place.folder, 'segments')).some((name) => segments.includes(name))) {
    await newer.checkpoint()
  }
  goesOn.resolve()
  await expect(stopped).rejects.toMatchObject({ code: 'FENCED' })
  expect(readdirSync(backup)).toEqual([])
})
