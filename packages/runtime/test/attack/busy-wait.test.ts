// A task that waits for room must sleep: it must not spin because its source has something.

import { defineJob, generatorSource } from '@sluice/core'
import type { Sink } from '@sluice/core/connector'
import { expect, it } from 'vitest'
import { EngineJob } from './world/engine-job.ts'

/** A sink that is full after some records and says so for as long as it is asked. */
function fullSink(): Sink<unknown> {
  let taken = 0
  return {
    kind: 'full',
    guarantee: 'none',
    description: {},
    createWriter: async () => ({
      write: (_records, _timestamps, from, length) => {
        const room = Math.min(length - from, Math.max(0, 5_000 - taken))
        taken += room
        return room
      },
      ready: () => new Promise(() => {}),
      prepareCommit: async () => [],
      close: async () => {},
    }),
  }
}

/** Turns that the workers of a job ask for in half a second, once it has come to rest. */
async function turnsAtRest(definition: unknown, parallelism: number): Promise<number> {
  const job = new EngineJob(definition)
  let turns = 0
  job.onTurn = () => {
    turns += 1
  }
  job.start(parallelism, { checkpoint: 'off' })
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  turns = 0
  await new Promise((resolve) => setTimeout(resolve, 500))
  return turns
}

/** Reports and the like wake a worker a few times. */
const aFew = 50
const numbers = generatorSource({ generate: (index) => 'x'.repeat(200) + index })

for (const parallelism of [1, 2]) {
  it(`a source sleeps while its output is full, parallelism ${parallelism}`, async () => {
    const definition = defineJob({
      name: 'blocked',
      graph: (job) => job.from('numbers', numbers).rebalance().to('out', fullSink()),
    })
    expect(await turnsAtRest(definition, parallelism)).toBeLessThan(aFew)
  })
}

it('a source sleeps while as many calls are under way as may be', async () => {
  const definition = defineJob({
    name: 'calling',
    graph: (job) =>
      job
        .from('numbers', numbers)
        .mapAsync('call', () => new Promise(() => {}))
        .to('out', fullSink()),
  })
  expect(await turnsAtRest(definition, 1)).toBeLessThan(aFew)
})
