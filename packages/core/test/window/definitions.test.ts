import { describe, expect, test } from 'vitest'
import { aggregator, count } from '../../src/aggregate/aggregator.ts'
import { memorySource } from '../../src/builtin/memory-source.ts'
import type { Job } from '../../src/job/job-options.ts'
import { countWindow, globalWindow } from '../../src/window/definition/counted.ts'
import { session } from '../../src/window/definition/session.ts'
import { cumulative, sliding } from '../../src/window/definition/sliding.ts'
import { tumbling } from '../../src/window/definition/tumbling.ts'
import {
  allOf,
  anyOf,
  atEnd,
  early,
  every,
  onCount,
  triggerText,
} from '../../src/window/trigger/trigger.ts'
import { anySink, build, errorOf, ordersOf } from '../stream/small-job.ts'
import { aggregating } from './opened-window.ts'

const none = undefined as never

describe('what is no window is refused with a code and a hint', () => {
  test.each<[string, string, () => unknown]>([
    ['no length', 'DURATION_INVALID', () => tumbling('soon' as never)],
    ['a length of nothing', 'SETTING_INVALID', () => tumbling('0s')],
    ['a step of nothing', 'SETTING_INVALID', () => sliding('1m', { every: '0s' })],
    ['no step', 'DURATION_INVALID', () => sliding('1m', none)],
    ['an offset as long as the window', 'SETTING_INVALID', () => tumbling('1m', { offset: '1m' })],
    ['a zone that is none', 'SETTING_INVALID', () => tumbling('1d', { timeZone: 'Mars/Base' })],
    ['a clock that is none', 'SETTING_INVALID', () => tumbling('1d', { time: 'lunar' as never })],
    [
      'lateness by the clock of the machine',
      'SETTING_INVALID',
      () => tumbling('1m', { time: 'processing', allowedLateness: '1s' }),
    ],
    [
      'a trigger of event time in a window without',
      'SETTING_INVALID',
      () => tumbling('1m', { time: 'processing', trigger: early('1s', { time: 'event' }) }),
    ],
    ['too many panes', 'SETTING_INVALID', () => sliding('30d', { every: '1s' })],
    ['steps that do not fit', 'SETTING_INVALID', () => cumulative('1h', { every: '7m' })],
    ['a gap of nothing', 'SETTING_INVALID', () => session('0ms')],
    ['a global window without trigger', 'SETTING_INVALID', () => globalWindow(none)],
    ['firings of a new kind', 'SETTING_INVALID', () => tumbling('1m', { firings: 'all' as never })],
    ['a count of none', 'SETTING_INVALID', () => countWindow(0)],
    ['a count of half', 'SETTING_INVALID', () => countWindow(10, { every: 0.5 })],
    ['too many panes of records', 'SETTING_INVALID', () => countWindow(99_991, { every: 7 })],
    ['an interval of nothing', 'SETTING_INVALID', () => every('0s')],
    ['a trigger of no records', 'SETTING_INVALID', () => onCount(0)],
    ['any of nothing', 'SETTING_INVALID', () => anyOf(...([] as never as [never]))],
    ['all of something else', 'SETTING_INVALID', () => allOf('10s' as never)],
  ])('%s', (_, code, make) => {
    const error = errorOf(make)
    expect(error).toMatchObject({ code })
    expect((error as Error).message).toMatch(/\.$/)
  })
})

describe('a session whose gap depends on the record', () => {
  test.each([['soon'], ['0s'], [undefined], [5]])('refuses %s', (gap) => {
    const host = aggregating(
      session(() => gap as never),
      count(),
      () => 'a',
    )
    expect(() => host.record({}, 0)).toThrow(expect.objectContaining({ code: 'DURATION_INVALID' }))
  })

  test('refuses times that are none', () => {
    const host = aggregating(session('1m'), count(), () => 'a')
    for (const at of [NaN, Infinity, 9e15]) {
      const error = expect.objectContaining({ code: 'TIMESTAMP_INVALID' })
      expect(() => host.record({}, at)).toThrow(error)
    }
  })
})

test('records between two windows are counted', () => {
  const plain = sliding('1s', { every: '3s' })
  const triggered = sliding('1s', { every: '3s', trigger: onCount(1) })
  for (const window of [plain, triggered]) {
    const host = aggregating(window, count(), () => 'a')
    for (const at of [0, 999, 1000, 2999, 3000]) host.record({}, at)
    expect(host.counted.get('records-between-windows')).toBe(2)
  }
})

test('late records are counted', () => {
  const host = aggregating(tumbling('1s'), count(), () => 'a')
  host.watermark(999)
  host.record({}, 0)
  expect(host.counted.get('late-records')).toBe(1)
})

