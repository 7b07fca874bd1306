// A source that falls idle while its records are still in a mapAsync step.

import { count, defineJob, memorySink, memorySource, tumbling } from '@sluice/core'
import { expect, it } from 'vitest'
import { EngineJob } from './world/engine-job.ts'
import { silentSource } from './world/silent-source.ts'

interface Item {
  readonly at: number
}

it('records in calls that outlast the idleness of their source are not late', async () => {
  let answer: (() => void) | undefined
  const results = memorySink<{ readonly window: { readonly start: number } }>()
  const late = memorySink<Item>()
  const definition = defineJob({
    name: 'idle-async',
    graph: (job) => {
      const eventTime = (item: Item): number => item.at
      const slow = job
        .from('slow', silentSource([{ at: 50 }]), { eventTime, idleAfter: '40ms' })
        .mapAsync('call', (item) => new Promise<Item>((resolve) => (answer = () => resolve(item))))
      const others = silentSource([10, 250].map((at) => ({ at })))
      const windows = job
        .from('quick', others, { eventTime, idleAfter: '1h' })
        .union(slow)
        .keyBy(() => 'all')
        .window(tumbling('100ms'))
        .aggregate('counts', { n: count() })
      windows.to('out', results)
      windows.late.to('late', late)
    },
  })
  const job = new EngineJob(definition)
  job.start(1, {})
  await job.until(() => answer !== undefined)
  await new Promise((resolve) => setTimeout(resolve, 300))
  answer?.()
  await job.until(() => results.records.length + late.records.length > 0)
  expect(late.records).toEqual([])
  expect(results.records).toMatchObject([{ window: { start: 0 }, value: { n: 2 } }])
})

it('a mapAsync behind a source without event time holds no watermark back', async () => {
  const results = memorySink<{ readonly window: { readonly start: number } }>()
  const late = memorySink<Item>()
  const definition = defineJob({
    name: 'timeless-async',
    graph: (job) => {
      job
        .from('timeless', memorySource([1, 2, 3]))
        .mapAsync('call', () => new Promise<never>(() => {}))
        .to('nowhere', late)
      const windows = job
        .from('quick', silentSource([10, 250].map((at) => ({ at }))), {
          eventTime: (item) => item.at,
        })
        .keyBy(() => 'all')
        .window(tumbling('100ms'))
        .aggregate('counts', { n: count() })
      windows.to('out', results)
    },
  })
  const job = new EngineJob(definition)
  job.start(2, {})
  await job.until(() => results.records.length === 1)
})
