// A savepoint of which a part is gone: a run that claimed it was killed while it removed it.

import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
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

const breaks: Readonly<Record<string, (segment: string) => void>> = {
  'with a byte flipped': (segment) => {
    const bytes = readFileSync(segment)
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
    writeFileSync(segment, bytes)
  },
  'cut short': (segment) => writeFileSync(segment, readFileSync(segment).subarray(0, -1)),
  missing: (segment) => rmSync(segment),
}

for (const restoreMode of ['copy', 'claim'] as const) {
  test(`started by ${restoreMode} from a broken segment, a run names it and ends`, async () => {
    for (const [how, breakIt] of Object.entries(breaks)) {
      const place = new CountingPlace()
      const run = place.run()
      await place.untilPublished()
      const { savepoint } = await run.stopWith({ savepoint: {} })
      const folder = savepoint?.folder ?? ''
      const [name = ''] = readdirSync(join(folder, 'segments'))
      const file = join(folder, 'segments', name)
      breakIt(file)
      const fork = new CountingPlace()
      const started = fork.run({ from: { savepoint: folder }, restoreMode })
      const { error } = await started.done
      expect({ how, error }).toMatchObject({
        how,
        error: {
          code: 'CHECKPOINT_DAMAGED',
          message: expect.stringContaining(name),
          hint: expect.stringContaining('Copy the savepoint again'),
          where: { file },
        },
      })
      // What is left of it is left.
      expect(readdirSync(folder)).toContain('savepoint')
    }
  }, 30_000)
}

test('without its manifest a savepoint is damaged; a folder of checkpoints is none', async () => {
  const place = new CountingPlace()
  const run = place.run()
  await place.untilPublished()
  const { savepoint } = await run.stopWith({ savepoint: {} })
  const folder = savepoint?.folder ?? ''
  renameSync(join(folder, 'savepoint'), join(folder, '.savepoint'))
  const fork = new CountingPlace()
  const start = async (from: string, restoreMode: 'copy' | 'claim') => {
    return (await fork.run({ from: { savepoint: from }, restoreMode }).done).error
  }
  for (const restoreMode of ['copy', 'claim'] as const) {
    expect(await start(folder, restoreMode)).toMatchObject({
      code: 'CHECKPOINT_DAMAGED',
      message: expect.stringContaining('its manifest is missing'),
      where: { file: join(folder, 'savepoint') },
    })
    expect(await start(place.folder, restoreMode)).toMatchObject({
      code: 'CHECKPOINT_NOT_FOUND',
      message: expect.stringContaining('is a folder of checkpoints'),
    })
    expect(await start(join(folder, 'absent'), restoreMode)).toMatchObject({
      code: 'CHECKPOINT_NOT_FOUND',
      message: expect.stringContaining('There is no savepoint'),
    })
  }
})
