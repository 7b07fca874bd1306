// Sources that wait for each other, on the real engine: how far they drift, that checkpoints go on
// while they wait, and that they are not stuck when one ends, falls silent or restarts.

import {
  type AlignmentOptions,
  defineJob,
  generatorSource,
  memorySink,
  memorySource,
} from '@sluice/core'
import { expect, it } from 'vitest'
import { EngineJob } from '../attack/world/engine-job.ts'
import { silentSource } from '../attack/world/silent-source.ts'

interface Item {
  readonly at: number
  readonly from: string
}

const eventTime = (item: Item): number => item.at
const alignment = { maxDrift: '1s', group: 'all' } as const

/** A millisecond per record, as fast as it goes; a tenth of that of the slow one. */
function quick(count: number) {
  return generatorSource({ count, splits: 1, generate: (at): Item => ({ at, from: 'quick' }) })
}

function slow(count: number) {
  return generatorSource({
    count,
    splits: 1,
    ratePerSecond: 500,
    generate: (index): Item => ({ at: index * 10, from: 'slow' }),
  })
}

/** Notes how far the quick source is ahead of the slow one whenever a record arrives. */
function drifting(how: AlignmentOptions | undefined, name: string) {
  const highest: Record<string, number> = { quick: 0, slow: 0 }
  const seen = { largestDrift: 0, records: 0, highest }
  const out = memorySink<Item>()
  const options = how === undefined ? { eventTime } : { eventTime, alignment: how }
  const definition = defineJob({
    name,
    graph: (job) => {
      job
        .from('quick', quick(10_000), options)
        .union(job.from('slow', slow(1_000), options))
        .map((item) => {
          highest[item.from] = Math.max(highest[item.from] ?? 0, item.at)
          seen.largestDrift = Math.max(
            seen.largestDrift,
            (highest['quick'] as number) - (highest['slow'] as number),
          )
          seen.records++
          return item
        })
        .to('out', out)
    },
  })
  return { job: new EngineJob(definition), seen, out }
}

it('without alignment the quick one is at its end at once', async () => {
  const { job, seen } = drifting(undefined, 'free')
  await job.start(1).done
  expect(seen.largestDrift).toBeGreaterThan(5_000)
})

it('with it nobody is further ahead than allowed, once the others are known', async () => {
  const { job, seen } = drifting(alignment, 'together')
  const run = job.start(1)
  await job.until(() => (seen.highest['quick'] as number) > 1_000)
  await job.untilCheckpoints(2)
  expect(seen.highest['slow'], 'checkpoints go on while one of them waits').toBeLessThan(9_000)
  await job.until(() => (seen.highest['slow'] as number) > 3_000)
  seen.largestDrift = 0
  expect(await run.done).toMatchObject({ outcome: 'finished' })
  expect(seen.records).toBe(11_000)
  // What it may, the batch that takes it beyond, and what the slow one has sent meanwhile.
  expect(seen.largestDrift).toBeLessThan(1_000 + 1_024 + 500)
  expect(seen.largestDrift, 'it is not held up more than needed').toBeGreaterThan(500)
})

it('a restart begins anew, and each record is still there once', async () => {
  const { job, seen, out } = drifting(alignment, 'restarted')
  const run = job.start(1)
  await job.until(() => (seen.highest['slow'] as number) > 1_500)
  await job.untilCheckpoints(2)
  job.killWorker()
  const result = await run.done
  expect(result).toMatchObject({ outcome: 'finished', restarts: 1 })
  expect(new Set(out.records.map(({ at, from }) => `${from} ${at}`)).size).toBe(11_000)
  expect(out.records).toHaveLength(11_000)
})

it('who falls silent or ends holds nobody up', async () => {
  const out = memorySink<Item>()
  const items = (from: string, ...times: number[]) => times.map((at): Item => ({ at, from }))
  const definition = defineJob({
    name: 'silent-aligned',
    graph: (job) => {
      const short = memorySource(items('short', 1, 2))
      const silent = silentSource(items('silent', 5))
      const options = { eventTime, alignment, idleAfter: '200ms' } as const
      job
        .from('long', quick(20_000), options)
        .union(job.from('short', short, options), job.from('silent', silent, options))
        .to('out', out)
    },
  })
  const job = new EngineJob(definition)
  job.start(2)
  await job.until(() => out.records.length === 20_003)
})
