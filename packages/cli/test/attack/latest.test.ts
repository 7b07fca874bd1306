// `latest` in the tools after a run that went back to an older checkpoint.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CheckpointEntry,
  createNodePlatform,
  type FenceEntry,
  readCheckpoint,
} from '@sluice/runtime/internal'
import { expect, onTestFinished, test } from 'vitest'
import { encodeEntry } from '../../../runtime/src/checkpoint/protocol/log/entry-codec.ts'
import { inspectLog, latestCheckpoint, storageAt } from '../../src/checkpoint/log-inspection.ts'
import { showCommand } from '../../src/checkpoint/show-command.ts'
import { checkpoint, fence } from '../checkpoint/log.ts'
import { recordedTerminal } from '../terminal/recorded-terminal.ts'

const platform = createNodePlatform({ logLevel: 'silent' })

async function logOf(...entries: readonly (CheckpointEntry | FenceEntry)[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-latest-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const storage = storageAt(folder)
  await storage.open()
  for (const entry of entries) await storage.append(entry.position, encodeEntry(entry))
  return folder
}

/** What each tool takes for the latest; a code where it refuses. */
async function latestOf(folder: string): Promise<unknown[]> {
  const told = async (call: () => Promise<unknown>): Promise<unknown> => {
    try {
      return await call()
    } catch (error) {
      return (error as { code?: string }).code
    }
  }
  const terminal = recordedTerminal()
  return [
    await told(async () => latestCheckpoint(await inspectLog(storageAt(folder)))?.checkpoint),
    await told(async () => {
      const { name } = await readCheckpoint(platform, folder, 'latest')
      return Number(/\d+/.exec(name)?.[0])
    }),
    await told(async () => {
      const invocation = { terminal, environment: {}, folder: '/' }
      await showCommand('latest', undefined, { checkpoints: folder, json: true }, invocation)
      return (JSON.parse(terminal.outLines.join('\n')) as { entry: CheckpointEntry }).entry
        .checkpoint
    }),
  ]
}

const both = {
  retained: [1, 2].map((id) => ({ position: id + 1, checkpoint: id, generation: 1, segments: [] })),
} as unknown as Partial<CheckpointEntry>

test('it is that to which a run has gone back, until that run completes one', async () => {
  const log = [fence(1, null), checkpoint(2, 1), checkpoint(3, 2, both)]
  expect(await latestOf(await logOf(...log))).toEqual([2, 2, 2])
  const goneBack = [...log, fence(4, 2)]
  expect(await latestOf(await logOf(...goneBack))).toEqual([1, 1, 1])
  const further = checkpoint(5, 3, { generation: 4 } as unknown as Partial<CheckpointEntry>)
  expect(await latestOf(await logOf(...goneBack, further))).toEqual([3, 3, 3])
})

test('there is none where the job was started anew', async () => {
  const folder = await logOf(fence(1, null), checkpoint(2, 1), fence(3, null))
  const none = 'CHECKPOINT_NOT_FOUND'
  expect(await latestOf(folder)).toEqual([undefined, none, none])
})

test('an older one is not told as the latest where the newest cannot be read', async () => {
  const folder = await logOf(fence(1, null), checkpoint(2, 1), checkpoint(3, 2, both))
  writeFileSync(join(folder, 'log/000000000003'), 'nonsense')
  const damaged = 'CHECKPOINT_DAMAGED'
  expect(await latestOf(folder)).toEqual([damaged, damaged, damaged])
})
