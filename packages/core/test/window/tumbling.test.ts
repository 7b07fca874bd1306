import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aggregator, count, sum } from '../../src/aggregate/aggregator.ts'
import { tumbling, type TumblingWindow } from '../../src/window/definition/tumbling.ts'
import type { WindowResult } from '../../src/stream/windowed-stream.ts'
import type { FakeHost } from '../operator/fake-host.ts'
import { aggregating } from './opened-window.ts'

interface Order {
  readonly id: number
  readonly shop: string
  readonly cents: number
}

const shopOf = (order: unknown) => (order as Order).shop

function opened(window: TumblingWindow): FakeHost {
  const aggregates = { orders: count(), cents: sum((order: Order) => order.cents) }
  return aggregating(window, aggregates, shopOf)
}

function order(shop: string, cents: number, id = 0): Order {
  return { id, shop, cents }
}

describe('a tumbling window', () => {
  test('gives one result per key when the watermark reaches its last millisecond', () => {
    const host = opened(tumbling('1m'))
    host.record(order('rome', 500), 1_000)
    host.record(order('oslo', 999), 2_000)
    host.record(order('rome', 250), 59_999)
    host.record(order('rome', 7), 60_000)
    host.watermark(59_998)
    expect(host.emitted).toEqual([])
    host.watermark(59_999)
    const window = { start: 0, end: 60_000, firing: 0 }
    expect(host.emitted).toEqual([
      {
        value: { key: 'rome', window, value: { orders: 2, cents: 750 } },
        timestamp: 59_999,
        output: 0,
      },
      {
        value: { key: 'oslo', window, value: { orders: 1, cents: 999 } },
        timestamp: 59_999,
        output: 0,
      },
    ])
    host.watermark(Number.POSITIVE_INFINITY)
    expect(host.emitted).toHaveLength(3)
    expect(host.entriesStored).toBe(0)
    expect(host.timersWaiting).toBe(0)
  })

  test('sends what comes after the allowed lateness to the late output, as it was', () => {
    const host = opened(tumbling('1m'))
    host.watermark(59_999)
    const late = order('rome', 1)
    host.record(late, 30_000)
    expect(host.emitted).toEqual([{ value: late, timestamp: 30_000, output: 1 }])
    expect(host.emitted[0]?.value).toBe(late)
    expect(host.entriesStored).toBe(0)
  })

  test('fires again at once for each record that is late but allowed, counting its firings', () => {
    const host = opened(tumbling('1m', { allowedLateness: '30s' }))
    host.record(order('rome', 1), 0)
    host.watermark(59_999)
    host.record(order('rome', 10), 5)
    host.record(order('rome', 100), 6)
    host.watermark(89_998)
    host.record(order('rome', 1000), 7)
    host.watermark(89_999)
    host.record(order('rome', 10_000), 8)
    const results = host.emitted.filter(({ output }) => output === 0)
    const seen = results.map(({ value }) => value as WindowResult<string, { cents: number }>)
    expect(seen.map(({ window }) => window.firing)).toEqual([0, 1, 2, 3])
    expect(seen.map(({ value }) => value.cents)).toEqual([1, 11, 111, 1111])
    expect(host.emitted.filter(({ output }) => output === 1)).toHaveLength(1)
    expect(host.entriesStored).toBe(0)
    expect(host.timersWaiting).toBe(0)
  })

  test('begins with a record that is late but allowed, and ends all the same', () => {
    const host = opened(tumbling('1m', { allowedLateness: '30s' }))
    host.watermark(70_000)
    host.record(order('rome', 1), 0)
    expect(host.emitted).toHaveLength(1)
    host.watermark(89_999)
    expect(host.emitted).toHaveLength(1)
    expect(host.entriesStored).toBe(0)
  })

  test('lies right before 1970, and with an offset', () => {
    const host = opened(tumbling('1h', { offset: '15m' }))
    host.record(order('rome', 1), -1)
    host.record(order('rome', 1), -2_700_001)
    host.record(order('rome', 1), -2_700_000)
    host.watermark(Number.POSITIVE_INFINITY)
    const windows = host.emitted.map(({ value }) => value as WindowResult<string, unknown>)
    expect(windows.map(({ window }) => window)).toEqual([
      { start: -6_300_000, end: -2_700_000, firing: 0 },
      { start: -2_700_000, end: 900_000, firing: 0 },
    ])
  })

  test('refuses a record without a time', () => {
    const host = opened(tumbling('1m'))
    for (const time of [Number.NEGATIVE_INFINITY, NaN]) {
      expect(() => host.record(order('rome', 1), time)).toThrow(
        expect.objectContaining({ code: 'TIMESTAMP_INVALID' }),
      )
    }
  })

  test('keeps its state until the new end when the lateness was lengthened in between', () => {
    const window = tumbling('1m', { allowedLateness: '1m' })
    const host = aggregating(window, count(), shopOf)
    host.record(order('rome', 1), 0)
    host.setKey('rome')
    host.setNamespace(0)
    host.timers.setEventTime(89_999)
    host.timers.deleteEventTime(119_999)
    host.watermark(89_999)
    expect(host.entriesStored).toBe(1)
    host.watermark(119_999)
    expect(host.entriesStored).toBe(0)
  })
})

