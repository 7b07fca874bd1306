// Splits that run ahead are not read; the slowest of the group always is.

import type { SourceReader, SourceSplit } from '@sluice/core/connector'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SplitAlignment } from '../../../src/task/input/split-alignment.ts'
import { SplitWatermarks } from '../../../src/task/input/split-watermarks.ts'

const unread = Number.NEGATIVE_INFINITY
const nobody = Number.POSITIVE_INFINITY

function aligned(options: { pauses?: boolean; ordered?: 'none' | 'time'; maxDriftMs?: number }) {
  const { pauses = true, ordered = 'none', maxDriftMs = 10 } = options
  const calls: string[] = []
  const reports: number[] = []
  const paused = { now: 0 }
  const methods = {
    pauseSplits: (splits: readonly string[]) => void calls.push(`pause ${splits.join(' ')}`),
    resumeSplits: (splits: readonly string[]) => void calls.push(`resume ${splits.join(' ')}`),
  }
  const watermarks = new SplitWatermarks({
    lagMs: 0,
    idleAfterMs: 1000,
    ordered,
    from: Number.NEGATIVE_INFINITY,
  })
  watermarks.setPending(false)
  const alignment = new SplitAlignment({
    maxDriftMs,
    ordered,
    reader: (pauses ? methods : {}) as unknown as SourceReader<unknown, SourceSplit>,
    watermarks,
    report: (watermark) => void reports.push(watermark),
    splitsPaused: { set: (value) => void (paused.now = value) },
  })
  const taken = { calls: () => calls.splice(0), reports: () => reports.splice(0) }
  return { alignment, watermarks, paused, ...taken }
}

it('nothing waits before anything is known of the others', () => {
  const { alignment, watermarks, calls } = aligned({})
  watermarks.records('a', 1_000_000)
  alignment.update()
  expect([alignment.held, calls()]).toEqual([false, []])
})

it('splits too far ahead are paused, also by their own next records, and read on later', () => {
  const { alignment, watermarks, calls, paused } = aligned({})
  watermarks.records('a', 100)
  watermarks.records('b', 50)
  alignment.setLowest(50)
  expect(calls()).toEqual(['pause a'])
  expect([alignment.held, paused.now]).toEqual([false, 1])
  watermarks.records('b', 61)
  alignment.update()
  expect(calls()).toEqual(['pause b'])
  expect(alignment.held).toBe(true)
  alignment.setLowest(61)
  expect(calls()).toEqual(['resume b'])
  alignment.setLowest(90)
  expect(calls()).toEqual(['resume a'])
})

it('a split that waits is not silent', () => {
  const { alignment, watermarks } = aligned({})
  watermarks.records('a', 100)
  watermarks.records('b', 50)
  alignment.setLowest(50)
  watermarks.silence(500)
  watermarks.records('b', 55)
  watermarks.silence(2000)
  watermarks.silence(2000)
  expect(watermarks.idle).toBe(false)
  expect(watermarks.current()).toBe(100)
})

it('a reader that cannot pause a split waits as a whole, by its slowest split', () => {
  const { alignment, watermarks, calls, paused } = aligned({ pauses: false })
  watermarks.records('a', 100)
  watermarks.records('b', 50)
  alignment.setLowest(45)
  expect([alignment.held, paused.now]).toEqual([false, 0])
  watermarks.records('b', 80)
  alignment.update()
  expect([alignment.held, paused.now]).toEqual([true, 2])
  alignment.setLowest(75)
  expect([alignment.held, paused.now]).toEqual([false, 0])
  expect(calls()).toEqual([])
})

it('a source in order of time waits as a whole, however much it has in reserve', () => {
  const { alignment, watermarks, calls } = aligned({ ordered: 'time' })
  watermarks.add('next', unread)
  watermarks.records('a', 100)
  alignment.setLowest(45)
  expect([alignment.held, calls()]).toEqual([true, []])
})

it('a subtask whose last split has ended is waited for by nobody, which it says at once', () => {
  const { alignment, watermarks, reports } = aligned({})
  alignment.polled(0, false)
  expect(reports()).toEqual([nobody])
  watermarks.add('a', unread)
  alignment.polled(0, false)
  expect(reports()).toEqual([unread])
  watermarks.records('a', 5)
  alignment.polled(0, false)
  expect(reports(), 'too soon').toEqual([])
  alignment.polled(1, true)
  expect(reports(), 'the reader has run dry').toEqual([5])
  watermarks.finish('a')
  alignment.polled(1, false)
  expect(reports()).toEqual([nobody])
})

it('whoever is held says first where it is, however short ago it said something', () => {
  const { alignment, watermarks, reports } = aligned({})
  watermarks.add('a', unread)
  alignment.polled(0, false)
  watermarks.records('a', 5)
  alignment.moved()
  expect(reports(), 'it goes on, and the next poll will tell').toEqual([unread])
  alignment.setLowest(unread)
  expect(alignment.held).toBe(true)
  expect(reports()).toEqual([5])
})

it('a split that is silent for long is waited for by nobody', () => {
  const { alignment, watermarks, reports } = aligned({})
  watermarks.records('a', 5)
  watermarks.silence(0)
  watermarks.silence(1000)
  alignment.polled(0, true)
  expect(reports()).toEqual([nobody])
})

it('the slowest split of a group is never paused, and no other by more than it may be', () => {
  const split = fc.record({ subtask: fc.nat(2), time: fc.nat(100) })
  fc.assert(
    fc.property(fc.array(split, { minLength: 1, maxLength: 30 }), fc.nat(40), (events, drift) => {
      const subtasks = [0, 1, 2].map(() => aligned({ maxDriftMs: drift }))
      const paused = new Set<string>()
      for (const { subtask, time } of events) {
        const { alignment, watermarks } = subtasks[subtask] as (typeof subtasks)[number]
        watermarks.records(`${time % 3}`, time)
        alignment.update()
        const lowest = Math.min(
          ...subtasks.map((each) => each.watermarks.lowestOfSplits()).filter(Number.isFinite),
        )
        for (const [index, each] of subtasks.entries()) {
          each.alignment.setLowest(lowest)
          for (const call of each.calls()) {
            const [what, ...splits] = call.split(' ')
            for (const one of splits) {
              if (what === 'pause') paused.add(`${index}/${one}`)
              else paused.delete(`${index}/${one}`)
            }
          }
          for (const [one, watermark] of each.watermarks.bySplit()) {
            expect(paused.has(`${index}/${one}`)).toBe(watermark > lowest + drift)
          }
        }
      }
    }),
  )
})
