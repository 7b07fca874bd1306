import fc from 'fast-check'
import { expect, test } from 'vitest'
import { globalWindow } from '../../src/window/definition/counted.ts'
import { session } from '../../src/window/definition/session.ts'
import { cumulative, sliding } from '../../src/window/definition/sliding.ts'
import { tumbling } from '../../src/window/definition/tumbling.ts'
import type { WindowDefinition } from '../../src/window/definition/window-definition.ts'
import {
  allOf,
  anyOf,
  atEnd,
  every,
  onCount,
  type Trigger,
} from '../../src/window/trigger/trigger.ts'
import type { WindowResult } from '../../src/stream/windowed-stream.ts'
import { aggregating, ids, type WindowHost } from './opened-window.ts'

interface Item {
  readonly id: number
  readonly key: string
}

interface Drawn {
  readonly key: string
  readonly at: number
  readonly watermark: number | undefined
  readonly clock: number | undefined
}

type Result = WindowResult<string, readonly number[]>

const keyOf = (item: unknown) => (item as Item).key
const step = (max: number) => fc.option(fc.integer({ min: 0, max }), { nil: undefined, freq: 3 })
const events = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b'),
    at: fc.integer({ min: 0, max: 100 }),
    watermark: step(8),
    clock: step(8),
  }),
  { maxLength: 60 },
)

const leaf: fc.Arbitrary<Trigger> = fc.oneof(
  fc.integer({ min: 1, max: 5 }).map(onCount),
  fc.constantFrom(every('7ms'), every('5ms', { time: 'event' })),
)
const trigger: fc.Arbitrary<Trigger> = fc.oneof(
  leaf,
  fc.tuple(leaf, leaf).map(([a, b]) => anyOf(a, b)),
  fc.tuple(leaf, leaf).map(([a, b]) => allOf(a, b)),
)

/** Event time and clock go on in steps; a new operator takes over now and then. */
function run(host: WindowHost, window: WindowDefinition, drawn: readonly Drawn[]): Result[] {
  let [watermark, now] = [0, 0]
  for (const [id, { key, at, ...steps }] of drawn.entries()) {
    if (steps.watermark !== undefined) host.watermark((watermark += steps.watermark))
    if (steps.clock !== undefined) host.clock((now += steps.clock))
    if (id % 5 === 4) host.restart(window)
    host.record({ id, key }, at)
  }
  host.watermark(Number.POSITIVE_INFINITY)
  return host.emitted.filter(({ output }) => output === 0).map(({ value }) => value as Result)
}

const inOrder = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)

/** The firings of each window of a key count from 0 without a gap. */
function checkFirings(results: readonly Result[], nameOf: (result: Result) => string): Result[][] {
  const windows = [...Map.groupBy(results, nameOf).values()]
  for (const firings of windows) {
    expect(firings.map(({ window }) => window.firing)).toEqual(firings.map((_, index) => index))
  }
  return windows
}

const nameOf = ({ key, window }: Result) => `${key} ${window.start} ${window.end}`

test('with any trigger that also fires at the end, the last result is the whole window', () => {
  const kinds = fc.constantFrom(
    (options: object) => tumbling('20ms', options),
    (options: object) => sliding('20ms', { every: '8ms', ...options }),
    (options: object) => cumulative('20ms', { every: '5ms', ...options }),
  )
  fc.assert(
    fc.property(events, trigger, kinds, fc.boolean(), (drawn, early, kind, isLate) => {
      const lateness = isLate ? ({ allowedLateness: '10ms' } as const) : {}
      const window = kind({ trigger: anyOf(atEnd(), early), ...lateness })
      const host = aggregating(window, ids, keyOf)
      const results = run(host, window, drawn)
      host.clock(1000)
      expect(host.entriesStored + host.timersWaiting).toBe(0)
      const last = checkFirings(results, nameOf).map((firings) => firings.at(-1) as Result)
      const plain = kind(lateness)
      const whole = run(aggregating(plain, ids, keyOf), plain, drawn)
      const wholes = Map.groupBy(whole, nameOf)
      expect(last.map(nameOf).sort()).toEqual([...wholes.keys()].sort())
      for (const result of last) {
        expect(inOrder(result.value)).toEqual(
          inOrder(wholes.get(nameOf(result))?.at(-1)?.value ?? []),
        )
      }
    }),
    { numRuns: 400 },
  )
})

test('with any trigger, discarding firings give each record of a window once', () => {
  const kinds = fc.constantFrom(
    (options: object) => tumbling('20ms', options),
    (options: object) => session('6ms', options),
    (options: object) => globalWindow({ trigger: atEnd(), ...options }),
  )
  fc.assert(
    fc.property(events, trigger, kinds, (drawn, early, kind) => {
      const window = kind({ trigger: anyOf(atEnd(), early), firings: 'discarding' })
      const host = aggregating(window, ids, keyOf)
      const given = run(host, window, drawn).flatMap(({ value }) => value)
      const late = host.emitted.filter(({ output }) => output === 1)
      const all = [...given, ...late.map(({ value }) => (value as Item).id)]
      expect(inOrder(all)).toEqual(drawn.map((_, id) => id))
    }),
    { numRuns: 400 },
  )
})
