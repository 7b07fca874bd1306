import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SavepointFolder } from '../../src/checkpoint/savepoint/savepoint-folder.ts'
import { createNodePlatform } from '../../src/platform/node/node-platform.ts'
import { CountingPlace, untilRunning } from './world/counting-run.ts'
import { temporaryFolder } from './world/scripted-run.ts'

const platform = createNodePlatform({ logSink: () => {} })

test('a savepoint is whole in its folder, and the job goes on', async () => {
  const place = new CountingPlace()
  const run = place.run()
  await place.untilPublished()
  const summary = await run.savepoint({ name: 'daily' })
  expect(summary).toMatchObject({ name: 'daily', folder: `${place.folder}/savepoints/daily` })
  const folder = new SavepointFolder(platform, summary.folder)
  const savepoint = await folder.read()
  expect(await folder.verify(savepoint)).toEqual([])
  expect(savepoint.origin?.checkpoint).toBe(summary.checkpoint)
  expect(summary.segments).toBeGreaterThan(0)
  expect((await run.done).outcome).toBe('finished')
  expect(place.faults()).toEqual([])
  // Its segments are its own: the last collection left them alone.
  expect(await folder.verify(savepoint)).toEqual([])
  expect(readdirSync(join(place.folder, 'savepoints'))).toEqual(['daily'])
})

test('a checkpoint now does not wait for the interval', async () => {
  const place = new CountingPlace()
  const run = place.run({ settings: { checkpoint: { everyMs: 3_600_000 } } })
  await untilRunning(run)
  const [first, second, third] = await Promise.all([
    run.checkpoint(),
    run.checkpoint(),
    run.checkpoint(),
  ])
  expect(first.id).toBe(1)
  // What is asked while one is under way goes together with the next.
  expect(second).toEqual(third)
  expect(run.status().completedCheckpoints).toBe(2)
})

test('a moved savepoint goes on in another folder at another parallelism', async () => {
  const place = new CountingPlace()
  const run = place.run()
  await untilRunning(run)
  const { savepoint, checkpoint } = await run.stopWith({ savepoint: { name: 'last' } })
  // On a slow machine it may have read all its input before it was asked.
  expect(['stopped', 'finished']).toContain((await run.done).outcome)
  expect(savepoint?.checkpoint).toBe(checkpoint?.id)
  const moved = join(temporaryFolder(), 'elsewhere')
  renameSync(savepoint?.folder ?? '', moved)
  rmSync(place.folder, { recursive: true })

  const fork = new CountingPlace({ name: 'fork' })
  const forked = fork.run({
    from: { savepoint: moved },
    settings: { parallelism: 3 },
  })
  expect(await forked.done).toMatchObject({ outcome: 'finished', error: undefined })
  expect(fork.faults([place])).toEqual([])
  expect(existsSync(moved)).toBe(true)
})

test('a fork that is started again with the same words goes on where it was', async () => {
  const place = new CountingPlace()
  const run = place.run()
  await untilRunning(run)
  const { savepoint } = await run.stopWith({ savepoint: {} })
  const from = { savepoint: savepoint?.folder ?? '' }
  const fork = new CountingPlace()
  for (const _ of [1, 2]) {
    const forked = fork.run({ from })
    await untilRunning(forked)
    await forked.checkpoint()
    forked.cancel()
    await forked.done
  }
  const last = fork.run({ from })
  expect((await last.done).error).toBeUndefined()
  expect(fork.faults([place])).toEqual([])
})

test('a claimed savepoint is gone when the job goes on, and the job is whole', async () => {
  const place = new CountingPlace()
  const run = place.run()
  await untilRunning(run)
  const { savepoint } = await run.stopWith({ savepoint: {} })
  const folder = savepoint?.folder ?? ''
  const fork = new CountingPlace()
  const forked = fork.run({ from: { savepoint: folder }, restoreMode: 'claim' })
  await untilRunning(forked)
  expect(existsSync(folder)).toBe(false)
  expect((await forked.done).outcome).toBe('finished')
  expect(fork.faults([place])).toEqual([])
})

test('its newest savepoint is gone on from; an older one asks for agreement', async () => {
  const place = new CountingPlace()
  const run = place.run()
  await untilRunning(run)
  await run.savepoint({ name: 'early' })
  await run.stopWith({ savepoint: { name: 'last' } })
  const refused = await place.run({ from: { savepoint: 'early' } }).done
  expect(refused.error).toMatchObject({ code: 'USAGE', hint: expect.stringContaining('--accept') })
  const again = place.run({ from: { savepoint: 'last' } })
  expect(['finished', 'finished-before']).toContain((await again.done).outcome)
  expect(place.faults()).toEqual([])
})

test('started from its older savepoint, the same words go on and repeat nothing more', async () => {
  const place = new CountingPlace({ records: 6_000 })
  const run = place.run()
  await place.untilPublished()
  await run.savepoint({ name: 'early' })
  await run.checkpoint()
  await run.stopWith({})
  const from = { savepoint: 'early' }
  const repeating = place.run({ from, acceptDuplicates: true })
  await untilRunning(repeating)
  await repeating.checkpoint()
  repeating.cancel()
  await repeating.done
  const before = place.results.records.length
  // A supervisor that starts it again means no second repetition.
  const again = place.run({ from, acceptDuplicates: true })
  await untilRunning(again)
  expect(again.status().restoredFrom).toBeGreaterThan(repeating.status().restoredFrom ?? 0)
  again.stop()
  await again.done
  const repeated = place.results.records.slice(before)
  const names = repeated.map(({ key, nth }) => `${key}/${nth}`)
  expect(new Set(names).size).toBe(names.length)
})