test('a trigger says what it is', () => {
  const trigger = anyOf(atEnd(), allOf(every('90s'), onCount(5)))
  expect(triggerText(trigger)).toBe(
    'any of (at end, all of (every 90s of processing time, on count 5))',
  )
})

describe('in a job', () => {
  const unmergeable = aggregator({ create: () => 0, add: (n: number) => n, result: (n) => n })

  test.each([
    ['sliding', sliding('1h', { every: '5m' })],
    ['cumulative', cumulative('1h', { every: '5m' })],
    ['session', session('1h')],
    ['count', countWindow(10, { every: 2 })],
  ])('a %s window refuses aggregates without merge', (_, window) => {
    const graph = (job: Job) => {
      const keyed = ordersOf(job).keyBy((order) => order.shop)
      keyed
        .window(window)
        .aggregate('w', { unmergeable } as never)
        .to('out', anySink())
    }
    expect(errorOf(() => build(graph))).toMatchObject({
      code: 'JOB_INVALID',
      message: expect.stringContaining('unmergeable'),
      hint: expect.stringContaining('merge'),
    })
  })

  const timeless = (window: never) => (job: Job) => {
    const orders = job.from('orders', memorySource<{ shop: string }>([]))
    const keyed = orders.keyBy((order) => order.shop)
    keyed.window<never>(window).aggregate('w', count()).to('out', anySink())
  }

  test.each<[string, unknown]>([
    ['a tumbling window', tumbling('1m')],
    ['a session', session('1m')],
    ['a global window until the end', globalWindow({ trigger: anyOf(atEnd(), onCount(2)) })],
    ['a global window every so often', globalWindow({ trigger: every('1s', { time: 'event' }) })],
  ])('%s needs event time', (_, window) => {
    expect(errorOf(() => build(timeless(window as never)))).toMatchObject({ code: 'JOB_INVALID' })
  })

  test.each<[string, unknown]>([
    ['a tumbling window of the machine', tumbling('1m', { time: 'processing' })],
    ['a count window', countWindow(3)],
    ['a global window with a count', globalWindow({ trigger: onCount(2) })],
    ['a global window by the clock', globalWindow({ trigger: every('1s') })],
  ])('%s does not', (_, window) => {
    expect(build(timeless(window as never)).graph.steps).toHaveLength(4)
  })

  test('what reduce and apply take must be functions', () => {
    for (const method of ['reduce', 'apply'] as const) {
      const graph = (job: Job) => {
        const windows = ordersOf(job)
          .keyBy((order) => order.shop)
          .window(tumbling('1m'))
        windows[method]('w', 'a + b' as never).to('out', anySink())
      }
      expect(errorOf(() => build(graph))).toMatchObject({ code: 'JOB_INVALID' })
    }
  })

  test('windowAll is computed by one subtask, which cannot be changed', () => {
    const { graph } = build((job) => {
      ordersOf(job).windowAll(tumbling('1m')).aggregate('all', count()).to('out', anySink())
    })
    expect(graph.steps.find(({ id }) => id === 'all')).toMatchObject({ parallelism: 1 })
    const change = (job: Job) => {
      ordersOf(job).windowAll(tumbling('1m')).aggregate('all', count()).parallelism(2)
    }
    expect(errorOf(() => build(change))).toMatchObject({ code: 'JOB_INVALID' })
  })

  test('what state depends on is said, and what may change is not', () => {
    const shapeOf = (window: never) => {
      const { graph } = build((job) => {
        const keyed = ordersOf(job).keyBy((order) => order.shop)
        keyed.window<never>(window).aggregate('w', count()).to('out', anySink())
      })
      return graph.steps.find(({ id }) => id === 'w')?.operator?.stateShape
    }
    expect(shapeOf(tumbling('1m', { allowedLateness: '9s' }) as never)).toEqual({
      window: 'tumbling',
      sizeMs: 60_000,
      offsetMs: 0,
      aggregates: ['count'],
    })
    const three = tumbling('1m', { trigger: anyOf(atEnd(), onCount(3)) })
    const four = tumbling('1m', { trigger: anyOf(atEnd(), onCount(4)) })
    expect(shapeOf(three as never)).toEqual(shapeOf(four as never))
    expect(shapeOf(three as never)).not.toEqual(shapeOf(tumbling('1m') as never))
    expect(shapeOf(session('1m') as never)).toEqual(shapeOf(session('2m') as never))
    expect(shapeOf(session('1m', { time: 'processing' }) as never)).not.toEqual(
      shapeOf(session('1m') as never),
    )
    expect(shapeOf(tumbling('1d', { timeZone: 'Europe/Rome' }) as never)).toMatchObject({
      timeZone: 'Europe/Rome',
    })
  })
})
