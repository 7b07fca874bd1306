// The log of one partition with a broker's rules: idempotent producers, transactions up to the last
// stable offset, leader epochs. The bytes of a batch are stored as they came.

import {
  BATCH_HEADER_BYTES,
  BatchHeader,
  batchSizeBytes,
  placeBatch,
  sequenceAfter,
} from '../../src/records/batch-header.ts'
import { RecordCursor } from '../../src/records/record-cursor.ts'
import { controlBatch } from '../../src/records/control-batch.ts'
import type { AbortedTransaction } from '../../src/records/committed-filter.ts'
import { code } from './error-code.ts'

interface StoredBatch {
  readonly bytes: Uint8Array
  readonly baseOffset: number
  readonly endOffset: number
  readonly timestamp: number
}

/** What a broker remembers of a producer to tell repeated batches from new ones. */
interface ProducerState {
  epoch: number
  /** -1: none since the epoch began. */
  lastSequence: number
  /** The last five batches, oldest first. */
  recent: { readonly first: number; readonly last: number; readonly baseOffset: number }[]
  /** First offset of its open transaction. */
  openSince: number | undefined
  lastTimestamp: number
  /** It has had another epoch here: a new one begins with sequence 0. */
  isBumped: boolean
  coordinatorEpoch: number
}

interface EndedTransaction extends AbortedTransaction {
  readonly markerOffset: number
}

/** What became of an append. */
export type AppendResult = { readonly baseOffset: number } | { readonly error: number }

export interface FetchedBytes {
  readonly bytes: Uint8Array
  readonly aborted: readonly AbortedTransaction[]
}

const rememberedBatches = 5

/** A record as ListOffsets finds it. */
export interface TimedRecord {
  readonly offset: number
  readonly timestamp: number
}

export class PartitionLog {
  readonly #batches: StoredBatch[] = []
  readonly #aborted: EndedTransaction[] = []
  readonly #producers = new Map<number, ProducerState>()
  /** Where each leader epoch begins, ascending. */
  readonly #epochs: { readonly epoch: number; readonly start: number }[] = [{ epoch: 0, start: 0 }]
  /** Called when there is more to read. */
  readonly #grown: () => void
  #logStart = 0
  #end = 0

  constructor(grown: () => void) {
    this.#grown = grown
  }

  get logStart(): number {
    return this.#logStart
  }

  get highWatermark(): number {
    return this.#end
  }

  get leaderEpoch(): number {
    return this.#epochs.at(-1)?.epoch ?? 0
  }

  get lastStableOffset(): number {
    let stable = this.#end
    for (const { openSince } of this.#producers.values()) {
      if (openSince !== undefined && openSince < stable) stable = openSince
    }
    return stable
  }

  get producers(): ReadonlyMap<number, Readonly<ProducerState>> {
    return this.#producers
  }

  /** Whether records of this producer are part of a transaction that has not ended. */
  isOpen(producerId: number): boolean {
    return this.#producers.get(producerId)?.openSince !== undefined
  }

  newLeader(): void {
    this.#epochs.push({ epoch: this.leaderEpoch + 1, start: this.#end })
  }

  /**
   * Checks each batch, whole, before it is added. `beginsAtZero`: also the first batch of a
   * producer that is not known has sequence 0 (transactions of version 2).
   */
  append(records: Uint8Array, largestBytes: number, beginsAtZero = false): AppendResult {
    const header = new BatchHeader()
    let at = 0
    let baseOffset = -1
    while (at < records.length) {
      if (records.length - at < BATCH_HEADER_BYTES) return { error: code.CORRUPT_MESSAGE }
      const sizeBytes = batchSizeBytes(records, at)
      if (at + sizeBytes > records.length) return { error: code.CORRUPT_MESSAGE }
      if (sizeBytes > largestBytes) return { error: code.MESSAGE_TOO_LARGE }
      header.read(records, at)
      try {
        header.verify(records, at)
      } catch {
        return { error: code.CORRUPT_MESSAGE }
      }
      const result = this.#appendBatch(records.slice(at, at + sizeBytes), header, beginsAtZero)
      if ('error' in result) return result
      if (baseOffset < 0) baseOffset = result.baseOffset
      at += sizeBytes
    }
    return baseOffset < 0 ? { error: code.CORRUPT_MESSAGE } : { baseOffset }
  }

  /** The end of a transaction here; of one that wrote nothing it is a marker all the same. */
  appendMarker(
    type: 'commit' | 'abort',
    producerId: number,
    producerEpoch: number,
    coordinatorEpoch: number,
    timestamp: number,
  ): void {
    const fields = { type, producerId, producerEpoch, coordinatorEpoch, timestamp }
    const markerOffset = this.#end
    this.#store(controlBatch(fields), 1, timestamp)
    const state = this.#stateOf(producerId, producerEpoch)
    if (producerEpoch > state.epoch) this.#bump(state, producerEpoch)
    if (state.openSince !== undefined && type === 'abort') {
      this.#aborted.push({ producerId, firstOffset: state.openSince, markerOffset })
    }
    state.openSince = undefined
    state.coordinatorEpoch = coordinatorEpoch
    this.#grown()
  }

