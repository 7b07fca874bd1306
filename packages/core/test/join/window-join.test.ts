import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JoinType, JoinWindow } from '../../src/join/join-options.ts'
import { WindowJoinOperator } from '../../src/join/window-join-operator.ts'
import { cumulative, sliding } from '../../src/window/definition/sliding.ts'
import { tumbling } from '../../src/window/definition/tumbling.ts'
import { histories, type Joined, JoinRun, type Outcome, select } from './joined-events.ts'

interface Span {
  readonly start: number
  readonly end: number
}

/** The windows of a time, by their definition. */
function windowsOf(window: JoinWindow, at: number): Span[] {
  const { sizeMs, offsetMs } = window
  const everyMs = window.kind === 'tumbling' ? sizeMs : window.everyMs
  const spans: Span[] = []
  for (let n = -300; n <= 300; n++) {
    const start = n * (window.kind === 'cumulative' ? sizeMs : everyMs) + offsetMs
    const ends = window.kind === 'cumulative' ? sizeMs / everyMs : 1
    for (let step = 1; step <= ends; step++) {
      const end = window.kind === 'cumulative' ? start + step * everyMs : start + sizeMs
      if (start <= at && at < end) spans.push({ start, end })
    }
  }
  return spans
}

function naive(history: readonly Joined[], window: JoinWindow, type: JoinType): Outcome {
  let watermark = Number.NEGATIVE_INFINITY
  const members = new Map<string, { end: number; left: Joined[]; right: Joined[] }>()
  const late: number[] = []
  for (const event of history) {
    watermark = Math.max(watermark, event.watermark ?? watermark)
    const spans = windowsOf(window, event.at)
    const open = spans.filter(({ end }) => end - 1 + window.allowedLatenessMs > watermark)
    if (spans.length > 0 && open.length === 0) late.push(event.id)
    for (const { start, end } of open) {
      const name = `${event.key} ${start} ${end}`
      const member = members.get(name) ?? { end, left: [], right: [] }
      members.set(name, member)
      member[event.side].push(event)
    }
  }
  const pairs: string[] = []
  for (const { end, left, right } of members.values()) {
    const text = (pair: unknown) => `${JSON.stringify(pair)} at ${end - 1}`
    for (const one of left) for (const other of right) pairs.push(text([one.id, other.id]))
    if (right.length === 0 && (type === 'left' || type === 'full'))
      for (const { id } of left) pairs.push(text([id, null]))
    if (left.length === 0 && (type === 'right' || type === 'full'))
      for (const { id } of right) pairs.push(text([null, id]))
  }
  return { pairs: pairs.sort(), late }
}

const windows: fc.Arbitrary<JoinWindow> = fc
  .record({
    kind: fc.constantFrom('tumbling', 'sliding', 'cumulative'),
    every: fc.integer({ min: 1, max: 12 }),
    size: fc.integer({ min: 1, max: 30 }),
    steps: fc.integer({ min: 1, max: 4 }),
    lateness: fc.oneof(fc.constant(0), fc.nat(20)),
    offset: fc.nat(),
  })
  .map(({ kind, every, size, steps, lateness, offset }): JoinWindow => {
    const period = kind === 'tumbling' ? size : kind === 'sliding' ? every : every * steps
    const options = {
      allowedLateness: `${lateness}ms`,
      offset: `${offset % period}ms`,
    } as const
    if (kind === 'tumbling') return tumbling(`${size}ms`, options)
    if (kind === 'sliding') return sliding(`${size}ms`, { every: `${every}ms`, ...options })
    return cumulative(`${every * steps}ms`, { every: `${every}ms`, ...options })
  })

const types = fc.constantFrom<JoinType>('inner', 'left', 'right', 'full')

const run = (window: JoinWindow, type: JoinType = 'inner') =>
  new JoinRun(new WindowJoinOperator({ window, type, select }))

describe('a window join', () => {
  test('gives each pair once for each window that holds both, by definition', () => {
    fc.assert(
      fc.property(histories, windows, types, (history, window, type) => {
        const joined = run(window, type).play(history)
        expect(joined.outcome).toEqual(naive(history, window, type))
        expect(joined.host.entriesStored + joined.host.timersWaiting).toBe(0)
        if (window.allowedLatenessMs === 0) expect(joined.tooEarly).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  test('gives a pair as soon as both are there, and what is alone when the window ends', () => {
    const joined = run(tumbling('1m'), 'full')
    const event = (id: number, side: 'left' | 'right', at: number): Joined => {
      return { side, id, at, key: 'a', watermark: undefined }
    }
    joined.record(event(1, 'left', 5))
    joined.record(event(2, 'right', 59_999))
    joined.record(event(3, 'right', 60_000))
    expect(joined.outcome.pairs).toEqual(['[1,2] at 59999'])
    joined.watermark(119_998)
    expect(joined.outcome.pairs).toHaveLength(1)
    joined.watermark(119_999)
    expect(joined.outcome.pairs).toEqual(['[1,2] at 59999', '[null,3] at 119999'])
  })

  test('follows the clocks on the wall where the window does', () => {
    // In Rome the 29th of March 2026 has 23 hours.
    const day = Date.UTC(2026, 2, 29) - 3_600_000
    const joined = run(tumbling('1d', { timeZone: 'Europe/Rome' }), 'left')
    const event = (id: number, side: 'left' | 'right', at: number): Joined => {
      return { side, id, at, key: 'a', watermark: undefined }
    }
    joined.record(event(1, 'left', day))
    joined.record(event(2, 'right', day + 23 * 3_600_000 - 1))
    joined.record(event(3, 'right', day + 23 * 3_600_000))
    joined.watermark(Number.POSITIVE_INFINITY)
    expect(joined.outcome.pairs).toEqual([`[1,2] at ${day + 23 * 3_600_000 - 1}`])
  })
})
