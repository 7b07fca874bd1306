// A source that gives its records and then nothing for ever: it neither ends nor finishes its
// split.

import { memorySource } from '@sluice/core'

export function silentSource<T>(records: readonly T[]): ReturnType<typeof memorySource<T>> {
  // One more that is never read.
  const source = memorySource([...records, records[0] as T])
  return {
    ...source,
    createReader: (context) => {
      const reader = source.createReader(context)
      return {
        addSplits: (splits) => reader.addSplits(splits),
        noMoreSplits: () => reader.noMoreSplits(),
        snapshot: (checkpoint) => reader.snapshot(checkpoint),
        close: () => reader.close(),
        ready: () => new Promise((resolve) => setTimeout(resolve, 5)),
        poll: (batch) => {
          const [split] = reader.snapshot(1)
          if (split === undefined) return reader.poll(batch) === 'end' ? 'end' : 'wait'
          const left = records.length - split.next
          if (left <= 0) return 'wait'
          const part = { ...batch, capacity: left, reject: () => {} }
          reader.poll(part)
          batch.length = part.length
          batch.split = part.split
          return 'more'
        },
      }
    },
  }
}
