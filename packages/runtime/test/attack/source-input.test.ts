// Splits of one reader of which some are silent, and splits that a restore has dealt out anew.

import type { SourceBatch, SourceReader, SourceSplit } from '@sluice/core/connector'
import { expect, it } from 'vitest'
import { SourceInput } from '../../src/task/input/source-input.ts'
import type { SplitSnapshot } from '../../src/task/task-messages.ts'
import { NamedMetrics } from '../../src/task/task-metrics.ts'

/** Hands over what the test says: a split and the time of its one record, or nothing. */
class SaidReader implements SourceReader<unknown, SourceSplit> {
  next: readonly [split: string, time: number] | undefined
  /** With its one record each split ends. */
  ends = false
  addSplits(): void {}
  noMoreSplits(): void {}
  poll(batch: SourceBatch<unknown>): 'more' | 'wait' {
    if (this.next === undefined) return 'wait'
    batch.split = this.next[0]
    batch.values[0] = this.next[1]
    batch.length = 1
    batch.splitFinished = this.ends
    return 'more'
  }
  async ready(): Promise<void> {}
  snapshot(): SourceSplit[] {
    return []
  }
  async close(): Promise<void> {}
}

function inputOf(ordered: 'none' | 'time', restored: readonly SplitSnapshot[] = []) {
  const reader = new SaidReader()
  const input = new SourceInput({
    step: 'in',
    facts: {
      connector: 'said',
      bounded: false,
      ordered,
      watermarks: { maxOutOfOrdernessMs: 0, idleAfterMs: 1000 },
    } as never,
    reader,
    restored,
    watermark: Number.NEGATIVE_INFINITY,
    requestSplit: () => {},
    reportWatermark: () => {},
    metrics: new NamedMetrics().scope('in', 0),
  })
  input.watermarks.setPending(false)
  const poll = (nowMs: number, next?: readonly [string, number]): number => {
    reader.next = next
    input.poll(nowMs)
    if (next !== undefined) input.batchDone(next[1])
    return input.watermarks.current()
  }
  return { input, reader, poll }
}

it('a silent split lets go of the watermark although another one trickles', () => {
  const { input, poll } = inputOf('none')
  input.addSplits([{ id: 'busy' }, { id: 'silent' }])
  poll(0, ['silent', 5])
  let watermark = 0
  for (let now = 100; now <= 1500; now += 100) {
    watermark = poll(now, ['busy', now])
    poll(now)
  }
  expect(watermark).toBeGreaterThan(1000)
})

it('a split whose records come in between is not silent', () => {
  const { input, poll } = inputOf('none')
  input.addSplits([{ id: 'busy' }, { id: 'slow' }])
  for (let now = 0; now <= 5000; now += 100) {
    poll(now, ['busy', now])
    if (now % 900 === 0) poll(now, ['slow', 5])
    expect(poll(now)).toBeLessThanOrEqual(4)
  }
})

it('restored splits of a source in order of time may be out of order after rescaling', () => {
  // Two readers had [a, c] and [b, d]; the one reader of today gets them as a, c, b, d.
  const unread = Number.NEGATIVE_INFINITY
  const restored = ['a', 'c', 'b', 'd'].map((id) => ({ split: { id }, maxEventTime: unread }))
  const { reader, poll } = inputOf('time', restored)
  reader.ends = true
  poll(0, ['a', 10])
  reader.ends = false
  // The records of b, from 20 on, are still to come.
  expect(poll(0, ['c', 35])).toBeLessThan(20)
})

it('what is handed out later lies after what was restored', () => {
  const restored = [{ split: { id: 'a' }, maxEventTime: Number.NEGATIVE_INFINITY }]
  const { input, poll } = inputOf('time', restored)
  input.addSplits([{ id: 'b' }])
  expect(poll(0, ['a', 10])).toBe(9)
})
