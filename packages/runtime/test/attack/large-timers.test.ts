// Many timers at one instant, or many answers at once, each with an output of moderate size.

import { defineJob, type Emit, memorySink, memorySource } from '@sluice/core'
import { expect, it } from 'vitest'
import { EngineJob } from './world/engine-job.ts'

const keys = Array.from({ length: 250 }, (_, key) => ({ key, at: key }))
const largeBytes = 700_000

function sizesOf(definition: (sizes: ReturnType<typeof memorySink<number>>) => unknown) {
  const sizes = memorySink<number>()
  return { job: new EngineJob(definition(sizes)), sizes }
}

it('timers that emit much stop when there is no room, and go on later', async () => {
  const { job, sizes } = sizesOf((out) =>
    defineJob({
      name: 'large-timers',
      graph: (builder) => {
        builder
          .from('keys', memorySource(keys), { eventTime: (each) => each.at })
          .keyBy((each) => each.key)
          .process('large', {
            onRecord: (_, { timers }) => timers.atEventTime(10_000),
            onTimer: ({ key }, _, emit: Emit<string>) => emit(`${key} `.repeat(largeBytes / 2)),
          })
          .rebalance()
          .map((text) => text.length)
          .to('sizes', out)
      },
    }),
  )
  const { error } = await job.start(2, { restart: { strategy: 'none' } }).done
  expect(error).toBeUndefined()
  expect(sizes.records).toHaveLength(keys.length)
})

it('answers that come at once stop when there is no room, and go on later', async () => {
  let waiting: (() => void)[] = []
  const { job, sizes } = sizesOf((out) =>
    defineJob({
      name: 'large-answers',
      graph: (builder) => {
        builder
          .from('keys', memorySource(keys))
          .mapAsync(
            'large',
            async ({ key }) => {
              await new Promise<void>((resolve) => waiting.push(resolve))
              return `${key} `.repeat(largeBytes / 4)
            },
            { concurrency: 300 },
          )
          .rebalance()
          .map((text) => text.length)
          .to('sizes', out)
      },
    }),
  )
  const run = job.start(2, { restart: { strategy: 'none' } })
  await job.until(() => waiting.length === keys.length)
  for (const answer of waiting) answer()
  waiting = []
  const { error } = await run.done
  expect(error).toBeUndefined()
  expect(sizes.records).toHaveLength(keys.length)
})
