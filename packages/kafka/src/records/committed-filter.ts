// Which batches hold committed records. Each response lists the aborted transactions that reach
// into it, also those that began before it or whose marker comes later, so it is all that is
// needed, wherever reading starts:
//
//   listed --(a batch reaches its first offset)--> aborting --(its abort marker)--> ended

import { readControlRecord } from './control-batch.ts'
import type { RecordCursor } from './record-cursor.ts'

/** An aborted transaction, as a fetch response lists it. */
export interface AbortedTransaction {
  readonly producerId: number
  /** Offset of its first record in the partition. */
  readonly firstOffset: number
}

/**
 * The filter of one partition for reading committed records.
 *
 * What is aborting at the end of one response goes on in the next because it is listed there again;
 * Java's consumer rests on that as well. It is not remembered beside the list: where compaction has
 * removed the rest of an aborted transaction with its marker in between, the producer would seem to
 * go on aborting, and its next transaction would be lost.
 */
export class CommittedFilter {
  /** By first offset; those before `#next` were reached. */
  #listed: readonly AbortedTransaction[] = []
  #next = 0
  readonly #aborting = new Set<number>()

  /**
   * A response begins, fetched at the offset from which the cursor reads it. Every batch of it is
   * shown to `admits`, in order.
   */
  beginResponse(aborted: readonly AbortedTransaction[]): void {
    this.#listed = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
    this.#next = 0
    this.#aborting.clear()
  }

  /** Whether the batch that the cursor is at has records to be handed over. */
  admits(cursor: RecordCursor): boolean {
    const { batch } = cursor
    for (let next = this.#listed[this.#next]; next !== undefined; next = this.#listed[this.#next]) {
      if (next.firstOffset > batch.lastOffset) break
      this.#aborting.add(next.producerId)
      this.#next++
    }
    const isAborting = this.#aborting.has(batch.producerId)
    if (!batch.isControl) return !(batch.isTransactional && isAborting)
    if (isAborting && cursor.nextRecord() && readControlRecord(cursor).type === 'abort') {
      this.#aborting.delete(batch.producerId)
    }
    return false
  }
}
