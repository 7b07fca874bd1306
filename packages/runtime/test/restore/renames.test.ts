// A whole job under new names: source, keyed steps, mapAsync and sink, each of them renamed while
// calls are in flight and results are prepared. It goes on as if nothing had happened.

import { counter, defineJob, type Emit, generatorSource, memorySink } from '@sluice/core'
import { expect, test } from 'vitest'
import { EngineJob } from '../attack/world/engine-job.ts'

const records = 3_000
const keys = 11

interface Item {
  readonly id: number
  readonly key: number
  readonly at: number
}

interface Names {
  readonly items: string
  readonly lookUp: string
  readonly seen: string
  readonly out: string
}

const before: Names = { items: 'items', lookUp: 'look-up', seen: 'seen', out: 'out' }
const after: Names = { items: 'orders', lookUp: 'enrich', seen: 'history', out: 'results' }

async function lookUp(item: Item): Promise<Item> {
  await new Promise((resolve) => setTimeout(resolve, 6))
  return item
}

function jobWith(names: Names, former: Names | undefined, results: ReturnType<typeof memorySink>) {
  const from = (step: keyof Names) => (former === undefined ? {} : { renamedFrom: former[step] })
  return defineJob({
    name: 'renamed',
    graph(job) {
      const source = generatorSource({
        generate: (id): Item => ({ id, key: id % keys, at: id }),
        count: records,
        ratePerSecond: 3_000,
        splits: 3,
      })
      job
        .from(names.items, source, { eventTime: (item) => item.at, ...from('items') })
        .mapAsync(names.lookUp, lookUp, { concurrency: 64, ...from('lookUp') })
        .keyBy((item) => item.key)
        .process(
          names.seen,
          {
            state: { seen: counter() },
            onRecord(item, { state, timers }, emit: Emit<readonly [string, number]>) {
              const nth = state.seen.get() + 1
              state.seen.set(nth)
              if (nth === 1) timers.atEventTime(1e9)
              emit([`${item.key}`, nth])
            },
            onTimer(_timer, { state, key }, emit: Emit<readonly [string, number]>) {
              emit([`${key} in all`, state.seen.get()])
            },
          },
          from('seen'),
        )
        .to(names.out, results, from('out'))
    },
  })
}

test.each([
  ['stopped', 1, 2],
  ['cancelled', 2, 1],
] as const)('all names change after a run that was %s', async (outcome, first, second) => {
  const results = memorySink()
  const job = new EngineJob(jobWith(before, undefined, results))
  const run = job.start(first)
  await job.untilCheckpoints(2)
  job.killWorker()
  await job.untilCheckpoints(2)
  if (outcome === 'stopped') run.stop()
  else run.cancel()
  expect((await run.done).outcome).toBe(outcome)
  expect(results.records.length).toBeLessThan(records)

  const renamed = new EngineJob(jobWith(after, before, results))
  const place = { checkpoint: { storage: job.folder } }
  const goesOn = renamed.start(second, place)
  await renamed.untilCheckpoints(2)
  renamed.killWorker()
  expect((await goesOn.done).outcome).toBe('finished')

  const expected = Array.from({ length: keys }, (_, key) => {
    const total = Math.ceil((records - key) / keys)
    const each = Array.from({ length: total }, (_, at) => `${key} ${at + 1}`)
    return [...each, `${key} in all ${total}`]
  }).flat()
  const found = results.records.map((record) => (record as unknown[]).join(' '))
  expect(found.toSorted()).toEqual(expected.toSorted())
})
