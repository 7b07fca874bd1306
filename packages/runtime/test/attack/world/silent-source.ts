// A source that gives its records and then nothing for ever: it neither ends nor finishes its
// split.

import { nextOf, pollAtMost, polledSource } from './polled-source.ts'

export function silentSource<T>(records: readonly T[]): ReturnType<typeof polledSource<T>> {
  // One more that is never read.
  return polledSource([...records, records[0] as T], (reader) => ({
    ready: () => new Promise((resolve) => setTimeout(resolve, 5)),
    poll: (batch) => {
      const next = nextOf(reader)
      if (next === undefined) return reader.poll(batch) === 'end' ? 'end' : 'wait'
      const left = records.length - next
      if (left <= 0) return 'wait'
      pollAtMost(reader, batch, left)
      return 'more'
    },
  }))
}
