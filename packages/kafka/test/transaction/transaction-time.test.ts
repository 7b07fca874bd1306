import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  connectTimeoutWithin,
  decideTime,
  elapsedMs,
  grantedTimeout,
  headroomMs,
  mayPromise,
  type TimeFacts,
} from '../../src/transaction/transaction-time.ts'

const minute = 60_000
const facts: TimeFacts = {
  timeoutMs: 15 * minute,
  oldestAgeMs: undefined,
  lastedMs: 0,
  underWay: false,
}
const aged = (minutes: number, change: Partial<TimeFacts> = {}): TimeFacts => ({
  ...facts,
  oldestAgeMs: minutes * minute,
  ...change,
})

test('more than the broker grants is cut, and that is said', () => {
  expect(grantedTimeout(60 * minute, 15 * minute)).toEqual({ timeoutMs: 15 * minute, cut: true })
  expect(grantedTimeout(15 * minute, 15 * minute)).toEqual({ timeoutMs: 15 * minute, cut: false })
  expect(grantedTimeout(minute, 15 * minute)).toEqual({ timeoutMs: minute, cut: false })
})

test('nothing open, nothing short', () => {
  expect(decideTime(facts)).toEqual({ kind: 'go-on', reason: 'none-open' })
  expect(headroomMs(facts)).toBe(15 * minute)
})

test('below a third a checkpoint comes at once, unless one is under way', () => {
  expect(decideTime(aged(10))).toEqual({ kind: 'go-on', reason: 'plenty' })
  const short = aged(10.5)
  expect(decideTime(short)).toEqual({
    kind: 'checkpoint',
    reason: 'short',
    headroomMs: 4.5 * minute,
  })
  expect(decideTime({ ...short, underWay: true })).toEqual({ kind: 'go-on', reason: 'under-way' })
})

test('when three checkpoints as long as the last do not fit, the job stops in time', () => {
  const late = aged(13, { lastedMs: minute, underWay: true })
  expect(decideTime(late)).toEqual({ kind: 'stop', reason: 'too-late', headroomMs: 2 * minute })
  expect(decideTime({ ...late, lastedMs: 0.6 * minute }).kind).toBe('go-on')
})

test('a transaction that the broker may have aborted already stops the job', () => {
  expect(decideTime(aged(15)).kind).toBe('stop')
  expect(decideTime(aged(400)).kind).toBe('stop')
})

test('with less time left the decision never becomes milder', () => {
  const rank = { 'go-on': 0, checkpoint: 1, stop: 2 }
  const time = fc.integer({ min: 0, max: 20 * minute })
  fc.assert(
    fc.property(time, time, time, fc.boolean(), (a, b, lastedMs, underWay) => {
      const of = (age: number) =>
        decideTime({ ...facts, oldestAgeMs: age, lastedMs, underWay }).kind
      expect(rank[of(Math.max(a, b))]).toBeGreaterThanOrEqual(rank[of(Math.min(a, b))])
    }),
  )
})

test('time passes by the clock that has advanced more', () => {
  const since = { wallMs: 1_000_000, monotonicMs: 500 }
  expect(elapsedMs(since, { wallMs: 1_000_300, monotonicMs: 700 })).toBe(300)
  expect(elapsedMs(since, { wallMs: 400_000, monotonicMs: 700 })).toBe(200)
})

test('a connection is waited for a quarter of what is left, and never too shortly', () => {
  expect(connectTimeoutWithin(8_000)).toBe(2_000)
  expect(connectTimeoutWithin(1_000)).toBe(500)
  expect(connectTimeoutWithin(-5_000)).toBe(500)
})

test('an entry promises only what will live to be committed', () => {
  expect(mayPromise(undefined, 0, 1_000)).toBe(true)
  expect(mayPromise(10_000, 6_000, 1_000)).toBe(true)
  expect(mayPromise(10_000, 7_000, 1_000)).toBe(false)
  expect(mayPromise(10_000, 10_000, 0)).toBe(false)
})
