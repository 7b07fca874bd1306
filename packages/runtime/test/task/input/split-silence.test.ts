// What counts as silence of a split, for readers that can tell and for others.

import type { SourceReader, SourceSplit } from '@sluice/core/connector'
import { expect, it } from 'vitest'
import { SplitSilence } from '../../../src/task/input/split-silence.ts'
import { SplitWatermarks } from '../../../src/task/input/split-watermarks.ts'

function silence(silentSplits: (() => string[]) | undefined) {
  const watermarks = new SplitWatermarks({
    lagMs: 0,
    idleAfterMs: 1000,
    ordered: 'none',
    from: Number.NEGATIVE_INFINITY,
  })
  watermarks.setPending(false)
  watermarks.records('busy', 100)
  watermarks.records('other', 10)
  const reader = { silentSplits } as unknown as SourceReader<unknown, SourceSplit>
  return { watermarks, silence: new SplitSilence(reader, watermarks) }
}

/** Polls every ten milliseconds, each time with a record of the busy split, never dry. */
function keepBusy(untilMs: number, { watermarks, silence: counted }: ReturnType<typeof silence>) {
  for (let now = 0; now <= untilMs; now += 10) {
    counted.polled(now, false)
    watermarks.records('busy', 100 + now)
  }
}

it('a split with nothing more falls idle beside one that always has something', () => {
  const made = silence(() => ['other'])
  keepBusy(900, made)
  expect(made.watermarks.current()).toBe(10)
  keepBusy(1500, made)
  expect(made.watermarks.current()).toBeGreaterThan(1000)
})

it('a split that waits its turn is not silent, however long the one before takes', () => {
  const made = silence(() => [])
  keepBusy(5000, made)
  for (let now = 5000; now < 9000; now += 10) made.silence.polled(now, true)
  expect(made.watermarks.current()).toBe(10)
})

it('a reader that cannot tell is believed only when it has nothing at all', () => {
  const made = silence(undefined)
  keepBusy(5000, made)
  expect(made.watermarks.current()).toBe(10)
  made.silence.polled(5000, true)
  made.silence.polled(7000, true)
  made.silence.polled(9000, true)
  expect(made.watermarks.idle).toBe(true)
})

it('time in which nobody polled is no silence', () => {
  const made = silence(() => ['other'])
  made.silence.polled(0, true)
  made.silence.interrupted()
  made.silence.polled(60_000, true)
  made.silence.polled(60_500, true)
  expect(made.watermarks.current()).toBe(10)
})

it('a busy source that was held up below counts little of that time', () => {
  const made = silence(() => ['other'])
  made.silence.polled(0, false)
  for (let now = 60_000; now <= 300_000; now += 60_000) made.silence.polled(now, false)
  expect(made.watermarks.current()).toBe(10)
})
