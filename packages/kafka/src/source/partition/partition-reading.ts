// One partition as it is read: what has arrived and was not handed over, and the position behind
// the last record that was. What arrived stays bytes until the engine asks for records. Nothing is
// fetched while more than the limit waits here, so memory is bounded.

import { SluiceError, type SourceBatch } from '@sluice/core/connector'
import { type AbortedTransaction, CommittedFilter } from '../../records/committed-filter.ts'
import { RecordCursor } from '../../records/record-cursor.ts'
import type { KafkaDeadLetter } from './kafka-dead-letter.ts'
import { type KafkaSplit, partitionText } from './kafka-split.ts'
import type { MalformedMessages } from './malformed-messages.ts'
import type { MessageDecoder } from './message-decoder.ts'
import { wholeBatchesOf } from './whole-batches.ts'

/** What stays the same for all partitions of a reader. */
export interface ReadingOptions<T> {
  readonly decoder: MessageDecoder<T>
  readonly malformed: MalformedMessages
  /** Transactions that are open or aborted are not shown. */
  readonly committedOnly: boolean
  /** How much of a partition is asked for at once; twice as much may wait here. */
  readonly fetchBytes: number
  /** Largest batch, decompressed. */
  readonly decompressedBytes: number
  /** Called when something that `fill` waited for has come. */
  readonly wake: () => void
}

/** What came of a partition with one fetch. */
export interface Arrival {
  readonly bytes: Uint8Array
  /** Aborted transactions that reach into these bytes. */
  readonly aborted: readonly AbortedTransaction[]
  readonly highWatermark: number
  /** What lies behind belongs to transactions that have not ended. */
  readonly lastStableOffset: number
}

export class PartitionReading<T> {
  /** As it was when the reader got it; `snapshot` has the position. */
  readonly split: KafkaSplit
  readonly #options: ReadingOptions<T>
  readonly #cursor: RecordCursor
  readonly #filter: CommittedFilter | undefined
  readonly #stopAt: number
  /** In order; the cursor is in none of them. */
  #waiting: Arrival[] = []
  #bufferedBytes = 0
  #currentBytes = 0
  #inBatch = false
  /** The cursor stands at a record that was not handed over. */
  #atRecord = false
  #schema: Promise<void> | undefined
  /** A schema could not be had. */
  #failure: unknown
  #position: number
  #leaderEpoch: number
  #finished = false
  /** Where the next fetch begins, and the leader epoch of what lies before it. */
  fetchOffset: number
  fetchEpoch: number
  /** Grows where a single batch is larger. */
  fetchBytes: number
  highWatermark = -1

  constructor(split: KafkaSplit, options: ReadingOptions<T>) {
    this.split = split
    this.#options = options
    this.#cursor = new RecordCursor({ decompressedBytes: options.decompressedBytes })
    this.#filter = options.committedOnly ? new CommittedFilter() : undefined
    this.#stopAt = split.stopAt ?? Number.POSITIVE_INFINITY
    this.#position = split.offset
    this.#leaderEpoch = split.leaderEpoch
    this.fetchOffset = split.offset
    this.fetchEpoch = split.leaderEpoch
    this.fetchBytes = options.fetchBytes
  }

  get finished(): boolean {
    return this.#finished
  }

