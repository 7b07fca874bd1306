// One split being read: bytes or rows arrive behind, records are handed over at once.

import type { SourceBatch } from '@sluice/core/connector'
import type { FileSplit } from './file-split.ts'

/**
 * `more`: records were handed over, or there is more to look at. `wait`: nothing has arrived.
 * `finished`: the split has ended; what stands in the batch is the last of it.
 */
export type Progress = 'more' | 'wait' | 'finished'

export interface SplitReading<T> {
  readonly split: FileSplit
  /**
   * Adds records to the batch. Throws for errors of reading, and for malformed records by policy.
   */
  fill(batch: SourceBatch<T>): Progress
  /** True when all input has arrived, so that the next split can be read ahead. */
  readonly inputArrived: boolean
  ready(): Promise<void>
  /** The split with the position after the last record that was handed over. */
  snapshot(): FileSplit
  close(): Promise<void>
}
