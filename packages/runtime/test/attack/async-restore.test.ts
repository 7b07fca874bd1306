// mapAsync with calls under way when a worker dies: what it holds back, records and watermarks,
// must neither be lost nor be late afterwards, wherever its chain ends.

import { count, defineJob, memorySink, memorySource, tumbling } from '@sluice/core'
import { expect, it } from 'vitest'
import { EngineJob } from './world/engine-job.ts'
import { silentSource } from './world/silent-source.ts'

interface Item {
  readonly at: number
}

const items: readonly Item[] = Array.from({ length: 40 }, (_, index) => ({ at: index * 10 }))

interface Counted {
  readonly window: { readonly start: number }
  readonly value: { readonly n: number }
}

/** Counts by windows of 100 ms behind a mapAsync whose calls hang for as long as the test says. */
function windowsBehindAsync(
  hangs: (item: Item) => boolean,
  source: ReturnType<typeof memorySource<Item>> = memorySource(items),
) {
  const results = memorySink<Counted>()
  const late = memorySink<Item>()
  const definition = defineJob({
    name: 'behind-async',
    graph: (job) => {
      const windows = job
        .from('items', source, { eventTime: (item) => item.at })
        .mapAsync(
          'look-up',
          async (item) => (hangs(item) ? await new Promise<Item>(() => {}) : item),
          { concurrency: 100 },
        )
        .keyBy(() => 'all')
        .window(tumbling('100ms'))
        .aggregate('counts', { n: count() })
      windows.to('out', results)
      windows.late.to('late', late)
    },
  })
  return { definition, results, late }
}

const perWindow = (records: readonly Counted[]) =>
  records
    .map(({ window, value }): [number, number] => [window.start, value.n])
    .sort(([a], [b]) => a - b)

for (const parallelism of [1, 2]) {
  it(`records in flight at the end reach their windows, parallelism ${parallelism}`, async () => {
    let hang = true
    const { definition, results, late } = windowsBehindAsync((item) => hang && item.at >= 150)
    const job = new EngineJob(definition)
    const run = job.start(parallelism)
    await job.untilCheckpoints(3)
    hang = false
    job.killWorker()
    expect((await run.done).outcome).toBe('finished')
    expect(late.records).toEqual([])
    expect(perWindow(results.records)).toEqual([
      [0, 10],
      [100, 10],
      [200, 10],
      [300, 10],
    ])
  })
}

it('a watermark held back behind calls in flight is passed on after a restore', async () => {
  let hang = true
  const { definition, results, late } = windowsBehindAsync(
    (item) => hang && item.at >= 150,
    silentSource(items),
  )
  const job = new EngineJob(definition)
  job.start(1)
  await job.until(() => job.run?.status().steps[0]?.recordsIn === items.length)
  await job.untilCheckpoints(2)
  hang = false
  job.killWorker()
  await job.until(() => results.records.length === 3)
  expect(late.records).toEqual([])
})