test('a window that fired fires again when a restore has taken the watermark back', () => {
  const host = opened(tumbling('1m', { allowedLateness: '30s' }))
  host.record(order('rome', 1), 0)
  host.watermark(60_000)
  host.watermark(50_000)
  host.record(order('rome', 10), 5)
  expect(host.emitted).toHaveLength(1)
  host.watermark(60_000)
  const results = host.emitted.map(({ value }) => value as WindowResult<string, { cents: number }>)
  expect(results.map(({ value }) => value.cents)).toEqual([1, 11])
})

interface Event {
  readonly shop: string
  readonly at: number
  readonly watermark: number | undefined
}

/** What the operator should do, from the definition: a list of records per key and window. */
function naive(events: readonly Event[], sizeMs: number, latenessMs: number, offsetMs: number) {
  const windows = new Map<string, { start: number; shop: string; ids: number[]; firings: number }>()
  const firings: string[] = []
  const late: number[] = []
  let watermark = Number.NEGATIVE_INFINITY
  const fire = (window: { start: number; shop: string; ids: number[]; firings: number }) => {
    firings.push(JSON.stringify([window.shop, window.start, window.firings++, window.ids]))
  }
  for (const [id, event] of [...events, end].entries()) {
    if (event.watermark !== undefined && event.watermark > watermark) {
      const before = watermark
      watermark = event.watermark
      for (const window of windows.values()) {
        const last = window.start + sizeMs - 1
        if (last > before && last <= watermark) fire(window)
      }
    }
    if (event === end) break
    const start = Math.floor((event.at - offsetMs) / sizeMs) * sizeMs + offsetMs
    if (start + sizeMs - 1 + latenessMs <= watermark) {
      late.push(id)
      continue
    }
    const name = `${event.shop}/${start}`
    const window = windows.get(name) ?? { start, shop: event.shop, ids: [], firings: 0 }
    windows.set(name, window)
    window.ids.push(id)
    if (start + sizeMs - 1 <= watermark) fire(window)
  }
  return { firings: firings.sort(), late }
}

const end: Event = { shop: '', at: 0, watermark: Number.POSITIVE_INFINITY }

test('windows and late records are what a naive evaluator finds', () => {
  const event = fc.record({
    shop: fc.constantFrom('a', 'b'),
    at: fc.integer({ min: -60, max: 60 }),
    watermark: fc.option(fc.integer({ min: -70, max: 70 }), { nil: undefined, freq: 3 }),
  })
  const ids = aggregator({
    create: (): readonly number[] => [],
    add: (seen: readonly number[], order: Order) => [...seen, order.id],
    result: (seen) => seen,
  })
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 60 }),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 0, max: 40 }),
      fc.nat(),
      (events, sizeMs, latenessMs, draw) => {
        const offsetMs = draw % sizeMs
        const window = tumbling(`${sizeMs}ms`, {
          offset: `${offsetMs}ms`,
          allowedLateness: `${latenessMs}ms`,
        })
        const host = aggregating(window, ids, shopOf)
        for (const [id, { shop, at, watermark }] of events.entries()) {
          if (watermark !== undefined && watermark > host.currentWatermark()) {
            host.watermark(watermark)
          }
          host.record(order(shop, 0, id), at)
        }
        host.watermark(Number.POSITIVE_INFINITY)
        const main = host.emitted.filter(({ output }) => output === 0)
        const firings = main.map(({ value }) => {
          const { key, window, value: seen } = value as WindowResult<string, number[]>
          return JSON.stringify([key, window.start, window.firing, seen])
        })
        const late = host.emitted.filter(({ output }) => output === 1)
        const lateIds = late.map(({ value }) => (value as Order).id)
        expect({ firings: firings.sort(), late: lateIds }).toEqual(
          naive(events, sizeMs, latenessMs, offsetMs),
        )
        expect(host.entriesStored + host.timersWaiting).toBe(0)
      },
    ),
    { numRuns: 500 },
  )
})