test('a savepoint whose checkpoint was collected comes back into the log', async () => {
  const place = new CountingPlace({ records: 6_000 })
  const run = place.run()
  await untilRunning(run)
  await run.savepoint({ name: 'early' })
  for (let taken = 0; taken < 5; taken++) await run.checkpoint()
  await run.stopWith({ savepoint: { name: 'last' } })
  const again = place.run({ from: { savepoint: 'early' }, acceptDuplicates: true })
  const { outcome, error } = await again.done
  expect({ outcome, error }).toEqual({ outcome: 'finished', error: undefined })
  expect(place.faults().filter((fault) => fault.startsWith('lost'))).toEqual([])
  expect(place.faults().length).toBeGreaterThan(0)
})

test('drained, a job processes what it has read, and has finished', async () => {
  const place = new CountingPlace({ ratePerSecond: 3_000 })
  const run = place.run()
  await untilRunning(run)
  await run.checkpoint()
  const { savepoint } = await run.stopWith({ savepoint: { name: 'drained' }, drain: true })
  expect((await run.done).outcome).toBe('finished')
  const read = await new SavepointFolder(platform, savepoint?.folder ?? '').read()
  expect(read.end).toBe('finished')
  const published = place.results.records.length
  expect(published).toBeGreaterThan(0)
  expect(published).toBeLessThan(3_000)
  expect(place.faults().filter((fault) => fault.startsWith('doubled'))).toEqual([])
  expect((await place.run().done).outcome).toBe('finished-before')
})

test('an existing savepoint is never overwritten', async () => {
  const place = new CountingPlace()
  const run = place.run()
  await untilRunning(run)
  await run.savepoint({ name: 'once' })
  await run.checkpoint()
  await expect(run.savepoint({ name: 'once' })).rejects.toMatchObject({ code: 'SAVEPOINT_EXISTS' })
  expect((await run.done).outcome).toBe('finished')
})

test('a damaged, a partial and a newer savepoint are refused before anything runs', async () => {
  const place = new CountingPlace()
  const run = place.run()
  await place.untilPublished()
  const { savepoint } = await run.stopWith({ savepoint: {} })
  const folder = savepoint?.folder ?? ''
  const manifest = join(folder, 'savepoint')
  const whole = readFileSync(manifest)
  let started = new CountingPlace()
  const start = () => {
    started = new CountingPlace()
    return started.run({ from: { savepoint: folder } }).done
  }
  /** Entries of the log: a run that is refused before its fence writes none. */
  const written = () => readdirSync(join(started.folder, 'log'))

  const flipped = Buffer.from(whole)
  flipped.writeUInt8(flipped.readUInt8(200) ^ 1, 200)
  writeFileSync(manifest, flipped)
  expect((await start()).error).toMatchObject({ code: 'CHECKPOINT_DAMAGED' })

  const [segment = ''] = readdirSync(join(folder, 'segments'))
  writeFileSync(manifest, whole)
  const path = join(folder, 'segments', segment)
  const bytes = readFileSync(path)
  rmSync(path)
  expect((await start()).error).toMatchObject({ code: 'CHECKPOINT_DAMAGED', where: { file: path } })
  expect(written()).toEqual([])
  writeFileSync(path, bytes.subarray(1))
  expect((await start()).error).toMatchObject({ code: 'CHECKPOINT_DAMAGED', where: { file: path } })
  expect(written()).toEqual([])
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
  writeFileSync(path, bytes)
  expect((await start()).error).toMatchObject({ code: 'CHECKPOINT_DAMAGED' })

  rmSync(manifest)
  expect((await start()).error).toMatchObject({ code: 'CHECKPOINT_DAMAGED' })
})

test('a savepoint that does not fit the job is refused before anything is written', async () => {
  const place = new CountingPlace()
  const run = place.run()
  await place.untilPublished()
  const { savepoint } = await run.stopWith({ savepoint: {} })
  const from = { savepoint: savepoint?.folder ?? '' }
  const other = new CountingPlace({ step: 'sum' })
  const { error } = await other.run({ from }).done
  expect(error).toMatchObject({ code: 'CHECKPOINT_INCOMPATIBLE' })
  expect(error?.message).toContain("'count'")
  expect(readdirSync(join(other.folder, 'log'))).toEqual([])
  const agreed = await other.run({ from, allowDroppedState: true }).done
  expect(agreed).toMatchObject({ outcome: 'finished', error: undefined })
})

test('what is asked of a run that ends otherwise is refused', async () => {
  const place = new CountingPlace()
  const run = place.run()
  await untilRunning(run)
  const asked = run.savepoint({ name: 'never' })
  run.cancel()
  await expect(asked).rejects.toMatchObject({ code: 'JOB_NOT_RUNNING' })
  await run.done
  await expect(run.checkpoint()).rejects.toMatchObject({ code: 'JOB_NOT_RUNNING' })
})
