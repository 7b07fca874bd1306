// Savepoints that one process writes into one folder, with a restart of its tasks in between.

import { mkdirSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generation, logId } from '../../../src/checkpoint/protocol/identifiers.ts'
import type { CheckpointEntry, FenceEntry } from '../../../src/checkpoint/protocol/log/entry.ts'
import { SavepointFolder } from '../../../src/checkpoint/savepoint/savepoint-folder.ts'
import { unfinishedName } from '../../../src/checkpoint/savepoint/savepoint-name.ts'
import { sweepUnfinished } from '../../../src/checkpoint/savepoint/unfinished-savepoints.ts'
import { SavepointExports } from '../../../src/coordinator/requests/savepoint-exports.ts'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import { createStorage } from '../../../src/storage/create-storage.ts'
import { checkpoint, countStep, LOG, segmentOf } from '../../checkpoint/protocol/entries.ts'
import { callsAround } from '../../coordinator/world/calls-around.ts'
import { temporaryFolder } from '../../coordinator/world/scripted-run.ts'

const content = new Uint8Array([1, 2, 3])

function taken(position: number, id: number, of: number): CheckpointEntry {
  const segment = segmentOf(`${LOG}.${of}.${id}.count.0.0.segment`, content)
  return checkpoint(position, id, of, { steps: [countStep([segment])] })
}

test('the second does not take the first away, which is still being written', async () => {
  const told: string[] = []
  const platform = createNodePlatform({ logSink: (line) => told.push(line.message) })
  const folder = temporaryFolder()
  const storage = createStorage(platform, folder)
  await storage.open()
  const entries = [taken(3, 1, 2), taken(6, 2, 5)] as const
  for (const { steps } of entries) {
    await storage.writeSegment(steps[0]?.segments[0]?.name ?? '', [content])
  }
  const reached = Promise.withResolvers<void>()
  const goesOn = Promise.withResolvers<void>()
  const slow = callsAround(storage, async ({ name, given, carryOut }) => {
    const isFirst = given[0] === entries[0].steps[0]?.segments[0]?.name
    if (name === 'readSegment' && isFirst) {
      reached.resolve()
      await goesOn.promise
    }
    return await carryOut()
  })
  const savepoints = join(folder, 'savepoints')
  const exports = new SavepointExports(
    platform,
    () => {},
    async (error) => error,
  )
  exports.setPlace({ storage: slow, savepoints })
  await exports.clearBefore({ logId: LOG, generation: generation(2) } as FenceEntry)
  const first = exports.start(entries[0], { name: 'first' }, () => {})
  await reached.promise
  await exports.clearBefore({ logId: LOG, generation: generation(5) } as FenceEntry)
  await exports.start(entries[1], { name: 'second' }, () => {})
  goesOn.resolve()
  await first
  expect(told).toEqual([])
  expect(readdirSync(savepoints)).toEqual(['first', 'second'])
  for (const name of ['first', 'second']) {
    const found = new SavepointFolder(platform, join(savepoints, name))
    expect(await found.verify(await found.read())).toEqual([])
  }
})

test('what a tool left long ago goes with the next savepoint, a young one stays', async () => {
  const platform = createNodePlatform({ logSink: () => {} })
  const parent = temporaryFolder()
  const others = logId('fedcba9876543210')
  const left = (owner: Parameters<typeof unfinishedName>[1], ageMs: number): string => {
    const name = unfinishedName('under-way', owner, platform.random.hex(8))
    const segments = join(parent, name, 'segments')
    mkdirSync(segments, { recursive: true })
    const at = new Date(Date.now() - ageMs)
    for (const path of [segments, join(parent, name)]) utimesSync(path, at, at)
    return name
  }
  const hourMs = 60 * 60_000
  left(null, 2 * hourMs)
  const young = left(null, hourMs / 2)
  const foreign = left({ logId: others, generation: generation(1) }, 2 * hourMs)
  const own = left({ logId: LOG, generation: generation(5) }, 2 * hourMs)
  await sweepUnfinished(platform, parent, { logId: LOG, generation: generation(5) })
  expect(new Set(readdirSync(parent))).toEqual(new Set([young, foreign, own]))
})
