// Joins and deduplication through the real engine, with workers that die.

import { consoleSink, defineJob, generatorSource, tumbling } from '@sluice/core'
import { testJob } from '@sluice/testing'
import { describe, expect, it } from 'vitest'

interface Event {
  readonly key: string
  readonly id: number
  readonly at: number
}

const source = generatorSource<Event>({ generate: () => ({ key: '', id: 0, at: 0 }) })
const timing = { eventTime: ({ at }: Event) => at, maxOutOfOrderness: '40ms' } as const

/** In disorder by up to 40 ms, over three keys. */
function events(count: number, salt: number): Event[] {
  return Array.from({ length: count }, (_, id) => ({
    key: `k${(id * salt) % 3}`,
    id,
    at: 10_000 + id * 10 + ((id * salt * 7919) % 41) - 20,
  }))
}

const left = events(200, 3)
const right = events(200, 5)

type Pair = readonly [left: number | undefined, right: number | undefined]
const select = (one: Event | undefined, other: Event | undefined): Pair => [one?.id, other?.id]

const joins = (backend: 'heap' | 'rocksdb') =>
  defineJob({
    name: 'joins',
    state: { backend },
    graph(job) {
      const lefts = job.from('left', source, timing).keyBy(({ key }) => key)
      const rights = job.from('right', source, timing).keyBy(({ key }) => key)
      const full = lefts.join('near', rights, { between: ['-50ms', '20ms'], type: 'full', select })
      full.to('near-pairs', consoleSink())
      full.late.to('late-pairs', consoleSink())
      lefts
        .join('same-window', rights, { window: tumbling('100ms'), type: 'left', select })
        .to('window-pairs', consoleSink())
      lefts
        .temporalJoin('versioned', rights, { type: 'left', select })
        .to('versioned-pairs', consoleSink())
      rights.deduplicate('firsts', { ttl: '500ms', clock: 'event' }).to('firsts-out', consoleSink())
    },
  })

const texts = (pairs: readonly Pair[]) => pairs.map((pair) => JSON.stringify(pair)).sort()

function nearPairs(): Pair[] {
  const pairs = left.flatMap((one) =>
    right
      .filter(({ key, at }) => key === one.key && at - one.at >= -50 && at - one.at <= 20)
      .map((other): Pair => [one.id, other.id]),
  )
  const lefts = new Set(pairs.map(([id]) => id))
  const rights = new Set(pairs.map(([, id]) => id))
  return [
    ...pairs,
    ...left.filter(({ id }) => !lefts.has(id)).map(({ id }): Pair => [id, undefined]),
    ...right.filter(({ id }) => !rights.has(id)).map(({ id }): Pair => [undefined, id]),
  ]
}

function windowPairs(): Pair[] {
  const start = ({ at }: Event) => Math.floor(at / 100)
  return left.flatMap((one): Pair[] => {
    const others = right.filter((other) => other.key === one.key && start(other) === start(one))
    return others.length === 0
      ? [[one.id, undefined]]
      : others.map((other): Pair => [one.id, other.id])
  })
}

function versionedPairs(): Pair[] {
  return left.map((one): Pair => {
    const version = right
      .filter(({ key, at }) => key === one.key && at <= one.at)
      .sort((a, b) => a.at - b.at)
      .at(-1)
    return [one.id, version?.id]
  })
}

describe.each([
  [1, 'heap'],
  [2, 'heap'],
  [2, 'rocksdb'],
] as const)('at parallelism %d, on %s', (parallelism, backend) => {
  it.each([undefined, 1, 100, 250, 399])(
    'all joins are exact, crash after %s',
    async (crashAfter) => {
      const run = await testJob(joins(backend), {
        sources: { left, right },
        parallelism,
        seed: 7 + (crashAfter ?? 0),
        ...(crashAfter === undefined ? {} : { crashAfter }),
      })
      expect(texts(run.sink<Pair>('near-pairs'))).toEqual(texts(nearPairs()))
      expect(run.sink('late-pairs')).toEqual([])
      expect(texts(run.sink<Pair>('window-pairs'))).toEqual(texts(windowPairs()))
      expect(texts(run.sink<Pair>('versioned-pairs'))).toEqual(texts(versionedPairs()))
      const firsts = run.sink<Event>('firsts-out')
      for (const key of ['k0', 'k1', 'k2']) {
        const times = firsts.filter((event) => event.key === key).map(({ at }) => at)
        expect(times).toHaveLength(4)
        for (const [i, at] of times.sort((a, b) => a - b).entries()) {
          if (i > 0) expect(at - (times[i - 1] ?? 0)).toBeGreaterThanOrEqual(500)
        }
      }
      expect(run.restarts).toBe(crashAfter === undefined ? 0 : 1)
    },
  )
})
