// The removal of a claimed savepoint, cut off at each of its operations on the disk.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FileSystem } from '@sluice/core/connector'
import { expect, test } from 'vitest'
import { generation, nonce } from '../../../src/checkpoint/protocol/identifiers.ts'
import { removeClaimed } from '../../../src/checkpoint/savepoint/claimed-savepoint.ts'
import { encodeSavepoint } from '../../../src/checkpoint/savepoint/savepoint-codec.ts'
import { SavepointFolder } from '../../../src/checkpoint/savepoint/savepoint-folder.ts'
import { type Savepoint, savepointOf } from '../../../src/checkpoint/savepoint/savepoint.ts'
import { sweepUnfinished } from '../../../src/checkpoint/savepoint/unfinished-savepoints.ts'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import { callsAround } from '../../coordinator/world/calls-around.ts'
import { temporaryFolder } from '../../coordinator/world/scripted-run.ts'
import { checkpoint, countStep, LOG, segmentOf } from '../protocol/entries.ts'

const platform = createNodePlatform({ logSink: () => {} })
const owner = { logId: LOG, generation: generation(9) }

function madeIn(folder: string): Savepoint {
  const content = new Uint8Array([1, 2, 3])
  const segments = [1, 2, 3].map((number) =>
    segmentOf(`${LOG}.1.3.count.0.${number}.segment`, content),
  )
  const entry = checkpoint(4, 3, 1, { steps: [countStep(segments)] })
  const drawn = { id: nonce('0123456789abcdef'), name: 'daily', createdAtMs: 7 }
  const savepoint = savepointOf(entry, drawn)
  mkdirSync(join(folder, 'segments'), { recursive: true })
  for (const { name } of segments) writeFileSync(join(folder, 'segments', name), content)
  writeFileSync(join(folder, 'savepoint'), encodeSavepoint(savepoint))
  return savepoint
}

/** Files of a process that dies at one of its operations, which may take effect. */
function dyingAt(at: number, takesEffect: boolean): { files: FileSystem; died: () => boolean } {
  let operation = 0
  const files = callsAround(platform.files, async ({ carryOut }) => {
    operation += 1
    if (operation < at) return await carryOut()
    if (operation === at && takesEffect) await carryOut()
    throw new Error('killed')
  })
  return { files, died: () => operation >= at }
}

test('ended at any operation, a claimed savepoint is whole or it is gone', async () => {
  const outcomes = new Set<string>()
  for (const takesEffect of [false, true]) {
    for (let at = 1, died = true; died; at++) {
      const parent = join(temporaryFolder(), 'savepoints')
      const folder = new SavepointFolder(platform, join(parent, 'daily'))
      const savepoint = madeIn(folder.path)
      const dying = dyingAt(at, takesEffect)
      await removeClaimed({ ...platform, files: dying.files }, folder, savepoint, owner)
      died = dying.died()
      const found = await folder.find()
      if (found !== undefined) expect(await folder.verify(found)).toEqual([])
      expect(existsSync(folder.path)).toBe(found !== undefined)
      outcomes.add(found === undefined ? 'gone' : 'whole')
      await sweepUnfinished(platform, parent, null)
      expect(readdirSync(parent)).toEqual(found === undefined ? [] : ['daily'])
    }
  }
  expect(outcomes).toEqual(new Set(['gone', 'whole']))
})

test('what somebody puts there while it is taken away comes back with it', async () => {
  const parent = join(temporaryFolder(), 'savepoints')
  const folder = new SavepointFolder(platform, join(parent, 'daily'))
  const savepoint = madeIn(folder.path)
  const files = callsAround(platform.files, async ({ name, given, carryOut }) => {
    if (name === 'rename') writeFileSync(join(String(given[0]), 'notes.txt'), 'mine')
    return await carryOut()
  })
  await removeClaimed({ ...platform, files }, folder, savepoint, owner)
  expect(readFileSync(join(folder.path, 'notes.txt'), 'utf8')).toBe('mine')
  expect(await folder.verify(await folder.read())).toEqual([])
})
