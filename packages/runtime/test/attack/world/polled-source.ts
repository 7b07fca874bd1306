// A source over an array that a test polls in a way of its own. Of what a reader may have besides,
// it has nothing.

import { memorySource } from '@sluice/core'
import type { PollStatus } from '@sluice/core/connector'

type MemorySource<T> = ReturnType<typeof memorySource<T>>
type Reader<T> = ReturnType<MemorySource<T>['createReader']>

/** What a test does in its own way; without `ready`, that is the reader's. */
type Polling<T> = Pick<Reader<T>, 'poll'> & Partial<Pick<Reader<T>, 'ready'>>

export function polledSource<T>(
  records: readonly T[],
  pollingOf: (reader: Reader<T>) => Polling<T>,
): MemorySource<T> {
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
        ready: () => reader.ready(),
        ...pollingOf(reader),
      }
    },
  }
}

/** Reads at most so many records. */
export function pollAtMost<T>(
  reader: Reader<T>,
  batch: Parameters<Reader<T>['poll']>[0],
  most: number,
): PollStatus {
  const capacity = Math.min(most, batch.capacity)
  const part = { ...batch, capacity, reject: () => {} }
  const status = reader.poll(part)
  const { length, split, splitFinished } = part
  Object.assign(batch, { length, split, splitFinished })
  return status
}

/** The record that is read next; undefined without a split, and behind its end. */
export function nextOf<T>(reader: Reader<T>): number | undefined {
  return reader.snapshot(1)[0]?.next
}
