// A source that gives its records up to where the test has opened it, and ends behind the last one.

import { memorySource } from '@sluice/core'

/** How many records may be read so far. */
export interface Meter {
  open: number
}

export function meteredSource<T>(
  records: readonly T[],
  meter: Meter,
): ReturnType<typeof memorySource<T>> {
  const source = memorySource(records)
  return {
    ...source,
    createReader: (context) => {
      const reader = source.createReader(context)
      return {
        addSplits: (splits) => reader.addSplits(splits),
        noMoreSplits: () => reader.noMoreSplits(),
        snapshot: (checkpoint) => reader.snapshot(checkpoint),
        close: () => reader.close(),
        ready: () => new Promise((resolve) => setTimeout(resolve, 2)),
        poll: (batch) => {
          const [split] = reader.snapshot(1)
          if (split === undefined || meter.open >= records.length) return reader.poll(batch)
          const left = meter.open - split.next
          if (left <= 0) return 'wait'
          const part = { ...batch, capacity: Math.min(left, batch.capacity), reject: () => {} }
          reader.poll(part)
          batch.length = part.length
          batch.split = part.split
          return 'more'
        },
      }
    },
  }
}
