import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { wallClock } from '../../src/window/calendar/wall-clock.ts'
import { cumulative, sliding } from '../../src/window/definition/sliding.ts'
import { tumbling } from '../../src/window/definition/tumbling.ts'
import { WindowGrid } from '../../src/window/grid.ts'
import { LATEST_TIME_MS } from '../../src/window/window.ts'

const DAY_MS = 86_400_000
const zones = fc.constantFrom(
  'Europe/Rome',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Pacific/Apia',
  'Africa/Casablanca',
)
const instants = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2030, 0, 1) })

/** An instant near one at which the clocks of a zone change. */
const nearChanges = instants.map((instant) => {
  const sunday = instant - (instant % (7 * DAY_MS)) + 3 * DAY_MS
  return sunday + (instant % (6 * 3_600_000)) - 3_600_000
})

describe('a wall clock', () => {
  test('never goes back, and names the first instant at which it shows a time', () => {
    fc.assert(
      fc.property(zones, fc.oneof(instants, nearChanges), fc.nat(DAY_MS), (zone, at, more) => {
        const clock = wallClock(zone, DAY_MS)
        const shown = clock.local(at)
        expect(clock.local(at + more)).toBeGreaterThanOrEqual(shown)
        const first = clock.instant(shown)
        expect(first).toBeLessThanOrEqual(at)
        expect(clock.local(first)).toBeGreaterThanOrEqual(shown)
        expect(clock.local(first - 1)).toBeLessThan(shown)
      }),
      { numRuns: 2000 },
    )
  })

  test('is time itself where there is no zone', () => {
    const clock = wallClock(undefined, 1)
    expect([clock.local(-1.5), clock.instant(7)]).toEqual([-1.5, 7])
  })
})

describe('a day in a zone', () => {
  test('holds the instants of one date on its walls, and no others', () => {
    // Zones in which no midnight was shown twice.
    const plain = fc.constantFrom('Europe/Rome', 'America/New_York', 'Asia/Kolkata')
    fc.assert(
      fc.property(plain, fc.oneof(instants, nearChanges), (timeZone, at) => {
        const format = new Intl.DateTimeFormat('en-US', { timeZone, dateStyle: 'full' })
        const grid = new WindowGrid(tumbling('1d', { timeZone }))
        const pane = grid.pane(at)
        const [start, end] = [grid.instant(pane), grid.instant(pane + DAY_MS)]
        const date = format.format(at)
        expect(start <= at && at < end).toBe(true)
        expect([format.format(start), format.format(end - 1)]).toEqual([date, date])
        expect(format.format(start - 1)).not.toBe(date)
        expect(format.format(end)).not.toBe(date)
      }),
      { numRuns: 1000 },
    )
  })

  test('is there at the ends of time', () => {
    for (const timeZone of ['Europe/Rome', 'America/New_York']) {
      const grid = new WindowGrid(tumbling('1d', { timeZone }))
      for (const at of [LATEST_TIME_MS, -LATEST_TIME_MS, Date.UTC(-1, 0, 1)]) {
        const pane = grid.pane(at)
        const start = grid.instant(pane)
        expect(start <= at && at < start + DAY_MS).toBe(true)
        expect(grid.instant(pane + DAY_MS)).toBe(start + DAY_MS)
      }
    }
  })
})

describe('a grid', () => {
  const length = fc.integer({ min: 1, max: 60 })

  test('puts every instant into a pane, and every pane into the windows that hold it', () => {
    const at = fc.double({ min: -500, max: 500, noNaN: true })
    fc.assert(
      fc.property(at, length, length, fc.nat(), (instant, size, step, draw) => {
        const every = Math.min(size, step)
        const offset = `${draw % every}ms` as const
        const grid = new WindowGrid(sliding(`${size}ms`, { every: `${every}ms`, offset }))
        const pane = grid.pane(instant)
        expect(pane <= instant && instant < pane + grid.paneMs).toBe(true)
        expect(grid.paneAt(grid.paneNumber(pane))).toBe(pane)
        for (let end = grid.firstEnd(pane); end <= grid.lastEnd(pane); end += grid.everyMs) {
          expect(grid.startOf(end) <= pane && pane + grid.paneMs <= end).toBe(true)
        }
        expect(grid.firstEnd(pane) - grid.everyMs).toBeLessThanOrEqual(pane)
        expect(grid.startOf(grid.lastEnd(pane) + grid.everyMs)).toBeGreaterThan(pane)
      }),
      { numRuns: 500 },
    )
  })

  test('lets cumulative windows begin together', () => {
    const grid = new WindowGrid(cumulative('6ms', { every: '2ms' }))
    expect([grid.firstEnd(2), grid.lastEnd(2)]).toEqual([4, 6])
    expect([2, 4, 6, 8].map((end) => grid.startOf(end))).toEqual([0, 0, 0, 6])
  })

  test('refuses times that are none', () => {
    const grid = new WindowGrid(tumbling('1m'))
    for (const at of [NaN, Infinity, -Infinity, LATEST_TIME_MS + 1, -LATEST_TIME_MS - 1]) {
      expect(() => grid.pane(at)).toThrow(expect.objectContaining({ code: 'TIMESTAMP_INVALID' }))
    }
    expect(grid.pane(Date.UTC(50_000, 0, 1))).toBe(Date.UTC(50_000, 0, 1))
  })
})
