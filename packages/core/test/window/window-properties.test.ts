import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countDistinct } from '../../src/aggregate/distinct.ts'
import { countWindow } from '../../src/window/definition/counted.ts'
import { session } from '../../src/window/definition/session.ts'
import { cumulative, sliding } from '../../src/window/definition/sliding.ts'
import { tumbling } from '../../src/window/definition/tumbling.ts'
import type { WindowDefinition } from '../../src/window/definition/window-definition.ts'
import type { WindowResult } from '../../src/stream/windowed-stream.ts'
import { type BoundsOf, type NaiveEvent, type NaiveResult, NaiveWindows } from './naive-windows.ts'
import { aggregating, applying, ids, type WindowHost } from './opened-window.ts'

interface Item {
  readonly id: number
  readonly key: string
  readonly gapMs: number
}

const keyOf = (item: unknown) => (item as Item).key

const events = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b'),
    at: fc.integer({ min: -60, max: 60 }),
    watermark: fc.option(fc.integer({ min: -70, max: 70 }), { nil: undefined, freq: 3 }),
    gapMs: fc.integer({ min: 1, max: 25 }),
  }),
  { maxLength: 50 },
)

type Drawn = NaiveEvent & { readonly gapMs: number }

/** Runs the operator over events, with a new operator now and then. */
function run(host: WindowHost, window: WindowDefinition, drawn: readonly Drawn[]): NaiveResult {
  for (const [id, { key, at, watermark, gapMs }] of drawn.entries()) {
    if (watermark !== undefined && watermark > host.currentWatermark()) host.watermark(watermark)
    if (id % 7 === 6) host.restart(window)
    host.record({ id, key, gapMs }, at)
  }
  host.watermark(Number.POSITIVE_INFINITY)
  expect(host.entriesStored + host.timersWaiting).toBe(0)
  const firings = host.emitted.flatMap(({ value, output }) => {
    if (output !== 0) return []
    const result = value as WindowResult<string, readonly number[]>
    const { start, end, firing } = result.window
    const sorted = result.value.toSorted((a, b) => a - b)
    return [JSON.stringify([result.key, start, end, firing, sorted])]
  })
  const late = host.emitted.filter(({ output }) => output === 1)
  return { firings: firings.sort(), late: late.map(({ value }) => (value as Item).id) }
}

/** Both ways to keep the records of a window give the same. */
function checkBoth(window: WindowDefinition, drawn: readonly Drawn[], expected: NaiveResult): void {
  const all = (records: readonly unknown[]) => records.map((record) => (record as Item).id)
  expect(run(aggregating(window, ids, keyOf), window, drawn)).toEqual(expected)
  expect(run(applying(window, all, keyOf), window, drawn)).toEqual(expected)
}

function naive(drawn: readonly Drawn[], latenessMs: number, boundsOf: BoundsOf): NaiveResult {
  const windows = new NaiveWindows(latenessMs)
  for (const [id, event] of drawn.entries()) {
    windows.advance(event.watermark)
    windows.add(id, event, boundsOf)
  }
  windows.advance(Number.POSITIVE_INFINITY)
  return windows.result()
}

/** All whole numbers of steps from an offset on that could matter. */
function borders(everyMs: number, offsetMs: number): number[] {
  const numbers = Array.from({ length: 2 * Math.ceil(400 / everyMs) + 1 }, (_, index) => index)
  return numbers.map((index) => (index - Math.ceil(400 / everyMs)) * everyMs + offsetMs)
}

const lengths = fc.integer({ min: 1, max: 30 })
const lateness = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 }))

test('sliding windows and late records are what a naive evaluator finds', () => {
  fc.assert(
    fc.property(events, lengths, lengths, lateness, fc.nat(), (drawn, size, every, late, draw) => {
      const offset = draw % every
      const window = sliding(`${size}ms`, {
        every: `${every}ms`,
        offset: `${offset}ms`,
        allowedLateness: `${late}ms`,
      })
      const expected = naive(drawn, late, (at) =>
        borders(every, offset)
          .filter((start) => start <= at && at < start + size)
          .map((start) => [start, start + size]),
      )
      checkBoth(window, drawn, expected)
    }),
    { numRuns: 400 },
  )
})

