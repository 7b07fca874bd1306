// A run that ends at each operation on the disk while it brings a savepoint into its log, and
// copies that are made while the job goes on and collects.

import type { FileSystem } from '@sluice/core/connector'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SavepointFolder } from '../../src/checkpoint/savepoint/savepoint-folder.ts'
import type { JobOptions, JobRun } from '../../src/coordinator/job-run.ts'
import { createNodePlatform } from '../../src/platform/node/node-platform.ts'
import { callsAround } from './world/calls-around.ts'
import { CountingPlace, untilRunning } from './world/counting-run.ts'

const platform = createNodePlatform({ logSink: () => {} })

/** The file system with a call before each operation; it gets the name and what it was given. */
function watched(before: (operation: string, path: string) => Promise<void>): FileSystem {
  return callsAround(platform.files, async ({ name, given, carryOut }) => {
    await before(name, String(given[0]))
    return await carryOut()
  })
}

async function stoppedWithSavepoint(records: number): Promise<[CountingPlace, string]> {
  // So slowly that it is stopped before it has read all, on a machine that is busy too.
  const place = new CountingPlace({ records, ratePerSecond: 500 })
  const run = place.run()
  await place.untilPublished()
  const { savepoint } = await run.stopWith({ savepoint: {} })
  return [place, savepoint?.folder ?? '']
}

/** Ends at the given operation after the run has begun; true where it got so far. */
async function endedAt(
  operation: number,
  fork: CountingPlace,
  options: Partial<JobOptions>,
): Promise<boolean> {
  let seen = 0
  const runs: JobRun[] = []
  const files = watched(async () => {
    if (++seen !== operation) return
    for (const run of runs) run.cancel()
    // What is in flight may take effect or not.
    if (operation % 2 === 0) await new Promise(() => {})
  })
  const run = fork.run(options, { files })
  runs.push(run)
  const isRunning = untilRunning(run)
  await Promise.race([run.done, isRunning])
  run.cancel()
  await run.done
  return seen >= operation
}

for (const restoreMode of ['copy', 'claim'] as const) {
  test(`ended anywhere in a start by ${restoreMode}, the same words begin again`, async () => {
    const [place, folder] = await stoppedWithSavepoint(600)
    const probe = new CountingPlace({ records: 600, ratePerSecond: 4_000 })
    const options = { from: { savepoint: folder }, restoreMode: 'copy' } as const
    let operations = 0
    const counted = probe.run(options, {
      files: watched(async () => {
        operations += 1
      }),
    })
    await untilRunning(counted)
    const most = operations
    counted.cancel()
    await counted.done
    for (let at = 1; at <= most; at += 5) {
      const [own, from] = restoreMode === 'copy' ? [place, folder] : await stoppedWithSavepoint(600)
      const fork = new CountingPlace({ records: 600, ratePerSecond: 4_000 })
      await endedAt(at, fork, { from: { savepoint: from }, restoreMode })
      const { outcome, error } = await fork.run({ from: { savepoint: from }, restoreMode }).done
      expect({ at, outcome, error }).toEqual({ at, outcome: 'finished', error: undefined })
      expect({ at, faults: fork.faults([own]) }).toEqual({ at, faults: [] })
      // Copies of an attempt that did not get through are collected like everything else.
      const { logId } = await newestEntryOf(fork.folder)
      for (const name of readdirSync(join(fork.folder, 'segments'))) {
        expect(name.startsWith(`${logId}.`)).toBe(true)
      }
    }
  }, 60_000)
}

async function newestEntryOf(folder: string): Promise<{ readonly logId: string }> {
  const { createStorage } = await import('../../src/storage/create-storage.ts')
  const { decodeEntry } = await import('../../src/checkpoint/protocol/log/entry-codec.ts')
  const { logPosition } = await import('../../src/checkpoint/protocol/identifiers.ts')
  const storage = createStorage(platform, folder)
  const position = logPosition((await storage.listPositions()).at(-1) ?? 1)
  const found = decodeEntry((await storage.readEntry(position)) ?? new Uint8Array(), position)
  if (found.kind !== 'entry') throw new Error('unreachable')
  return found.entry
}

test('a slow copy keeps its segments while the job collects all others', async () => {
  const place = new CountingPlace({ records: 100_000, ratePerSecond: 20_000 })
  const goesOn = Promise.withResolvers<void>()
  const files = watched(async (_, path) => {
    if (path.includes('.savepoint.') && path.includes('.segment')) await goesOn.promise
  })
  const run = place.run({ settings: { checkpoint: { keep: 1 } } }, { files })
  await place.untilPublished()
  const copying = run.savepoint({ name: 'slow' })
  for (let taken = 0; taken < 4; taken++) await run.checkpoint()
  goesOn.resolve()
  const { folder } = await copying
  const slow = new SavepointFolder(platform, folder)
  expect(await slow.verify(await slow.read())).toEqual([])
  // Let go of, they are collected with the next one.
  await run.checkpoint()
  run.stop()
  await run.done
  const kept = new Set(readdirSync(join(place.folder, 'segments')))
  const read = await slow.read()
  const gone = read.steps.flatMap((step) => step.segments).filter(({ name }) => !kept.has(name))
  expect(gone.length).toBeGreaterThan(0)
})

test('a copy under way when the run is cancelled is refused, and leaves nothing', async () => {
  const place = new CountingPlace({ records: 100_000, ratePerSecond: 5_000 })
  const begun = Promise.withResolvers<void>()
  const goesOn = Promise.withResolvers<void>()
  const files = watched(async (_, path) => {
    if (!path.includes('.savepoint.') || !path.includes('.segment')) return
    begun.resolve()
    await goesOn.promise
  })
  const run = place.run({}, { files })
  await place.untilPublished()
  const copying = run.savepoint({ name: 'cut-off' })
  const refused = expect(copying).rejects.toMatchObject({ code: 'JOB_NOT_RUNNING' })
  await begun.promise
  run.cancel()
  goesOn.resolve()
  await refused
  expect((await run.done).outcome).toBe('cancelled')
  expect(readdirSync(join(place.folder, 'savepoints'))).toEqual([])
}, 30_000)

test('a run clears away what an older one of its log has left unfinished', async () => {
  const place = new CountingPlace({ records: 100_000, ratePerSecond: 5_000 })
  const goesOn = Promise.withResolvers<void>()
  const files = watched(async (_, path) => {
    if (path.includes('.segment') && path.includes('.savepoint.')) await goesOn.promise
  })
  const first = place.run({}, { files })
  await place.untilPublished()
  void first.savepoint({ name: 'cut-off' }).catch(() => {})
  const savepoints = join(place.folder, 'savepoints')
  while (!existsSync(savepoints) || readdirSync(savepoints).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const second = place.run()
  await untilRunning(second)
  goesOn.resolve()
  expect((await first.done).outcome).toBe('fenced')
  expect(readdirSync(savepoints)).toEqual([])
  second.stop()
  expect((await second.done).outcome).toBe('stopped')
  expect(place.faults().filter((fault) => fault.startsWith('doubled'))).toEqual([])
}, 30_000)
