import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createDeduplicateOperator,
  deduplicateState,
} from '../../src/process/deduplicate-operator.ts'
import { FakeHost } from '../operator/fake-host.ts'

interface Click {
  readonly key: string
  readonly id: number
}

const keyOf = (value: unknown) => (value as Click).key

function opened(settings: Parameters<typeof createDeduplicateOperator>[0]): FakeHost {
  const operator = createDeduplicateOperator(settings)
  const host = new FakeHost(operator, keyOf)
  operator.open(host)
  return host
}

const ids = (host: FakeHost, output = 0) =>
  host.emitted.filter((each) => each.output === output).map(({ value }) => (value as Click).id)

test('the first record of each key goes on, with its time', () => {
  const host = opened({ ttlMs: undefined, clock: 'processing' })
  for (const [id, key] of ['a', 'b', 'a', 'b', 'c'].entries()) host.record({ key, id }, 10 * id)
  expect(ids(host)).toEqual([0, 1, 4])
  expect(host.emitted.map(({ timestamp }) => timestamp)).toEqual([0, 10, 40])
})

test('by processing time the state itself forgets', () => {
  const processing = deduplicateState({ ttlMs: 1000, clock: 'processing' })
  expect(processing).toMatchObject({ ttlMs: 1000, ttlClock: 'processing' })
  expect(deduplicateState({ ttlMs: 1000, clock: 'event' })).not.toHaveProperty('ttlMs')
})

test('by event time the times of the records decide', () => {
  const host = opened({ ttlMs: 10, clock: 'event' })
  const times = [100, 109, 95, 110, 119, 120]
  for (const [id, at] of times.entries()) host.record({ key: 'a', id }, at)
  expect(ids(host)).toEqual([0, 3, 5])
})

test('what comes too late to be known for the first is late, and state is dropped', () => {
  const host = opened({ ttlMs: 10, clock: 'event' })
  host.record({ key: 'a', id: 0 }, 100)
  host.watermark(105)
  host.record({ key: 'a', id: 1 }, 101)
  host.record({ key: 'b', id: 2 }, 101)
  host.watermark(110)
  expect(host.entriesStored + host.timersWaiting).toBe(0)
  host.record({ key: 'a', id: 3 }, 104)
  host.record({ key: 'a', id: 4 }, 111)
  expect(ids(host)).toEqual([0, 4])
  expect(ids(host, 1)).toEqual([2, 3])
})

test('by event time a record without a time is refused', () => {
  const host = opened({ ttlMs: 10, clock: 'event' })
  expect(() => host.record({ key: 'a', id: 0 }, Number.NEGATIVE_INFINITY)).toThrow(
    expect.objectContaining({ code: 'TIMESTAMP_INVALID' }),
  )
})

test('no two records in time go on that are closer than the time to live', () => {
  const event = fc.record({
    key: fc.constantFrom('a', 'b'),
    at: fc.nat(100),
    watermark: fc.option(fc.nat(100), { nil: undefined, freq: 3 }),
  })
  fc.assert(
    fc.property(fc.array(event), fc.integer({ min: 1, max: 40 }), (events, ttlMs) => {
      const host = opened({ ttlMs, clock: 'event' })
      const first = new Map<string, number>()
      const expected: number[] = []
      const late: number[] = []
      for (const [id, { key, at, watermark = -1 }] of events.entries()) {
        if (watermark > host.currentWatermark()) host.watermark(watermark)
        host.record({ key, id }, at)
        const known = first.get(key)
        const now = host.currentWatermark()
        const isKnown = known !== undefined && known + ttlMs > now
        if (isKnown && at < known + ttlMs) continue
        if (at <= now) late.push(id)
        else {
          first.set(key, at)
          expected.push(id)
        }
      }
      expect([ids(host), ids(host, 1)]).toEqual([expected, late])
      host.watermark(Number.POSITIVE_INFINITY)
      expect(host.entriesStored + host.timersWaiting).toBe(0)
    }),
    { numRuns: 500 },
  )
})