  /** Whole batches from `offset` on; the last one may be cut off, the first one never is. */
  fetch(offset: number, maxBytes: number, committedOnly: boolean): FetchedBytes {
    const limit = committedOnly ? this.lastStableOffset : this.#end
    const parts: Uint8Array[] = []
    let sizeBytes = 0
    let endOffset = offset
    for (const batch of this.#batches) {
      if (batch.endOffset <= offset || batch.baseOffset >= limit) continue
      if (parts.length > 0 && sizeBytes >= maxBytes) break
      parts.push(batch.bytes)
      sizeBytes += batch.bytes.length
      endOffset = batch.endOffset
    }
    const whole = Buffer.concat(parts)
    const least = parts[0]?.length ?? 0
    const aborted = this.#aborted.filter(
      ({ firstOffset, markerOffset }) => markerOffset >= offset && firstOffset < endOffset,
    )
    return {
      bytes: whole.subarray(0, Math.max(least, Math.min(whole.length, maxBytes))),
      aborted: committedOnly ? aborted : [],
    }
  }

  /** The first record that is not older; undefined where all are. */
  firstAtOrAfter(timestamp: number): TimedRecord | undefined {
    const batch = this.#batches.find((each) => each.timestamp >= timestamp)
    return batch && timesOf(batch).find((record) => record.timestamp >= timestamp)
  }

  /** The record with the greatest time, the first of several. */
  greatestTime(): TimedRecord | undefined {
    const greatest = Math.max(...this.#batches.map((batch) => batch.timestamp))
    return this.firstAtOrAfter(greatest)
  }

  /** The last epoch up to `epoch`, and where it ends. */
  endOfEpoch(epoch: number): { readonly epoch: number; readonly endOffset: number } {
    // Of an epoch that is still to come nothing is known.
    if (epoch > this.leaderEpoch) return { epoch: -1, endOffset: -1 }
    const index = this.#epochs.findLastIndex((each) => each.epoch <= epoch)
    const found = this.#epochs[index]
    if (found === undefined) return { epoch: -1, endOffset: -1 }
    return { epoch: found.epoch, endOffset: this.#epochs[index + 1]?.start ?? this.#end }
  }

  /** Retention: what lies before is gone. */
  deleteBefore(offset: number): void {
    while ((this.#batches[0]?.endOffset ?? Number.POSITIVE_INFINITY) <= offset) {
      this.#batches.shift()
    }
    this.#logStart = Math.max(this.#logStart, offset)
  }

  /** An unclean election: what lies behind is lost, and another leader goes on. */
  loseBehind(offset: number): void {
    while ((this.#batches.at(-1)?.baseOffset ?? -1) >= offset) this.#batches.pop()
    this.#end = offset
    this.newLeader()
  }

  #appendBatch(bytes: Uint8Array, header: BatchHeader, beginsAtZero: boolean): AppendResult {
    const { producerId, producerEpoch, baseSequence, recordCount } = header
    const timestamp = header.highestTimestamp
    if (producerId < 0) return { baseOffset: this.#store(bytes, recordCount, timestamp) }
    const state = this.#stateOf(producerId, producerEpoch)
    if (producerEpoch < state.epoch) return { error: code.INVALID_PRODUCER_EPOCH }
    if (producerEpoch > state.epoch) {
      if (baseSequence !== 0) return { error: code.OUT_OF_ORDER_SEQUENCE_NUMBER }
      this.#bump(state, producerEpoch)
    }
    const last = sequenceAfter(baseSequence, recordCount - 1)
    const known = state.recent.find((batch) => batch.first === baseSequence && batch.last === last)
    if (known !== undefined) return { baseOffset: known.baseOffset }
    const isNext =
      state.lastSequence < 0
        ? baseSequence === 0 || !(beginsAtZero || state.isBumped)
        : baseSequence === sequenceAfter(state.lastSequence, 1)
    if (!isNext) return { error: code.OUT_OF_ORDER_SEQUENCE_NUMBER }
    const baseOffset = this.#store(bytes, recordCount, timestamp)
    state.lastSequence = last
    state.lastTimestamp = timestamp
    state.recent = [...state.recent, { first: baseSequence, last, baseOffset }].slice(
      -rememberedBatches,
    )
    if (header.isTransactional) state.openSince ??= baseOffset
    return { baseOffset }
  }

  #store(bytes: Uint8Array, offsets: number, timestamp: number): number {
    const baseOffset = this.#end
    placeBatch(bytes, 0, baseOffset, this.leaderEpoch)
    this.#end += offsets
    this.#batches.push({ bytes, baseOffset, endOffset: this.#end, timestamp })
    this.#grown()
    return baseOffset
  }

  #stateOf(producerId: number, epoch: number): ProducerState {
    let state = this.#producers.get(producerId)
    if (state === undefined) {
      state = {
        epoch,
        lastSequence: -1,
        recent: [],
        openSince: undefined,
        lastTimestamp: -1,
        isBumped: false,
        coordinatorEpoch: -1,
      }
      this.#producers.set(producerId, state)
    }
    return state
  }

  #bump(state: ProducerState, epoch: number): void {
    state.epoch = epoch
    state.isBumped = true
    state.lastSequence = -1
    state.recent = []
  }
}

function timesOf({ bytes, baseOffset }: StoredBatch): TimedRecord[] {
  const cursor = new RecordCursor({ decompressedBytes: 1 << 24 })
  cursor.reset(bytes, baseOffset)
  const times: TimedRecord[] = []
  while (cursor.nextBatch()) {
    while (cursor.nextRecord()) times.push({ offset: cursor.offset, timestamp: cursor.timestamp })
  }
  return times
}
