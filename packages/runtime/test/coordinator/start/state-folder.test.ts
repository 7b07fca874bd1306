// A folder for state that cannot be used is refused at the start, and not tried again.

import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FileSystemError, type FileSystemErrorKind } from '@sluice/core/connector'
import type { StateSettings } from '@sluice/core/internal'
import { expect, test } from 'vitest'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import type { Platform } from '../../../src/platform/platform.ts'
import { openStateFolder } from '../../../src/worker/state-folder.ts'
import { callsAround } from '../world/calls-around.ts'
import { CountingPlace } from '../world/counting-run.ts'
import { temporaryFolder } from '../world/scripted-run.ts'

const platform = createNodePlatform({ logSink: () => {} })

async function refused(path: string, changes: Partial<Platform> = {}) {
  const place = new CountingPlace()
  const state: Partial<StateSettings> = { backend: 'rocksdb', path }
  const { outcome, error, restarts } = await place.run({ settings: { state } }, changes).done
  // Nothing outside was touched: no fence stands.
  expect(readdirSync(join(place.folder, 'log'))).toEqual([])
  expect({ outcome, restarts }).toEqual({ outcome: 'failed', restarts: 0 })
  return error
}

test('a file in the way of the folder for state is refused before anything runs', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  for (const path of [file, join(file, 'state')]) {
    const error = await refused(path)
    expect(error).toMatchObject({ code: 'SETTING_INVALID', where: { file: expect.anything() } })
    expect(error?.hint).toContain('state.path')
  }
})

function failing(kind: FileSystemErrorKind, path: string): Platform['files'] {
  return callsAround(platform.files, async ({ name, given, carryOut }) => {
    const made = String(given[0])
    if (name === 'makeDirectory' && made.startsWith(path)) {
      throw new FileSystemError(kind, 'makeDirectory', made)
    }
    return await carryOut()
  })
}

test('a folder for state without the right to it is refused', async () => {
  const path = join(temporaryFolder(), 'state')
  const error = await refused(path, { files: failing('forbidden', path) })
  const hint = expect.stringContaining('state.path')
  expect(error).toMatchObject({ code: 'STORAGE_FORBIDDEN', hint })
})

test.for(['full', 'failed', 'not-found', 'exists'] as const)(
  'what may pass is left to the tasks, which try again: %s',
  async (kind) => {
    const path = join(temporaryFolder(), 'state')
    const settings = { backend: 'rocksdb', path } as StateSettings
    await openStateFolder({ files: failing(kind, path) }, settings, 'shop')
  },
)

test('a folder for state is made, also where it is there, and nothing stays in it', async () => {
  const path = join(temporaryFolder(), 'deep', 'state')
  const settings = { backend: 'rocksdb', path } as StateSettings
  await openStateFolder(platform, settings, 'shop')
  expect(readdirSync(path)).toEqual([])
  await Promise.all([1, 2, 3].map(() => openStateFolder(platform, settings, 'shop')))
  expect(readdirSync(path)).toEqual([])
})
