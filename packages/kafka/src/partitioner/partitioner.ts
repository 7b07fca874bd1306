// The partition of a record: by its key as Java's client does it, or where there is no key, so that
// batches get full (sticky) or partitions get as many records each (round robin). No chance is
// involved: a run that is repeated chooses the same.

import { murmur2 } from './murmur2.ts'

/** How records without a key are spread. */
export type KeylessSpread = 'sticky' | 'round-robin'

/** The partition of a key, the same as Java's default partitioner gives. */
export function partitionOfKey(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitionCount
}

/** Spreads the records without a key that one writer has for one topic. */
export class KeylessPartitioner {
  readonly #stickyBytes: number
  #partition: number
  #bytes = 0

  /**
   * `first` is where this writer begins, its subtask for example, so that several begin apart. A
   * sticky one goes on to the next partition after `stickyBytes`: the size of a batch.
   */
  constructor(spread: KeylessSpread, first: number, stickyBytes: number) {
    this.#stickyBytes = spread === 'sticky' ? stickyBytes : 0
    this.#partition = first
  }

  /** The partition of the next record. The number of partitions may have grown. */
  next(partitionCount: number, recordBytes: number): number {
    const partition = this.#partition % partitionCount
    this.#bytes += recordBytes
    if (this.#bytes >= this.#stickyBytes) {
      this.#partition = (partition + 1) % partitionCount
      this.#bytes = 0
    }
    return partition
  }
}
