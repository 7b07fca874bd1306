// Segments that no retained checkpoint names must go, or the disk fills up.

import { readdirSync } from 'node:fs'
import { counter, defineJob, type Emit, generatorSource, memorySink } from '@sluice/core'
import { expect, it } from 'vitest'
import { EngineJob } from './world/engine-job.ts'

it('a running job keeps no more segments than its retained checkpoints name', async () => {
  const results = memorySink<number>()
  const definition = defineJob({
    name: 'collected',
    graph: (job) => {
      job
        .from('numbers', generatorSource({ generate: (index) => index, ratePerSecond: 20_000 }))
        .keyBy((index) => index % 50)
        .process('seen', {
          state: { n: counter() },
          onRecord: (_, { state }, emit: Emit<number>) => {
            state.n.set(state.n.get() + 1)
            emit(state.n.get())
          },
        })
        .to('out', results)
    },
  })
  const job = new EngineJob(definition)
  const run = job.start(2, { checkpoint: { keep: 1 } })
  let newBytes = 0
  run.on('checkpoint-completed', ({ checkpoint }) => {
    newBytes += checkpoint.newBytes
  })
  await job.untilCheckpoints(60)
  run.stop()
  expect((await run.done).outcome).toBe('stopped')
  // Not all 2 × 60: whole groups are written again now and then, and older segments are let go.
  expect(readdirSync(`${job.folder}/segments`).length).toBeLessThan(80)
  expect(newBytes).toBeGreaterThan(0)
})
