// Attacks on windows: state that stays for ever, clocks that go back, days on which clocks change.

import { expect, it } from 'vitest'
import { countWindow } from '../../src/window/definition/counted.ts'
import { cumulative, sliding } from '../../src/window/definition/sliding.ts'
import { tumbling } from '../../src/window/definition/tumbling.ts'
import { WindowGrid } from '../../src/window/grid.ts'
import { aggregating, ids } from '../window/opened-window.ts'

it('a count window with records between its windows keeps none of those', () => {
  const host = aggregating(countWindow(3, { every: 10 }), ids, () => 'a')
  for (let id = 1; id <= 10; id++) host.record({ id }, 0)
  const after = host.entriesStored
  for (let id = 11; id <= 40; id++) host.record({ id }, 0)
  const results = host.emitted.map(({ value }) => (value as { readonly value: unknown }).value)
  expect(results).toEqual([8, 18, 28, 38].map((id) => [id, id + 1, id + 2]))
  // How many records came, and how often it fired.
  expect([after, host.entriesStored]).toEqual([2, 2])
})

it('a record that comes when the clock went back is in each window that is still to fire', () => {
  const window = sliding('4s', { every: '1s', time: 'processing' })
  const host = aggregating(window, ids, () => 'a')
  host.clock(100)
  host.record({ id: 1 }, 0)
  host.clock(1000)
  host.clock(950)
  host.record({ id: 2 }, 0)
  for (let time = 1000; time <= 6000; time += 1000) host.clock(time)
  const results = host.emitted.map(({ value }) => {
    const { window: at, value: seen } = value as {
      readonly window: { readonly end: number }
      readonly value: readonly number[]
    }
    return [at.end, ...seen]
  })
  expect(results).toEqual([
    [1000, 1],
    [2000, 1, 2],
    [3000, 1, 2],
    [4000, 1, 2],
  ])
})

it('windows that begin every 45 minutes last 45 minutes, also when clocks change', () => {
  const grid = new WindowGrid(tumbling('45m', { timeZone: 'Europe/Rome' }))
  const lengths = new Set<number>()
  for (const day of ['2026-03-29', '2026-10-25']) {
    const from = Date.parse(`${day}T00:00:00Z`)
    for (let instant = from; instant < from + 6 * 3_600_000; instant += 900_000) {
      const pane = grid.pane(instant)
      lengths.add(grid.instant(pane + grid.sizeMs) - grid.instant(pane))
    }
  }
  expect([...lengths]).toEqual([45 * 60_000])
})

it('the hour that clocks leave out makes no window of a growing day', () => {
  for (const trigger of [{}, { firings: 'discarding' as const }]) {
    const day = cumulative('1d', { every: '1h', timeZone: 'Europe/Rome', ...trigger })
    const host = aggregating(day, ids, () => 'a')
    host.record({ id: 1 }, Date.parse('2026-03-29T00:30:00+01:00'))
    host.watermark(Number.POSITIVE_INFINITY)
    const ends = host.emitted.map(({ value }) => {
      return (value as { readonly window: { readonly end: number } }).window.end
    })
    expect(new Set(ends).size).toBe(ends.length)
    if (trigger.firings === undefined) expect(ends).toHaveLength(23)
  }
})
