// Writing a savepoint on a disk that refuses.

import { FileSystemError } from '@sluice/core/connector'
import { expect, test } from 'vitest'
import { nonce } from '../../../src/checkpoint/protocol/identifiers.ts'
import { savepointOf } from '../../../src/checkpoint/savepoint/savepoint.ts'
import { writeSavepoint } from '../../../src/checkpoint/savepoint/savepoint-writer.ts'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import { callsAround } from '../../coordinator/world/calls-around.ts'
import { temporaryFolder } from '../../coordinator/world/scripted-run.ts'
import { checkpoint } from '../protocol/entries.ts'

const platform = createNodePlatform({ logSink: () => {} })

test('a folder that cannot be listed is an error of the storage, to be tried again', async () => {
  const folder = `${temporaryFolder()}/savepoints/daily`
  const files = callsAround(platform.files, async ({ name, given, carryOut }) => {
    if (name === 'list') throw new FileSystemError('failed', 'list', String(given[0]))
    return await carryOut()
  })
  const drawn = { id: nonce('0123456789abcdef'), name: 'daily', createdAtMs: 7 }
  const writing = writeSavepoint(
    { ...platform, files },
    {
      folder,
      savepoint: savepointOf(checkpoint(4, 3, 1, { steps: [] }), drawn),
      readSegment: async () => new Uint8Array(),
      owner: null,
    },
  )
  await expect(writing).rejects.toMatchObject({ code: 'STORAGE_FAILED', retry: 'restart' })
})
