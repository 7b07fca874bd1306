import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Event } from '../../../bench/nexmark/generator/event.ts'
import { nexmarkEvents } from '../../../bench/nexmark/generator/nexmark-events.ts'
import {
  longestDelayMs,
  numberAt,
  type Timeline,
} from '../../../bench/nexmark/generator/timeline.ts'

const timelines: fc.Arbitrary<Timeline> = fc
  .record({
    eventsPerSecond: fc.integer({ min: 1, max: 20_000 }),
    disorderEvents: fc.integer({ min: 1, max: 900 }),
    groupsBetweenPauses: fc.integer({ min: 0, max: 5 }),
    pauseMs: fc.integer({ min: 0, max: 3_600_000 }),
  })
  .map(({ groupsBetweenPauses, ...timeline }) => ({
    startMs: 1_436_918_400_000,
    pauseEveryEvents: groupsBetweenPauses * timeline.disorderEvents,
    ...timeline,
  }))

function generate(seed: number, timeline: Timeline, count: number): Event[] {
  return Array.from({ length: count }, (_, index) => index).map(nexmarkEvents({ seed, timeline }))
}

describe('The events of Nexmark', () => {
  it('depend on seed and index alone, whatever was asked for before', () => {
    fc.assert(
      fc.property(fc.integer(), timelines, fc.integer({ min: 2, max: 5 }), (seed, timeline, n) => {
        const whole = generate(seed, timeline, 200)
        const splits = Array.from({ length: n }, () => nexmarkEvents({ seed, timeline }))
        for (let index = 199; index >= 0; index--) {
          expect(splits[index % n]?.(index)).toEqual(whole[index])
        }
      }),
      { numRuns: 30 },
    )
  })

  it('arrive each once, none later than the bound that the source is told', () => {
    fc.assert(
      fc.property(timelines, (timeline) => {
        const count = 2 * timeline.disorderEvents
        const numbers = Array.from({ length: count }, (_, index) => numberAt(index, timeline))
        expect(new Set(numbers).size).toBe(count)
        expect(Math.max(...numbers)).toBe(count - 1)
        let highest = Number.NEGATIVE_INFINITY
        for (const { dateTime } of generate(1, timeline, count)) {
          highest = Math.max(highest, dateTime)
          expect(highest - dateTime).toBeLessThanOrEqual(longestDelayMs(timeline))
        }
      }),
      { numRuns: 50 },
    )
  })

  it('are people, auctions and bids as 1 to 3 to 46, with ids that rise by one', () => {
    const timeline = { startMs: 0, eventsPerSecond: 1000, disorderEvents: 1 }
    const events = generate(7, { ...timeline, pauseEveryEvents: 0, pauseMs: 0 }, 5000)
    const counts = { person: 0, auction: 0, bid: 0 }
    for (const event of events) {
      if (event.kind !== 'bid') expect(event.id).toBe(1000 + counts[event.kind])
      counts[event.kind]++
    }
    expect(counts).toEqual({ person: 100, auction: 300, bid: 4600 })
  })

  it('differ with the seed', () => {
    const timeline = { startMs: 0, eventsPerSecond: 1000, disorderEvents: 1 }
    const [one, two] = [1, 2].map((seed) => {
      return generate(seed, { ...timeline, pauseEveryEvents: 0, pauseMs: 0 }, 50)
    })
    expect(one).not.toEqual(two)
  })

  it('are refused where groups or pauses cannot be', () => {
    const timeline = { startMs: 0, eventsPerSecond: 1, pauseEveryEvents: 0, pauseMs: 0 }
    const make = (changes: Partial<Timeline>) => () => {
      nexmarkEvents({ seed: 1, timeline: { disorderEvents: 1, ...timeline, ...changes } })
    }
    expect(make({ eventsPerSecond: 0 })).toThrow('0 events a second')
    expect(make({ disorderEvents: 953 })).toThrow('groups of 953')
    expect(make({ disorderEvents: 10, pauseEveryEvents: 15 })).toThrow('between two groups')
  })
})
