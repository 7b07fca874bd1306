// The functions that a program of one's own uses, over a job that really ran.

import { join } from 'node:path'
import { counter, defineJob, generatorSource, memorySink } from '@sluice/core'
import { expect, test } from 'vitest'
import { newSavepoint, openCheckpoint, openSavepoint } from '../src/savepoint.ts'
import { EngineJob } from './attack/world/engine-job.ts'
import { temporaryFolder } from './coordinator/world/scripted-run.ts'

const keys = 6

function jobOf() {
  return defineJob({
    name: 'counted',
    graph(job) {
      job
        .from('numbers', generatorSource({ generate: (n) => n, ratePerSecond: 2_000 }))
        .keyBy((n) => n % keys)
        .process('count', {
          state: { seen: counter() },
          onRecord(_n, { state }) {
            state.seen.set(state.seen.get() + 1)
          },
        })
        .to('out', memorySink())
    },
  })
}

test('a checkpoint is read while its job runs, and a savepoint is made and opened', async () => {
  const definition = jobOf()
  const job = new EngineJob(definition)
  const run = job.start(2, { checkpoint: { keep: 1_000 } })
  await job.until(() => (job.run?.status().steps[0]?.recordsIn ?? 0) > 100)
  await job.untilCheckpoints(2)
  const checkpoint = await openCheckpoint(job.folder)
  expect(checkpoint.job).toBe('counted')
  const entries = await Array.fromAsync(checkpoint.entries('count'))
  expect(new Set(entries.map(({ key }) => key))).toEqual(new Set([0, 1, 2, 3, 4, 5]))
  for (const { value } of entries) expect(value).toBeGreaterThan(0)
  run.stop()
  await run.done

  const edit = newSavepoint(definition)
  for (const { key, value } of entries) edit.set('count', 'seen', key, value)
  const folder = join(temporaryFolder(), 'copied')
  await edit.writeTo(folder)
  const savepoint = await openSavepoint(folder)
  const copied = await Array.fromAsync(savepoint.entries('count'))
  const byKey = (list: typeof entries) => new Map(list.map(({ key, value }) => [key, value]))
  expect(byKey(copied)).toEqual(byKey(entries))
  await expect(openCheckpoint(job.folder, 9_999)).rejects.toMatchObject({
    code: 'CHECKPOINT_NOT_FOUND',
  })
  await expect(openSavepoint(job.folder)).rejects.toMatchObject({ code: 'CHECKPOINT_NOT_FOUND' })
})

test('a checkpoint that is collected while it is read is gone, not damaged', async () => {
  const job = new EngineJob(jobOf())
  job.start(2, { checkpoint: { keep: 1 } })
  await job.untilCheckpoints(2)
  const checkpoint = await openCheckpoint(job.folder)
  const entries = checkpoint.entries('count')
  const gone = 'was deleted while it was read'
  await job.until(() => (job.run?.status().completedCheckpoints ?? 0) > 60, 20_000)
  await expect(Array.fromAsync(entries)).rejects.toMatchObject({
    code: 'CHECKPOINT_NOT_FOUND',
    message: expect.stringContaining(gone),
  })
})
