// `sluice checkpoint gc` while a savepoint is being written.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CheckpointStorage, createNodePlatform } from '@sluice/runtime/internal'
import { expect, onTestFinished, test } from 'vitest'
import { encodeEntry } from '../../../runtime/src/checkpoint/protocol/log/entry-codec.ts'
import { pinSegments } from '../../../runtime/src/checkpoint/savepoint/read-pins.ts'
import { namesIn, savepointFoldersBeside } from '../../src/checkpoint/savepoint-verification.ts'
import { findGarbage } from '../../src/checkpoint/garbage.ts'
import { storageAt } from '../../src/checkpoint/log-inspection.ts'
import { checkpoint, fence } from '../checkpoint/log.ts'

const platform = createNodePlatform({ logSink: () => {} })

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-gc-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A log whose newest checkpoint no longer keeps the segment of the first. */
async function logWithGarbage(): Promise<{ storage: CheckpointStorage; first: string }> {
  const storage = storageAt(temporaryFolder())
  await storage.open()
  const entries = [fence(1, null), checkpoint(2, 1), checkpoint(3, 2)]
  for (const entry of entries) await storage.append(entry.position, encodeEntry(entry))
  for (const id of [1, 2]) {
    await storage.writeSegment(`log.1.${id}.orders.0.1.segment`, [new Uint8Array(10)])
  }
  return { storage, first: 'log.1.1.orders.0.1.segment' }
}

test('gc leaves alone what a savepoint of a running job still reads', async () => {
  const { storage, first } = await logWithGarbage()
  expect((await findGarbage(storage, undefined)).segments).toEqual([first])
  const { generation } = checkpoint(2, 1)
  const unpin = await pinSegments(storage, platform, generation, [first])
  expect((await findGarbage(storage, undefined)).segments).toEqual([])
  await unpin()
  expect((await findGarbage(storage, undefined)).segments).toEqual([first])
})

test('what a dead process left in the middle of a savepoint is not told as one', () => {
  const place = temporaryFolder()
  const hidden = join(place, 'savepoints', `.savepoint.log.1.${platform.random.hex(8)}.garbage`)
  mkdirSync(hidden, { recursive: true })
  writeFileSync(join(hidden, 'savepoint'), 'its segments are gone already')
  expect(namesIn(join(place, 'savepoints'))).toEqual([])
  expect(savepointFoldersBeside(place)).toEqual([])
})

test('a folder of savepoints that cannot be listed is an error of the storage', async () => {
  const { storage } = await logWithGarbage()
  const file = join(temporaryFolder(), 'savepoints')
  writeFileSync(file, 'no folder')
  await expect(findGarbage(storage, file)).rejects.toMatchObject({
    code: 'STORAGE_UNSUPPORTED',
    where: { file },
  })
})
