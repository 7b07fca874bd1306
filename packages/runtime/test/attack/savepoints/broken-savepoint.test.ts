// A savepoint of which a part is gone: a run that claimed it was killed while it removed it.

import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SavepointFolder } from '../../../src/checkpoint/savepoint/savepoint-folder.ts'
import { writeSavepoint } from '../../../src/checkpoint/savepoint/savepoint-writer.ts'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import { CountingPlace } from '../../coordinator/world/counting-run.ts'
import { temporaryFolder } from '../../coordinator/world/scripted-run.ts'

const platform = createNodePlatform({ logSink: () => {} })

test('what stands and is damaged is not told as the savepoint that was asked for', async () => {
  const place = new CountingPlace()
  const run = place.run()
  await place.untilPublished()
  const { savepoint: made } = await run.stopWith({ savepoint: {} })
  const whole = new SavepointFolder(platform, made?.folder ?? '')
  const savepoint = await whole.read()
  const folder = join(temporaryFolder(), 'copy')
  const readSegment = whole.readSegment.bind(whole)
  const write = () => writeSavepoint(platform, { folder, savepoint, readSegment, owner: null })
  await write()
  expect(await write()).toEqual(savepoint)
  const segments = join(folder, 'segments')
  for (const name of readdirSync(segments).slice(1)) rmSync(join(segments, name))
  await expect(write()).rejects.toMatchObject({
    code: 'SAVEPOINT_EXISTS',
    message: expect.stringContaining('damaged'),
  })
})
