// A savepoint of which a part is gone: a run that claimed it was killed while it removed it.

import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SavepointFolder } from '../../../src/checkpoint/savepoint/savepoint-folder.ts'
import { writeSavepoint } from '../../../src/checkpoint/savepoint/savepoint-writer.ts'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import { callsAround } from '../../coordinator/world/calls-around.ts'
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

function flip(segment: string): void {
  const bytes = readFileSync(segment)
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
  writeFileSync(segment, bytes)
}

const breaks: Readonly<Record<string, (segment: string) => void>> = {
  'with a byte flipped': flip,
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
      // Nothing was begun.
      expect(readdirSync(join(fork.folder, 'log'))).toEqual([])
      expect(readdirSync(join(fork.folder, 'segments'))).toEqual([])
    }
  }, 30_000)
}

for (const restoreMode of ['copy', 'claim'] as const) {
  test(`by ${restoreMode}, a segment that breaks once it was looked at is named too`, async () => {
    const place = new CountingPlace()
    const run = place.run()
    await place.untilPublished()
    const { savepoint } = await run.stopWith({ savepoint: {} })
    const folder = savepoint?.folder ?? ''
    const [name = ''] = readdirSync(join(folder, 'segments'))
    const file = join(folder, 'segments', name)
    let reads = 0
    const files = callsAround(platform.files, async ({ name: operation, given, carryOut }) => {
      if (given[0] === file && ['open', 'rename', 'link'].includes(operation)) {
        reads += 1
        if (reads === 2) flip(file)
      }
      return await carryOut()
    })
    const fork = new CountingPlace()
    const { error } = await fork.run({ from: { savepoint: folder }, restoreMode }, { files }).done
    expect(error).toMatchObject({
      code: 'CHECKPOINT_DAMAGED',
      message: expect.stringContaining(name),
      hint: expect.stringContaining('Copy the savepoint again'),
      where: { file },
    })
    expect(reads).toBe(2)
  })
}

test('what was found right once is not read again, and still looked for', async () => {
  const place = new CountingPlace()
  const run = place.run()
  await place.untilPublished()
  const { savepoint: made } = await run.stopWith({ savepoint: {} })
  const path = made?.folder ?? ''
  let opened = 0
  const files = callsAround(platform.files, async ({ name, carryOut }) => {
    if (name === 'open') opened += 1
    return await carryOut()
  })
  const folder = new SavepointFolder({ files }, path)
  const savepoint = await folder.read()
  const names = readdirSync(join(path, 'segments'))
  opened = 0
  await folder.check(savepoint)
  expect(opened).toBe(names.length)
  await folder.check(savepoint)
  expect(opened).toBe(names.length)
  rmSync(join(path, 'segments', names[0] ?? ''))
  await expect(folder.check(savepoint)).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED' })
})

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
