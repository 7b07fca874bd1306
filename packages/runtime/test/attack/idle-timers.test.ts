// A source that falls idle at the very time at which its last watermark makes timers fire.

import { count, defineJob, memorySink, tumbling } from '@sluice/core'
import { expect, it } from 'vitest'
import { EngineJob } from './world/engine-job.ts'
import { polledSource } from './world/polled-source.ts'
import { silentSource } from './world/silent-source.ts'

/** Its last poll says `wait`, as a reader may that learns later that nothing is left. */
function waitingAtItsEnd(records: readonly { readonly at: number; readonly key: number }[]) {
  return polledSource(records, (reader) => ({
    ready: () => new Promise((resolve) => setTimeout(resolve, 50)),
    poll: (batch) => {
      const status = reader.poll(batch)
      return status === 'end' || batch.splitFinished ? 'wait' : status
    },
  }))
}

it('results of windows that fire at that time are not late for what comes behind', async () => {
  const results = memorySink<{ readonly value: { readonly n: number } }>()
  const late = memorySink<unknown>()
  const keys = 2_000
  const definition = defineJob({
    name: 'idle-timers',
    graph: (job) => {
      const eventTime = (item: { readonly at: number }): number => item.at
      const records = Array.from({ length: keys }, (_, key) => ({ at: 10, key }))
      const first = job
        .from('ends', waitingAtItsEnd([...records, { at: 150, key: 0 }]), { eventTime })
        .keyBy((item) => item.key)
        .window(tumbling('100ms'))
        .aggregate('first', { n: count() })
        .map(() => 1)
      const second = job
        .from('ahead', silentSource([{ at: 20 }, { at: 5_000 }]), { eventTime, idleAfter: '1h' })
        .map(() => 2)
        .union(first)
        .keyBy(() => 'all')
        .window(tumbling('1s'))
        .aggregate('second', { n: count() })
      second.to('out', results)
      second.late.to('late', late)
    },
  })
  const job = new EngineJob(definition)
  job.start(1)
  await job.until(() => results.records.length > 0)
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(late.records).toEqual([])
  expect(results.records.map(({ value }) => value.n)).toEqual([keys + 1])
})
