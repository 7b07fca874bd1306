// A record that cannot cross an exchange, found when the loop of the worker sends open batches on.

import { defineJob, generatorSource, memorySink } from '@sluice/core'
import { expect, it, onTestFinished } from 'vitest'
import { EngineJob } from './world/engine-job.ts'

it('a record that cannot be encoded ends the job, also when its batch was not full', async () => {
  const uncaught: unknown[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => uncaught.push(error))
  onTestFinished(() => {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  })
  const results = memorySink<unknown>()
  const definition = defineJob({
    name: 'unencodable',
    graph: (job) => {
      job
        .from('numbers', generatorSource({ generate: (index) => index, ratePerSecond: 2_000 }))
        .map((index): unknown => (index >= 900 ? { run: () => index } : { index }))
        .rebalance()
        .to('out', results)
    },
  })
  const job = new EngineJob(definition)
  const run = job.start(2, { restart: { strategy: 'none' } })
  const result = await Promise.race([
    run.done,
    new Promise<undefined>((resolve) => setTimeout(resolve, 5_000, undefined)),
  ])
  expect(uncaught).toEqual([])
  expect(result?.error?.code).toBe('RECORD_NOT_ENCODABLE')
})