  /** Whether `fill` has something to do. */
  get hasInput(): boolean {
    if (this.#schema !== undefined) return false
    return this.#inBatch || this.#currentBytes > 0 || this.#waiting.length > 0 || this.#finished
  }

  /** Whether another fetch may bring something. */
  get wantsFetch(): boolean {
    const hasRoom = this.#bufferedBytes < 2 * this.#options.fetchBytes
    return hasRoom && !this.#finished && this.fetchOffset < this.#stopAt
  }

  /** Everything up to the end of the partition was handed over. */
  get caughtUp(): boolean {
    return !this.hasInput && this.#schema === undefined && this.#position >= this.highWatermark
  }

  /** Records that are there and were not handed over. */
  get lag(): number {
    return Math.max(0, this.highWatermark - this.#position)
  }

  snapshot(): KafkaSplit {
    return { ...this.split, offset: this.#position, leaderEpoch: this.#leaderEpoch }
  }

  /** Takes what a fetch from `fetchOffset` has brought. */
  arrived(arrival: Arrival): void {
    this.highWatermark = arrival.highWatermark
    if (arrival.bytes.length === 0) return
    const { committedOnly, fetchBytes } = this.#options
    const end = committedOnly ? arrival.lastStableOffset : arrival.highWatermark
    const found = wholeBatchesOf(arrival.bytes, end)
    if (found.nextOffset === undefined && found.neededBytes > 0) {
      this.fetchBytes = Math.max(this.fetchBytes * 2, found.neededBytes)
      return
    }
    this.fetchBytes = fetchBytes
    if (found.sizeBytes === 0) return
    const bytes = arrival.bytes.subarray(0, found.sizeBytes)
    this.fetchOffset = found.nextOffset ?? this.fetchOffset
    this.fetchEpoch = found.leaderEpoch
    this.#bufferedBytes += bytes.length
    this.#waiting.push({ ...arrival, bytes })
  }

  /** What lies between here and `offset` is lost, and reading goes on behind it. */
  skipTo(offset: number): void {
    this.#waiting = []
    this.#bufferedBytes = 0
    this.#currentBytes = 0
    this.#inBatch = false
    this.#atRecord = false
    this.#position = offset
    this.#leaderEpoch = -1
    this.fetchOffset = offset
    this.fetchEpoch = -1
    this.#checkEnd()
  }

  /** Hands over what has arrived, as far as there is room. */
  fill(batch: SourceBatch<T, KafkaDeadLetter>): void {
    if (this.#failure !== undefined) throw this.#failure
    const { decoder, malformed } = this.#options
    const cursor = this.#cursor
    const { split } = this
    batch.split = split.id
    // Also where nothing can be decoded, a call ends, and hands over no more than a batch.
    for (let met = 0; met < batch.capacity; met++) {
      try {
        while (batch.length < batch.capacity) {
          if (!this.#atRecord && !this.#nextRecord()) return
          if (decoder.mayWait && this.#waits()) return
          const at = batch.length
          batch.values[at] = decoder.decode(cursor, split)
          const { timestamp } = cursor
          batch.timestamps[at] = timestamp < 0 ? Number.NEGATIVE_INFINITY : timestamp
          batch.length = at + 1
          this.#passed()
        }
        return
      } catch (error) {
        // A record that is not handed over is passed over, or ends the attempt.
        if (!this.#atRecord) throw this.#placed(error)
        malformed.meet(error, cursor, split, batch)
        this.#passed()
      }
    }
  }

  /** The record at the cursor is dealt with. */
  #passed(): void {
    this.#atRecord = false
    this.#position = this.#cursor.position
    this.#leaderEpoch = this.#cursor.batch.leaderEpoch
  }

  #waits(): boolean {
    const schema = this.#options.decoder.prepare(this.#cursor)
    if (schema === undefined) return false
    this.#schema = schema.then(
      () => this.#schemaCame(undefined),
      (error: unknown) => this.#schemaCame(error),
    )
    return true
  }

  #schemaCame(failure: unknown): void {
    this.#schema = undefined
    this.#failure = failure
    this.#options.wake()
  }

  /** Goes to the next record that is shown; false: there is none yet, or none any more. */
  #nextRecord(): boolean {
    const cursor = this.#cursor
    while (!this.#finished) {
      if (this.#inBatch && cursor.nextRecord()) {
        this.#atRecord = cursor.offset < this.#stopAt
        if (!this.#atRecord) this.#finish()
        return this.#atRecord
      }
      if (!this.#nextBatch()) return false
    }
    return false
  }

  #nextBatch(): boolean {
    const cursor = this.#cursor
    const wasIn = this.#currentBytes > 0
    const { leaderEpoch } = cursor.batch
    const found = wasIn && cursor.nextBatch()
    if (wasIn) {
      // Behind the batch before, also where its records are not shown; in its epoch, for the epoch
      // of an earlier one may have ended below.
      if (cursor.position > this.#position) {
        this.#position = cursor.position
        this.#leaderEpoch = leaderEpoch
      }
      this.#checkEnd()
    }
    if (!found) return this.#nextArrival()
    this.#inBatch = this.#filter?.admits(cursor) ?? !cursor.batch.isControl
    return true
  }

  #nextArrival(): boolean {
    this.#inBatch = false
    this.#bufferedBytes -= this.#currentBytes
    this.#currentBytes = 0
    const next = this.#waiting.shift()
    if (next === undefined) return false
    this.#currentBytes = next.bytes.length
    this.#cursor.reset(next.bytes, this.#position)
    this.#filter?.beginResponse(next.aborted)
    return true
  }

  #checkEnd(): void {
    if (this.#position >= this.#stopAt) this.#finish()
  }

  #finish(): void {
    this.#finished = true
    this.#waiting = []
    this.#bufferedBytes = 0
    this.#currentBytes = 0
    this.#inBatch = false
  }

  #placed(error: unknown): unknown {
    if (!(error instanceof SluiceError)) return error
    const message = `Partition ${partitionText(this.split)}: ${error.message}`
    return new SluiceError(error.code, message, {
      where: error.where,
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    })
  }
}
