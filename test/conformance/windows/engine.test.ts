import {
  anyOf,
  atEnd,
  consoleSink,
  count,
  countDistinct,
  countWindow,
  cumulative,
  defineJob,
  every,
  generatorSource,
  globalWindow,
  onCount,
  session,
  sliding,
  sum,
  topN,
  tumbling,
  type WindowResult,
} from '@sluice/core'
import { testJob } from '@sluice/testing'
import { describe, expect, test } from 'vitest'

interface Click {
  readonly id: number
  readonly page: string
  readonly at: number
}

const start = Date.UTC(2026, 9, 24, 20)

/** Clicks in order of time, a few minutes to hours apart, over the night with two two o'clocks. */
const clicks: readonly Click[] = Array.from({ length: 240 }, (_, id) => ({
  id,
  page: `page-${(id * 7) % 3}`,
  at: start + id * 180_000 + ((id * 7919) % 170_000) + (id % 31 === 0 ? 9000 : 0),
}))

const source = generatorSource<Click>({ generate: () => clicks[0] as Click })

const job = defineJob({
  name: 'all-windows',
  checkpoint: { every: '1s' },
  graph(graph) {
    const all = graph.from('clicks', source, { eventTime: (click) => click.at }).parallelism(1)
    const keyed = all.keyBy((click) => click.page)
    const ids = (records: readonly Click[]) => records.map(({ id }) => id)
    keyed
      .window(tumbling('1d', { timeZone: 'Europe/Rome', offset: '3h' }))
      .apply('days', (records, { key, window }) => ({ key, window, ids: ids(records) }))
      .to('days-out', consoleSink())
    keyed
      .window(sliding('2h', { every: '20m', timeZone: 'Europe/Rome' }))
      .aggregate('sliding', {
        n: count(),
        total: sum(({ id }) => id),
        top: topN(2, ({ id }) => id),
      })
      .to('sliding-out', consoleSink())
    keyed
      .window(cumulative('4h', { every: '1h' }))
      .aggregate('growing', { n: count(), pages: countDistinct(({ id }) => id % 5) })
      .to('growing-out', consoleSink())
    keyed
      .window(session(({ id }) => (id % 4 === 0 ? '14m' : '9m')))
      .apply('sessions', ids)
      .to('sessions-out', consoleSink())
    keyed
      .window(countWindow(10, { every: 4 }))
      .reduce('lasts', (a, b) => (a.id > b.id ? a : b))
      .to('lasts-out', consoleSink())
    keyed
      .window(globalWindow({ trigger: anyOf(onCount(7), atEnd()), firings: 'discarding' }))
      .apply('sevens', ids)
      .to('sevens-out', consoleSink())
    keyed
      .window(tumbling('3h', { trigger: anyOf(atEnd(), every('1h', { time: 'event' })) }))
      .aggregate('early', count())
      .to('early-out', consoleSink())
    all
      .windowAll(sliding('1h', { every: '15m' }))
      .aggregate('everything', count())
      .to('everything-out', consoleSink())
  },
})

const sinks = ['days', 'sliding', 'growing', 'sessions', 'lasts', 'sevens', 'early', 'everything']

type EarlyResult = WindowResult<string, number>

/** How often a window fires early depends on when watermarks come; its last result does not. */
function lastFirings(results: readonly EarlyResult[]): unknown[] {
  const windows = Map.groupBy(results, ({ key, window }) => `${key} ${window.start}`)
  return [...windows].map(([name, firings]) => {
    return [name, firings.reduce((a, b) => (a.window.firing > b.window.firing ? a : b)).value]
  })
}

async function results(options: Partial<Parameters<typeof testJob>[1]>) {
  const run = await testJob(job, { sources: { clicks }, ...options } as never)
  const rows = sinks.map((name): [string, string[]] => {
    const written = run.sink(`${name}-out`) as readonly unknown[]
    const last = name === 'early' ? lastFirings(written as readonly EarlyResult[]) : written
    return [name, last.map((row) => JSON.stringify(row)).sort()]
  })
  return { rows: Object.fromEntries(rows), restarts: run.restarts }
}

describe('all kinds of windows in one job', () => {
  const calm = results({ parallelism: 1 })

  test('give every record where it belongs', async () => {
    const { rows } = await calm
    const days = (rows['days'] as string[]).map((row) => JSON.parse(row).value.ids as number[])
    expect(days.flat().sort((a, b) => a - b)).toEqual(clicks.map(({ id }) => id))
    const sevens = (rows['sevens'] as string[]).map((row) => JSON.parse(row).value as number[])
    expect(sevens.flat().sort((a, b) => a - b)).toEqual(clicks.map(({ id }) => id))
    const visits = (rows['sessions'] as string[]).map((row) => JSON.parse(row).value as number[])
    expect(visits.flat().sort((a, b) => a - b)).toEqual(clicks.map(({ id }) => id))
    expect(visits.length).toBeGreaterThan(20)
    expect(visits.length).toBeLessThan(200)
    expect(rows['everything']).toHaveLength(new Set(rows['everything']).size)
  })

  test.each([
    { parallelism: 2, crashAfter: 30, seed: 1 },
    { parallelism: 1, crashAfter: 100, seed: 2 },
    { parallelism: 2, crashAfter: 170, seed: 3 },
    { parallelism: 3, crashAfter: 239, seed: 4 },
  ])('give the same when a worker dies: %o', async (options) => {
    const { rows, restarts } = await results(options)
    expect(restarts).toBe(1)
    expect(rows).toEqual((await calm).rows)
  })
})
