// A source that gives its records up to where the test has opened it, and ends behind the last one.

import { nextOf, pollAtMost, polledSource } from '../attack/world/polled-source.ts'

/** How many records may be read so far. */
export interface Meter {
  open: number
}

export function meteredSource<T>(
  records: readonly T[],
  meter: Meter,
): ReturnType<typeof polledSource<T>> {
  return polledSource(records, (reader) => ({
    ready: () => new Promise((resolve) => setTimeout(resolve, 2)),
    poll: (batch) => {
      const next = nextOf(reader)
      if (next === undefined || meter.open >= records.length) return reader.poll(batch)
      const left = meter.open - next
      if (left <= 0) return 'wait'
      pollAtMost(reader, batch, left)
      return 'more'
    },
  }))
}
