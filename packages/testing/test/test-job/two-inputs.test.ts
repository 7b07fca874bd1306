// Steps with two inputs through the real engine, with workers that die.

import {
  broadcastState,
  consoleSink,
  counter,
  defineJob,
  type Emit,
  generatorSource,
} from '@sluice/core'
import { testJob } from '@sluice/testing'
import { describe, expect, it } from 'vitest'

interface Event {
  readonly key: string
  readonly n: number
  readonly at: number
}

const source = generatorSource<Event>({ generate: () => ({ key: '', n: 0, at: 0 }) })

function events(count: number, keys: number, first = 0): Event[] {
  return Array.from({ length: count }, (_, i) => ({
    key: `k${i % keys}`,
    n: first + i,
    at: 1000 + i,
  }))
}

const both = defineJob({
  name: 'both',
  graph(job) {
    const left = job.from('left', source, { eventTime: ({ at }) => at })
    const right = job.from('right', source, { eventTime: ({ at }) => at })
    left
      .keyBy(({ key }) => key)
      .connect(right.keyBy(({ key }) => key))
      .process('sums', {
        state: { left: counter(), right: counter() },
        onLeft({ n, at }, { state, timers }) {
          state.left.set(state.left.get() + n)
          timers.atEventTime(at - (at % 1000) + 100_000)
        },
        onRight({ n }, { state }) {
          state.right.set(state.right.get() + n)
        },
        onTimer({ key, at }, { state }, emit: Emit<unknown>) {
          emit([key, at, state.left.get(), state.right.get()])
        },
      })
      .to('out', consoleSink())
  },
})

describe.each([1, 2])('at parallelism %d', (parallelism) => {
  it.each([undefined, 40, 300, 555])(
    'two streams share state, crash after %s',
    async (crashAfter) => {
      const feeds = { left: events(300, 7), right: events(300, 11, 5) }
      const sums = (feed: readonly Event[], key: string) =>
        feed.filter((event) => event.key === key).reduce((sum, { n }) => sum + n, 0)
      const run = await testJob(both, {
        sources: feeds,
        parallelism,
        seed: parallelism + (crashAfter ?? 0),
        ...(crashAfter === undefined ? {} : { crashAfter }),
      })
      const seen = run.sink<[string, number, number, number]>('out')
      const expected = Array.from({ length: 7 }, (_, i) => {
        return [`k${i}`, 101_000, sums(feeds.left, `k${i}`), sums(feeds.right, `k${i}`)]
      })
      expect(seen.toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(expected)
      expect(run.restarts).toBe(crashAfter === undefined ? 0 : 1)
    },
  )

  it('a stream joined with itself gets each record on both sides', async () => {
    const job = defineJob({
      name: 'twice',
      graph(job) {
        const keyed = job.from('left', source).keyBy(({ key }) => key)
        keyed
          .connect(keyed)
          .process('sides', {
            onLeft: ({ n }, _context, emit: Emit<string>) => emit(`left ${n}`),
            onRight: ({ n }, _context, emit) => emit(`right ${n}`),
          })
          .to('out', consoleSink())
      },
    })
    const left = events(50, 3)
    const run = await testJob(job, { sources: { left }, parallelism, crashAfter: 20 })
    const expected = left.flatMap(({ n }) => [`left ${n}`, `right ${n}`])
    expect([...run.sink<string>('out')].sort()).toEqual(expected.sort())
  })

  it.each([undefined, 30, 60])(
    'every subtask knows the rules, crash after %s',
    async (crashAfter) => {
      const job = defineJob({
        name: 'ruled',
        graph(job) {
          const rules = job.from('rules', source, { eventTime: ({ at }) => at })
          const asked = job
            .from('asked', source, { eventTime: ({ at }) => at })
            .keyBy(({ key }) => key)
          asked
            .connect(rules.broadcast())
            .process('all-rules', {
              broadcast: { rules: broadcastState<number, Map<string, bigint>>() },
              onBroadcast({ n }, { broadcast }) {
                broadcast.rules.set(n, new Map([['n', BigInt(n)]]))
              },
              onRecord(_event, { timers }) {
                timers.atEventTime(1_000_000)
              },
              onTimer({ key }, { broadcast }, emit: Emit<unknown>) {
                const sum = [...broadcast.rules.values()].reduce((all, rule) => {
                  return all + (rule.get('n') ?? 0n)
                }, 0n)
                emit([key, broadcast.rules.size, sum])
              },
            })
            .to('out', consoleSink())
        },
      })
      const run = await testJob(job, {
        sources: { rules: events(40, 5), asked: events(40, 9) },
        parallelism,
        ...(crashAfter === undefined ? {} : { crashAfter }),
      })
      const seen = run.sink<[string, number, bigint]>('out')
      expect(seen.toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(
        Array.from({ length: 9 }, (_, i) => [`k${i}`, 40, 780n]),
      )
    },
  )

  it('an unkeyed stream sees rules too, and its own records are dealt out once', async () => {
    const job = defineJob({
      name: 'unkeyed',
      graph(job) {
        const rules = job.from('rules', source)
        job
          .from('asked', source)
          .connect(rules.broadcast())
          .process('known', {
            broadcast: { rules: broadcastState<string, number>() },
            onBroadcast: ({ key, n }, { broadcast }) => broadcast.rules.set(key, n),
            onRecord({ n }, { broadcast }, emit: Emit<unknown>) {
              emit([n, broadcast.rules.size <= 5])
            },
          })
          .to('out', consoleSink())
      },
    })
    const asked = events(60, 9)
    const sources = { rules: events(40, 5), asked }
    const run = await testJob(job, { sources, parallelism, crashAfter: 50 })
    const seen = run.sink<[number, boolean]>('out')
    const expected = asked.map(({ n }) => [n, true])
    expect(seen.toSorted(([a], [b]) => a - b)).toEqual(expected)
  })
})
