import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type IntervalJoinSettings,
  IntervalJoinOperator,
} from '../../src/join/interval-join-operator.ts'
import { joinInterval } from '../../src/join/join-interval.ts'
import type { JoinType } from '../../src/join/join-options.ts'
import { histories, inTime, type Joined, JoinRun, type Outcome, select } from './joined-events.ts'

type Settings = Omit<IntervalJoinSettings, 'select'>

function settings(
  lowerMs: number,
  upperMs: number,
  more: Partial<Settings & IntervalJoinSettings['interval']> = {},
): Settings {
  const { type = 'inner', allowedLatenessMs = 0, lowerOpen = false, upperOpen = false } = more
  return { type, allowedLatenessMs, interval: { lowerMs, upperMs, lowerOpen, upperOpen } }
}

const run = (of: Settings) => new JoinRun(new IntervalJoinOperator({ ...of, select }))

let ids = 0
const left = (at: number, key = 'a'): Joined => {
  return { side: 'left', key, at, id: ids++, watermark: undefined }
}
const right = (at: number, key = 'a'): Joined => ({ ...left(at, key), side: 'right' })

/** By definition: all pairs in the interval, and the records of an outer side that are in none. */
function naive(
  history: readonly Joined[],
  { type, allowedLatenessMs, interval }: Settings,
): Outcome {
  const { kept, late } = inTime(history, ({ at }, now) => at + allowedLatenessMs <= now)
  const holds = (difference: number) =>
    (interval.lowerOpen ? difference > interval.lowerMs : difference >= interval.lowerMs) &&
    (interval.upperOpen ? difference < interval.upperMs : difference <= interval.upperMs)
  const pairs: string[] = []
  const paired = new Set<Joined>()
  for (const one of kept.filter(({ side }) => side === 'left')) {
    for (const other of kept.filter(({ side }) => side === 'right')) {
      if (one.key !== other.key || !holds(other.at - one.at)) continue
      pairs.push(`${JSON.stringify([one.id, other.id])} at ${Math.max(one.at, other.at)}`)
      paired.add(one).add(other)
    }
  }
  for (const event of kept.filter((each) => !paired.has(each))) {
    const isLeft = event.side === 'left'
    if (type !== 'full' && type !== event.side) continue
    const waitsMs = isLeft ? interval.upperMs : -interval.lowerMs
    const at = Math.max(event.at, event.at + waitsMs + allowedLatenessMs)
    pairs.push(`${JSON.stringify(isLeft ? [event.id, null] : [null, event.id])} at ${at}`)
  }
  return { pairs: pairs.sort(), late }
}

const anySettings: fc.Arbitrary<Settings> = fc
  .record({
    lower: fc.integer({ min: -40, max: 40 }),
    length: fc.nat(50),
    lowerOpen: fc.boolean(),
    upperOpen: fc.boolean(),
    type: fc.constantFrom<JoinType>('inner', 'left', 'right', 'full'),
    allowedLatenessMs: fc.oneof(fc.constant(0), fc.nat(30)),
  })
  .map(({ lower, length, ...more }) => settings(lower, lower + length, more))

