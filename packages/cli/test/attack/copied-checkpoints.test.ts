// A savepoint that is made of a checkpoint by a tool, while the job goes on beside it.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CheckpointEntry,
  type CheckpointStorage,
  checksumOf,
  type FenceEntry,
  SavepointFolder,
  ToolPin,
} from '@sluice/runtime/internal'
import { expect, onTestFinished, test } from 'vitest'
import { collect } from '../../../runtime/src/checkpoint/collector.ts'
import { FinishedEntry } from '../../../runtime/src/checkpoint/protocol/log/append.ts'
import { encodeEntry } from '../../../runtime/src/checkpoint/protocol/log/entry-codec.ts'
import { toolPinMs } from '../../../runtime/src/checkpoint/savepoint/read-pins.ts'
import { createNodePlatform } from '../../../runtime/src/platform/node/node-platform.ts'
import { findGarbage } from '../../src/checkpoint/garbage.ts'
import { storageAt } from '../../src/checkpoint/log-inspection.ts'
import { savepointFromCheckpoint } from '../../src/savepoint/from-checkpoint.ts'
import { checkpoint, fence } from '../checkpoint/log.ts'

const platform = createNodePlatform({ logSink: () => {} })
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const content = new Uint8Array(64).fill(7)

function nameOf(id: number): string {
  return `log.1.${id}.orders.0.1.segment`
}

/** A checkpoint whose one segment is `content`. */
function taken(position: number, id: number, parts: Partial<CheckpointEntry> = {}) {
  const entry = checkpoint(position, id, parts)
  const steps = entry.steps.map((step) => ({
    ...step,
    segments: step.segments.map((segment) => ({
      ...segment,
      sizeBytes: content.length,
      checksum: checksumOf(content),
    })),
  }))
  return { ...entry, steps }
}

async function logIn(
  folder: string,
  ...entries: readonly (CheckpointEntry | FenceEntry)[]
): Promise<CheckpointStorage> {
  const storage = storageAt(folder)
  await storage.open()
  for (const entry of entries) await storage.append(entry.position, encodeEntry(entry))
  for (const entry of entries) {
    if (entry.kind === 'checkpoint') await storage.writeSegment(nameOf(entry.checkpoint), [content])
  }
  return storage
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-copied-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The job completes a checkpoint that keeps none before it, and collects. */
async function goesOn(storage: CheckpointStorage, nowMs = platform.clock.now()): Promise<void> {
  const last = taken(3, 2, { end: 'finished' })
  if ((await storage.readEntry(3)) === undefined) {
    await storage.append(3, encodeEntry(last))
    await storage.writeSegment(nameOf(2), [content])
  }
  await collect(storage, new FinishedEntry(last), quiet, {
    goesOn: () => true,
    pinned: new Set(),
    nowMs,
  })
}

test('a job that goes on collects nothing of the checkpoint that a tool copies', async () => {
  const place = temporaryFolder()
  const storage = await logIn(place, fence(1, null), taken(2, 1))
  let went: Promise<void> | undefined
  const target = join(place, 'copy')
  const made = await savepointFromCheckpoint(place, 'latest', {
    target,
    progress: () => {
      went ??= goesOn(storage)
    },
  })
  await went
  expect(made.checkpoint).toBe(1)
  const copy = new SavepointFolder(platform, target)
  expect(await copy.verify(await copy.read())).toEqual([])
  // The pin is gone with the tool, and the next collection finds what is left.
  expect(await storage.listNotes()).toEqual([])
  await goesOn(storage)
  expect(await storage.listSegments()).toEqual([nameOf(2)])
})

test('the pin of a tool outlives its collection, and of a dead one it ends by itself', async () => {
  const storage = await logIn(temporaryFolder(), fence(1, null), taken(2, 1))
  let nowMs = 1_000_000
  const clock = { ...platform.clock, now: () => nowMs }
  const pin = await ToolPin.take(storage, { ...platform, clock }, [nameOf(1)])
  await goesOn(storage, nowMs)
  expect(await storage.listSegments()).toEqual([nameOf(1), nameOf(2)])
  nowMs += toolPinMs * 0.9
  await pin.renew()
  expect(await storage.listNotes()).toHaveLength(1)
  nowMs += toolPinMs * 0.9
  await goesOn(storage, nowMs)
  expect(await storage.listSegments()).toEqual([nameOf(1), nameOf(2)])
  nowMs += toolPinMs
  await goesOn(storage, nowMs)
  expect(await storage.listSegments()).toEqual([nameOf(2)])
})

test('gc leaves alone what another tool copies', async () => {
  const storage = await logIn(temporaryFolder(), fence(1, null), taken(2, 1), taken(3, 2))
  expect((await findGarbage(storage, undefined)).segments).toEqual([nameOf(1)])
  const pin = await ToolPin.take(storage, platform, [nameOf(1)])
  expect((await findGarbage(storage, undefined)).segments).toEqual([])
  await pin.release()
  expect((await findGarbage(storage, undefined)).segments).toEqual([nameOf(1)])
})

test('a checkpoint that the job has let go of is refused before anything is written', async () => {
  const place = temporaryFolder()
  await logIn(place, fence(1, null), taken(2, 1), taken(3, 2))
  const wanted = { target: join(place, 'copy'), progress: () => {} }
  await expect(savepointFromCheckpoint(place, '1', wanted)).rejects.toMatchObject({
    code: 'CHECKPOINT_NOT_FOUND',
  })
  expect(readdirSync(place)).not.toContain('copy')
})
