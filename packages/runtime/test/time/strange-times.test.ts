// Times that are none, and times that are far away, through the whole engine.

import { count, defineJob, type Emit, memorySink, memorySource, tumbling } from '@sluice/core'
import { expect, it } from 'vitest'
import { EngineJob } from '../attack/world/engine-job.ts'

interface Item {
  readonly id: number
  readonly at: number
}

const never = { restart: { strategy: 'none' } } as const
const year50000 = Date.UTC(50_000, 0)

function windowed(items: readonly Item[]) {
  const out = memorySink<{ window: { start: number }; value: { n: number } }>()
  const late = memorySink<Item>()
  const definition = defineJob({
    name: 'strange-times',
    graph: (job) => {
      const windows = job
        .from('items', memorySource(items), { eventTime: (item) => item.at })
        .keyBy(() => 'all')
        .window(tumbling('1s'))
        .aggregate('counts', { n: count() })
      windows.to('out', out)
      windows.late.to('late', late)
    },
  })
  return { job: new EngineJob(definition), out, late }
}

it.each([[Number.NaN], [year50000], [-year50000], ['tomorrow'], [undefined]])(
  'an event time of %s ends the job and says where and why',
  async (at) => {
    const { job, out } = windowed([
      { id: 1, at: 5 },
      { id: 2, at: at as number },
      { id: 3, at: 6 },
    ])
    const { error } = await job.start(1, never).done
    expect(error).toMatchObject({
      code: 'TIMESTAMP_INVALID',
      where: { step: 'items' },
      message: expect.stringMatching(/^An event time cannot be .*The record: .*"id":2/),
    })
    expect(out.records).toEqual([])
  },
)

it('a time in microseconds is told to be one', async () => {
  const now = Date.UTC(2026, 0, 1)
  const { job } = windowed([{ id: 1, at: now * 1000 }])
  const { error } = await job.start(1, never).done
  expect(error?.message).toMatch('which is in the year 57971')
  expect(error?.hint).toMatch('microseconds')
})

it('times before 1970 fall into their windows', async () => {
  const { job, out, late } = windowed([-1, -1000, -1001, 0].map((at, id) => ({ id, at: at + 2 })))
  await job.start(2, never).done
  const counts = out.records.map(({ window, value }) => [window.start, value.n])
  expect([counts.toSorted(([a = 0], [b = 0]) => a - b), late.records]).toEqual([
    [
      [-1000, 2],
      [0, 2],
    ],
    [],
  ])
})

function timers(set: (at: (time: number) => void, atClock: (time: number) => void) => void) {
  const out = memorySink<number>()
  const definition = defineJob({
    name: 'strange-timers',
    graph: (job) => {
      job
        .from('items', memorySource([{ id: 7, at: 1 }]), { eventTime: (item) => item.at })
        .keyBy((item) => item.id)
        .process('timers', {
          onRecord: (_, { timers: { atEventTime, atProcessingTime } }) =>
            set(atEventTime, atProcessingTime),
          onTimer: ({ at }, _, emit: Emit<number>) => emit(at),
        })
        .to('out', out)
    },
  })
  return { job: new EngineJob(definition), out }
}

it.each([[Number.NaN], [Number.POSITIVE_INFINITY], ['soon' as never], [undefined as never]])(
  'a timer for %s ends the job and shows the record',
  async (time) => {
    for (const clock of [0, 1]) {
      const { job } = timers((...set) => set[clock]?.(time))
      const { error } = await job.start(1, never).done
      expect(error).toMatchObject({
        code: 'TIMESTAMP_INVALID',
        where: { step: 'timers' },
        message: expect.stringMatching(/The record: {"id":7,/),
      })
    }
  },
)

it('event timers of long ago and of far away fire by the end, in order', async () => {
  const { job, out } = timers((at) => [year50000, -5, 3, -year50000].forEach((time) => at(time)))
  expect(await job.start(1, never).done).toMatchObject({ outcome: 'finished' })
  expect(out.records).toEqual([-year50000, -5, 3, year50000])
})

it('a timer of the clock that is far away lets the job end and keeps nobody busy', async () => {
  const { job, out } = timers((_, atClock) => [year50000, -5].forEach((time) => atClock(time)))
  let turns = 0
  job.onTurn = () => {
    turns += 1
  }
  expect(await job.start(1, never).done).toMatchObject({ outcome: 'finished' })
  expect(out.records.filter((at) => at > 0)).toEqual([])
  expect(turns).toBeLessThan(1000)
})