describe('an interval join', () => {
  test('gives each pair once, each record without partner once, and late is what is late', () => {
    fc.assert(
      fc.property(histories, anySettings, (history, of) => {
        const joined = run(of).play(history)
        // A record that waits in a slot with earlier ones may come out with the time of a sweep.
        expect(joined.outcome).toEqual(naive(history, of))
        expect(joined.host.entriesStored + joined.host.timersWaiting).toBe(0)
        if (of.allowedLatenessMs === 0) expect(joined.tooEarly).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  test('gives what is without partner at the first watermark that proves it', () => {
    fc.assert(
      fc.property(histories, anySettings, (history, of) => {
        const joined = run(of)
        for (const event of history) {
          if (event.watermark !== undefined) joined.watermark(event.watermark)
          joined.record(event)
          joined.watermark(event.at - 20)
        }
        const now = joined.host.currentWatermark()
        const before = joined.host.emitted.length
        joined.watermark(Number.POSITIVE_INFINITY)
        const after = joined.host.emitted.slice(before).filter(({ output }) => output === 0)
        expect(after.filter(({ timestamp }) => timestamp <= now)).toEqual([])
      }),
    )
  })

  test('joins what is exactly at a bound, unless that is open', () => {
    const cases = [
      [settings(-5, 5), true, true],
      [settings(-5, 5, { lowerOpen: true }), false, true],
      [settings(-5, 5, { upperOpen: true }), true, false],
      [settings(-5, 5, { lowerOpen: true, upperOpen: true }), false, false],
    ] as const
    for (const [of, atLower, atUpper] of cases) {
      const joined = run(of)
      for (const event of [left(100), right(95), right(105)]) joined.record(event)
      expect(joined.outcome.pairs).toHaveLength(Number(atLower) + Number(atUpper))
    }
  })

  test('drops a record as soon as it can have no partner', () => {
    const joined = run(settings(-20, 10))
    joined.record(left(100))
    joined.watermark(109)
    expect(joined.host.entriesStored).toBe(1)
    joined.watermark(110)
    expect(joined.host.entriesStored).toBe(0)
    joined.record(right(120))
    joined.watermark(139)
    expect(joined.host.entriesStored).toBe(1)
    joined.watermark(140)
    expect(joined.host.entriesStored + joined.host.timersWaiting).toBe(0)
  })

  test('keeps nothing of a record whose partners must have come already', () => {
    const joined = run(settings(-20, -10, { type: 'left' }))
    joined.watermark(95)
    joined.record(left(100))
    expect(joined.host.entriesStored).toBe(0)
    expect(joined.outcome.pairs).toEqual([`[${ids - 1},null] at 100`])
  })

  test('gives many records of one instant in several calls, and asks for room in between', () => {
    const joined = run(settings(0, 10, { type: 'left' }))
    for (let i = 0; i < 1000; i++) joined.record(left(100))
    let calls = 0
    const setEventTime = joined.host.timers.setEventTime
    joined.host.timers.setEventTime = (time) => {
      calls++
      setEventTime(time)
    }
    joined.watermark(110)
    expect(joined.host.emitted).toHaveLength(1000)
    expect(calls).toBe(3)
    expect(joined.host.entriesStored + joined.host.timersWaiting).toBe(0)
    for (let i = 0; i < 10; i++) joined.record(left(200))
    joined.host.room = 1
    joined.watermark(210)
    expect(joined.host.emitted).toHaveLength(1010)
  })

  test('goes through a large slot now and then only, and gives each record once', () => {
    const joined = run(settings(0, 100_000, { type: 'left' }))
    const records = Array.from({ length: 3000 }, (_, i) => left(i * 8))
    for (const record of records) joined.record(record)
    let sweeps = 0
    const expire = joined.host.timers.setEventTime
    joined.host.timers.setEventTime = (time) => {
      sweeps++
      expire(time)
    }
    for (let time = 100_000; time < 125_000; time += 8) joined.watermark(time)
    expect(joined.host.emitted).toHaveLength(3000)
    expect(joined.tooEarly).toEqual([])
    expect(sweeps).toBeLessThan(1600)
    expect(joined.host.entriesStored + joined.host.timersWaiting).toBe(0)
  })

  test('remembers who had a partner while others of the slot come out alone', () => {
    const joined = run(settings(0, 1000, { type: 'left' }))
    const records = Array.from({ length: 120 }, (_, i) => left(1000 + i))
    for (const record of records) joined.record(record)
    joined.record(right(2060))
    for (let time = 2000; time < 2200; time += 7) joined.watermark(time)
    const alone = joined.outcome.pairs.filter((text) => text.includes('null'))
    expect(alone).toHaveLength(60)
    expect(joined.host.entriesStored).toBe(0)
  })

  test('gives up nothing of a slot that still grows when it lets go of most of it', () => {
    const joined = run(settings(-100, 1, { type: 'left' }))
    const records = [0, 1, 2, 10].map((at) => left(at))
    for (const record of [...records, right(5)]) joined.record(record)
    joined.watermark(3)
    joined.watermark(30)
    const paired = `[${records[3]?.id},${(records[3]?.id ?? 0) + 1}] at 10`
    expect(joined.outcome.pairs.filter((text) => !text.includes('null'))).toEqual([paired])
    const alone = joined.outcome.pairs.filter((text) => text.includes('null'))
    expect(alone).toHaveLength(3)
  })

  test('has no pair with what is gone, though a restore took the watermark back', () => {
    const joined = run(settings(0, 1000, { type: 'left' }))
    for (const at of [1000, 1001, 1002]) joined.record(left(at))
    joined.watermark(2000)
    joined.host.watermark(900)
    joined.record(right(1000))
    expect(joined.outcome.pairs).toEqual([`[${ids - 4},null] at 2000`])
  })

  test('keeps a record that a restore brings behind what is gone from its slot', () => {
    const joined = run(settings(0, 1000, { type: 'left' }))
    const records = [0, 1, 2, 200].map((at) => left(1000 + at))
    for (const record of records) joined.record(record)
    joined.watermark(2000)
    expect(joined.outcome.pairs).toHaveLength(1)
    expect(joined.host.entriesStored).toBe(2)
    joined.host.watermark(900)
    // The first of the slot has come out: it must not be in a pair now.
    const again = left(1000)
    joined.record(again)
    joined.record(right(1000))
    joined.host.watermark(Number.POSITIVE_INFINITY)
    expect(joined.outcome.pairs).toEqual(
      [
        `[${records[0]?.id},null] at 2000`,
        `[${records[1]?.id},null] at 2001`,
        `[${records[2]?.id},null] at 2002`,
        `[${records[3]?.id},null] at 2200`,
        `[${again.id},${again.id + 1}] at 1000`,
      ].sort(),
    )
  })

  test('refuses a record without a time', () => {
    const joined = run(settings(-5, 5))
    for (const at of [Number.NEGATIVE_INFINITY, Number.NaN]) {
      expect(() => joined.record(left(at))).toThrow(
        expect.objectContaining({ code: 'TIMESTAMP_INVALID' }),
      )
    }
  })

  test('keeps apart what a restore behind the old watermark brings', () => {
    const joined = run(settings(-5, 5, { type: 'full' }))
    joined.record(left(100))
    joined.watermark(105)
    joined.host.watermark(90)
    joined.record(right(101))
    joined.watermark(200)
    const [first, second] = joined.outcome.pairs
    expect([first, second]).toEqual([`[${ids - 2},null] at 105`, `[null,${ids - 1}] at 106`].sort())
  })
})

describe('an interval', () => {
  test('is read from within or between, with signs', () => {
    const closed = { lowerOpen: false, upperOpen: false }
    expect(joinInterval({ within: '15m' }, 'j')).toEqual({
      lowerMs: -900_000,
      upperMs: 900_000,
      ...closed,
    })
    expect(joinInterval({ between: ['-5m', '1.5s'], open: 'both' }, 'j')).toEqual({
      lowerMs: -300_000,
      upperMs: 1500,
      lowerOpen: true,
      upperOpen: true,
    })
    expect(joinInterval({ between: ['-0s', '0s'] }, 'j')).toEqual({
      lowerMs: 0,
      upperMs: 0,
      ...closed,
    })
  })

  test.each([
    [{ between: ['5m', '-5m'] }, 'SETTING_INVALID'],
    [{ between: ['5m'] }, 'SETTING_INVALID'],
    [{ between: '5m' }, 'SETTING_INVALID'],
    [{ between: ['1m', '1m'], open: 'lower' }, 'SETTING_INVALID'],
    [{ within: '0s', open: 'both' }, 'SETTING_INVALID'],
    [{ within: '1m', open: 'left' }, 'SETTING_INVALID'],
    [{ within: '-5m' }, 'DURATION_INVALID'],
    [{ within: '5 minutes' }, 'DURATION_INVALID'],
    [{ between: ['--5m', '5m'] }, 'DURATION_INVALID'],
    [{ between: [-5, 5] }, 'DURATION_INVALID'],
  ])('refuses %j with %s', (given, code) => {
    expect(() => joinInterval(given as never, 'j')).toThrow(expect.objectContaining({ code }))
  })
})
