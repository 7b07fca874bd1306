// What comes too late is counted by its step, also where nobody reads `.late`.

import { count, defineJob, type MemorySink, memorySink, tumbling } from '@sluice/core'
import { expect, it } from 'vitest'
import { EngineJob } from '../attack/world/engine-job.ts'
import { pollAtMost, polledSource } from '../attack/world/polled-source.ts'

interface Item {
  readonly id: string
  readonly at: number
}

/** The last two are behind the watermark that the third one gives, and the fourth one brings. */
const items: readonly Item[] = [
  { id: 'a', at: 1 },
  { id: 'b', at: 2 },
  { id: 'c', at: 100_000 },
  { id: 'd', at: 100_001 },
  { id: 'e', at: 3 },
  { id: 'f', at: 4 },
]

/** One record at a time, so that a watermark comes between any two. */
const onePerBatch = polledSource(items, (reader) => ({
  poll: (batch) => pollAtMost(reader, batch, 1),
}))

it('late records are counted, by windows, joins and deduplication', async () => {
  const sinks = Array.from({ length: 5 }, () => memorySink<unknown>())
  const definition = defineJob({
    name: 'late-records',
    graph(job) {
      const all = job.from('items', onePerBatch, { eventTime: (item) => item.at })
      const keyed = all.keyBy(() => 'all')
      keyed
        .window(tumbling('1s'))
        .aggregate('window', count())
        .to('window-out', sinks[0] as MemorySink<unknown>)
      keyed
        .join('interval', keyed, { within: '1s', select: (left) => left.id })
        .to('interval-out', sinks[1] as MemorySink<unknown>)
      keyed
        .join('in-window', keyed, { window: tumbling('1s'), select: (left) => left.id })
        .to('in-window-out', sinks[2] as MemorySink<unknown>)
      keyed
        .temporalJoin('versions', keyed, { type: 'left', select: (left) => left.id })
        .to('versions-out', sinks[3] as MemorySink<unknown>)
      all
        .keyBy(({ id }) => id)
        .deduplicate('once', { ttl: '1s', clock: 'event' })
        .to('once-out', sinks[4] as MemorySink<unknown>)
    },
  })
  const run = new EngineJob(definition).start(1)
  const { outcome, error } = await run.done
  expect(outcome, String(error)).toBe('finished')
  const late = Object.fromEntries(run.status().steps.map((step) => [step.step, step.lateRecords]))
  expect(late).toMatchObject({ window: 2, interval: 4, 'in-window': 4, versions: 4, once: 2 })
})