test('cumulative windows and late records are what a naive evaluator finds', () => {
  const steps = fc.integer({ min: 1, max: 5 })
  fc.assert(
    fc.property(events, lengths, steps, lateness, fc.nat(), (drawn, every, parts, late, draw) => {
      const size = every * parts
      const offset = draw % size
      const window = cumulative(`${size}ms`, {
        every: `${every}ms`,
        offset: `${offset}ms`,
        allowedLateness: `${late}ms`,
      })
      const expected = naive(drawn, late, (at) =>
        borders(size, offset).flatMap((start) =>
          Array.from(
            { length: parts },
            (_, part) => [start, start + (part + 1) * every] as const,
          ).filter(([, end]) => start <= at && at < end),
        ),
      )
      checkBoth(window, drawn, expected)
    }),
    { numRuns: 400 },
  )
})

test('tumbling windows that are kept with a trigger give what those without one do', () => {
  fc.assert(
    fc.property(events, lengths, lateness, (drawn, size, late) => {
      const expected = naive(drawn, late, (at) => {
        const start = Math.floor(at / size) * size
        return [[start, start + size]]
      })
      const options = { allowedLateness: `${late}ms` } as const
      checkBoth(tumbling(`${size}ms`, options), drawn, expected)
      const trigger = { kind: 'any-of', triggers: [{ kind: 'at-end' }] } as const
      checkBoth(tumbling(`${size}ms`, { ...options, trigger }), drawn, expected)
    }),
    { numRuns: 300 },
  )
})

test('sessions and late records are what a naive evaluator finds, with any gap by record', () => {
  fc.assert(
    fc.property(events, lateness, fc.boolean(), (drawn, late, isFixed) => {
      const windows = new NaiveWindows(late)
      for (const [id, event] of drawn.entries()) {
        windows.advance(event.watermark)
        windows.addToSession(id, event, isFixed ? 10 : event.gapMs)
      }
      windows.advance(Number.POSITIVE_INFINITY)
      const gap = isFixed ? '10ms' : (item: Item) => `${item.gapMs}ms` as const
      checkBoth(session(gap, { allowedLateness: `${late}ms` }), drawn, windows.result())
    }),
    { numRuns: 600 },
  )
})

test('different values are counted in every window as in a Set, whatever merges', () => {
  const both = { ids, different: countDistinct((item: Item) => item.gapMs % 4) }
  const windows = fc.constantFrom(
    tumbling('20ms', { allowedLateness: '10ms' }),
    sliding('20ms', { every: '5ms', allowedLateness: '10ms' }),
    session('8ms', { allowedLateness: '10ms' }),
    session((item: Item) => `${item.gapMs}ms` as const, { firings: 'discarding' }),
    countWindow(6, { every: 2 }),
  )
  fc.assert(
    fc.property(events, windows, (drawn, window) => {
      const host = aggregating(window, both, keyOf)
      for (const [id, { key, at, watermark, gapMs }] of drawn.entries()) {
        if (watermark !== undefined && watermark > host.currentWatermark()) {
          host.watermark(watermark)
        }
        if (id % 7 === 6) host.restart(window)
        host.record({ id, key, gapMs }, at)
      }
      host.watermark(Number.POSITIVE_INFINITY)
      if (window.kind !== 'count') expect(host.entriesStored + host.timersWaiting).toBe(0)
      for (const { value, output } of host.emitted) {
        if (output !== 0) continue
        const result = (value as WindowResult<string, { ids: number[]; different: number }>).value
        const values = new Set(result.ids.map((id) => (drawn[id] as Drawn).gapMs % 4))
        expect(result.different).toBe(values.size)
      }
    }),
    { numRuns: 400 },
  )
})
