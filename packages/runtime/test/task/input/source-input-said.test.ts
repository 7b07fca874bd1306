// Watermarks that the job says itself, across a restore and across a change of how they are made.

import type { SourceBatch, SourceReader, SourceSplit } from '@sluice/core/connector'
import { expect, it } from 'vitest'
import { SourceInput } from '../../../src/task/input/source-input.ts'
import type { SplitSnapshot } from '../../../src/task/task-messages.ts'
import { NamedMetrics } from '../../../src/task/task-metrics.ts'

const none = Number.NEGATIVE_INFINITY

function inputOf(
  watermarks: { readonly maxOutOfOrdernessMs?: number },
  restored: readonly SplitSnapshot[] = [],
  watermark = none,
) {
  let next = ''
  const reader: SourceReader<unknown, SourceSplit> = {
    addSplits: () => {},
    noMoreSplits: () => {},
    poll: (batch: SourceBatch<unknown>) => {
      batch.split = next
      batch.length = 1
      return 'more'
    },
    ready: async () => {},
    snapshot: () => [{ id: 'a' }, { id: 'b' }],
    close: async () => {},
  }
  const input = new SourceInput({
    step: 'in',
    facts: { connector: 'x', bounded: false, ordered: 'none', description: {}, watermarks },
    reader,
    restored,
    watermark,
    requestSplit: () => {},
    reportWatermark: () => {},
    metrics: new NamedMetrics().scope('in', 0),
  })
  input.watermarks.setPending(false)
  if (restored.length === 0) input.addSplits([{ id: 'a' }, { id: 'b' }])
  const say = (split: string, highest: number): number => {
    next = split
    input.poll(0)
    input.batchDone(highest)
    return input.watermarks.current()
  }
  return { input, say }
}

it('what was said of each split holds again after a restore', () => {
  const { input, say } = inputOf({})
  say('a', 100)
  expect(say('b', 70)).toBe(70)
  const snapshot = input.snapshot(1)
  expect(snapshot).toEqual([
    { split: { id: 'a' }, maxEventTime: none, watermark: 100 },
    { split: { id: 'b' }, maxEventTime: none, watermark: 70 },
  ])
  expect(inputOf({}, snapshot, 70).say('b', 90)).toBe(90)
})

it('a record from which nothing follows says nothing', () => {
  const { say } = inputOf({})
  say('a', 100)
  say('b', 70)
  expect(say('b', none)).toBe(70)
})

it('what one way of making watermarks stored is not taken for what the other one would', () => {
  const bounded = inputOf({ maxOutOfOrdernessMs: 10 })
  bounded.say('a', 100)
  expect(bounded.say('b', 80)).toBe(69)
  const said = inputOf({}, bounded.input.snapshot(1), 69)
  expect(said.say('a', 200), 'b was not heard of').toBe(69)
  expect(said.say('b', 150)).toBe(150)
  const back = inputOf({ maxOutOfOrdernessMs: 10 }, said.input.snapshot(1), 150)
  expect(back.say('a', 300)).toBe(150)
  expect(back.say('b', 200)).toBe(189)
})
