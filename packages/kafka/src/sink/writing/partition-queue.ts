// The batches of one partition on their way: filled, sealed, sent, acknowledged. Sequence numbers
// are given when a batch is sealed and never change, so a batch that is sent again is recognised.
//
//   open batch ──▶ sealed ──▶ in flight ──▶ acknowledged
//                     ▲            │
//                     └────────────┘  not acknowledged: it and all behind it, in their order

import type { RecordBatchBuilder } from '../../records/record-batch-builder.ts'
import { BatchHeader, sealBatch, sequenceAfter } from '../../records/batch-header.ts'
import type { Compression } from '../../records/compression/compression.ts'
import type { Producer } from './producer.ts'

/** A batch that is not changed any more. */
export interface SealedBatch {
  readonly bytes: Uint8Array
  readonly recordCount: number
  /** What it counts for against the limit on what waits. */
  readonly sizeBytes: number
}

/** Batches in flight at a time, as many as a broker remembers of a producer. */
const longestFlight = 5

export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  readonly builder: RecordBatchBuilder
  /** When the open batch got its first record, by the clock that never goes back. */
  openedAtMs = 0
  /** The coordinator knows that the transaction writes here. */
  added = false
  /** Records since the transaction began. */
  recordCount = 0
  /** The offset at which the first batch of the transaction was written; -1 while none is. */
  firstOffset = -1
  /** Nothing is sent before this: something went wrong just now. */
  notBeforeMs = Number.NEGATIVE_INFINITY
  failures = 0
  /** Since when nothing of it was acknowledged that should have been. */
  troubleSinceMs: number | undefined
  readonly #sealed: SealedBatch[] = []
  #inFlight: SealedBatch[] = []
  /** The broker at which batches are in flight. */
  #node: number | undefined
  #nextSequence = 0
  /** A batch failed: the others in flight come back first, then all go again in order. */
  #recovering = false
  #returned = 0

  constructor(topic: string, partition: number, builder: RecordBatchBuilder) {
    this.topic = topic
    this.partition = partition
    this.builder = builder
  }

  /** Nothing waits and nothing is in flight. */
  get idle(): boolean {
    return this.builder.recordCount === 0 && this.settled
  }

  /** All that was sealed is acknowledged. */
  get settled(): boolean {
    return this.#sealed.length === 0 && this.#inFlight.length === 0
  }

  get mayBeSent(): boolean {
    return this.#sealed.length > 0 && !this.#recovering && this.#inFlight.length < longestFlight
  }

  /** Batches are in flight at one broker at a time: two would answer, and write, out of order. */
  mayBeSentTo(node: number): boolean {
    return this.#inFlight.length === 0 || this.#node === node
  }

  /** Closes the open batch, which has a record at least. */
  seal(producer: Producer, compression: Compression): SealedBatch {
    const { recordCount, sizeBytes } = this.builder
    const bytes = this.builder.finish({
      producerId: producer.producerId,
      producerEpoch: producer.epoch,
      baseSequence: this.#nextSequence,
      isTransactional: producer.transactionalId !== undefined,
      compression,
    })
    this.#nextSequence = sequenceAfter(this.#nextSequence, recordCount)
    const batch = { bytes, recordCount, sizeBytes }
    this.#sealed.push(batch)
    return batch
  }

  /** A batch that was filled before anybody knew who would send it. */
  enqueue(bytes: Uint8Array, producer: Producer): SealedBatch {
    const header = new BatchHeader()
    header.read(bytes, 0)
    const { recordCount, compression = 'none', sizeBytes, baseTimestamp, highestTimestamp } = header
    sealBatch(bytes, {
      sizeBytes,
      recordCount,
      baseTimestamp,
      highestTimestamp,
      compression,
      producerId: producer.producerId,
      producerEpoch: producer.epoch,
      baseSequence: this.#nextSequence,
      isTransactional: producer.transactionalId !== undefined,
      isControl: false,
    })
    this.#nextSequence = sequenceAfter(this.#nextSequence, recordCount)
    const batch = { bytes, recordCount, sizeBytes }
    this.#sealed.push(batch)
    return batch
  }

  /** The next batch to be sent, to this broker. */
  send(node: number): SealedBatch {
    const batch = this.#sealed.shift() as SealedBatch
    this.#node = node
    this.#inFlight.push(batch)
    return batch
  }

  /** Whether it is the oldest one in flight: what is wrong with it is not the fault of another. */
  isFirst(batch: SealedBatch): boolean {
    return this.#inFlight[0] === batch
  }

  acknowledged(batch: SealedBatch): void {
    this.#inFlight = this.#inFlight.filter((each) => each !== batch)
    this.failures = 0
    this.troubleSinceMs = undefined
    this.#settleRecovery()
  }

  /** It has to be sent again, and so have all behind it. */
  failed(_batch: SealedBatch): void {
    this.#recovering = true
    this.#returned += 1
    this.#settleRecovery()
  }

  /** Another transaction: it has a producer or an epoch of its own, so it counts anew. */
  begin(): void {
    this.added = false
    this.recordCount = 0
    this.firstOffset = -1
    this.#nextSequence = 0
  }

  /** When none is out any more, all that were not acknowledged wait again, in their order. */
  #settleRecovery(): void {
    if (!this.#recovering || this.#returned < this.#inFlight.length) return
    this.#sealed.unshift(...this.#inFlight)
    this.#inFlight = []
    this.#returned = 0
    this.#recovering = false
  }
}
