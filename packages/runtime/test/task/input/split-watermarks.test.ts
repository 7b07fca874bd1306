// Watermarks per split: what holds them back, and that they never go back.

import { describe, expect, it } from 'vitest'
import { SplitWatermarks } from '../../../src/task/input/split-watermarks.ts'

function watermarks(ordered: 'none' | 'time' = 'none', idleAfterMs?: number) {
  return new SplitWatermarks({
    lagMs: 6,
    idleAfterMs,
    ordered,
    from: Number.NEGATIVE_INFINITY,
  })
}

describe('split watermarks', () => {
  it('hold back while known splits are not assigned', () => {
    const marks = watermarks()
    marks.add('a', Number.NEGATIVE_INFINITY)
    marks.records('a', 100)
    expect(marks.current()).toBe(Number.NEGATIVE_INFINITY)
    marks.setPending(false)
    expect(marks.current()).toBe(94)
  })

  it('do not wait for unassigned splits of a source in order of time', () => {
    const marks = watermarks('time')
    marks.add('a', Number.NEGATIVE_INFINITY)
    marks.records('a', 100)
    expect(marks.current()).toBe(94)
  })

  it('hold back for a split that was assigned and not read yet', () => {
    const marks = watermarks()
    marks.setPending(false)
    marks.add('a', 100)
    marks.add('b', Number.NEGATIVE_INFINITY)
    expect(marks.current()).toBe(Number.NEGATIVE_INFINITY)
    marks.records('b', 50)
    expect(marks.current()).toBe(44)
    marks.finish('b')
    expect(marks.current()).toBe(94)
  })

  it('rise while a split of a source in order of time is held in reserve', () => {
    const marks = watermarks('time')
    marks.add('a', Number.NEGATIVE_INFINITY)
    marks.add('reserve', Number.NEGATIVE_INFINITY)
    expect(marks.current()).toBe(Number.NEGATIVE_INFINITY)
    marks.records('a', 100)
    expect(marks.current()).toBe(94)
    expect(marks.idle).toBe(false)
  })

  it('never go back when a later split is behind', () => {
    const marks = watermarks('time')
    marks.records('a', 100)
    marks.finish('a')
    expect(marks.current()).toBe(94)
    marks.add('b', Number.NEGATIVE_INFINITY)
    marks.records('b', 20)
    expect(marks.current()).toBe(94)
  })

  it('leave out a split that was silent for long enough, until it speaks again', () => {
    const marks = watermarks('none', 1000)
    marks.setPending(false)
    marks.records('a', 100)
    marks.records('b', 20)
    expect(marks.current()).toBe(14)
    marks.silence(999)
    marks.records('a', 200)
    expect(marks.current()).toBe(14)
    marks.silence(1)
    expect(marks.idle).toBe(false)
    expect(marks.current()).toBe(194)
    marks.silence(1000)
    expect(marks.idle).toBe(true)
    marks.records('b', 300)
    expect(marks.idle).toBe(false)
    expect(marks.current()).toBe(294)
  })

  it('go on to the furthest where all splits are silent, whichever fell silent last', () => {
    for (const last of ['a', 'b']) {
      const marks = watermarks('none', 1000)
      marks.setPending(false)
      marks.records('a', 100)
      marks.records('b', 20)
      marks.silence(0)
      marks.silence(1000, new Set(['a', 'b'].filter((split) => split !== last)))
      expect(marks.current()).toBe(last === 'a' ? 94 : 14)
      marks.silence(1000)
      expect([marks.idle, marks.current()]).toEqual([true, 94])
    }
  })

  it('count a split that has ended with what it came to, where all others are silent', () => {
    for (const isSilentFirst of [true, false]) {
      const marks = watermarks('none', 1000)
      marks.setPending(false)
      marks.records('a', 100)
      marks.records('b', 20)
      marks.silence(0)
      if (isSilentFirst) marks.silence(1000, new Set(['b']))
      marks.records('a', 120)
      marks.finish('a')
      if (!isSilentFirst) {
        expect(marks.current()).toBe(14)
        marks.silence(1000, new Set(['b']))
      }
      expect([marks.idle, marks.current()]).toEqual([true, 114])
    }
  })

  it('go on to what the last split came to, when nobody waits for another any more', () => {
    const marks = watermarks()
    marks.records('a', 100)
    marks.finish('a')
    expect(marks.current()).toBe(Number.NEGATIVE_INFINITY)
    marks.setPending(false)
    expect(marks.current()).toBe(94)
  })

  it('are idle without splits after a while, when no known split could come', () => {
    const marks = watermarks('none', 1000)
    marks.silence(5000)
    expect(marks.idle, 'a known split may still come').toBe(false)
    marks.setPending(false)
    marks.silence(999)
    expect(marks.idle).toBe(false)
    marks.silence(1)
    expect(marks.idle).toBe(true)
    marks.add('a', Number.NEGATIVE_INFINITY)
    expect(marks.idle).toBe(false)
  })

  it('are not idle while a split that was found late may come, and again if it did not', () => {
    const marks = watermarks('none', 1000)
    marks.setPending(false)
    marks.silence(1000)
    expect(marks.idle).toBe(true)
    marks.setPending(true)
    expect(marks.idle).toBe(false)
    marks.setPending(false)
    expect(marks.idle).toBe(true)
  })

  it('are idle without splits only when none will come', () => {
    const marks = watermarks()
    expect(marks.idle).toBe(false)
    marks.noMoreSplits()
    expect(marks.idle).toBe(true)
  })
})
