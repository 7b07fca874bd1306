// The 61 bytes before the records of a batch (format 2), read and written. Layout:
//
//   0 base offset 8 · 8 length of what follows 4 · 12 leader epoch 4 · 16 magic 1 · 17 crc 4
//   21 attributes 2 · 23 last offset delta 4 · 27 base timestamp 8 · 35 highest timestamp 8
//   43 producer id 8 · 51 producer epoch 2 · 53 base sequence 4 · 57 number of records 4
//
// The checksum covers everything from the attributes on, so the broker can set offset and epoch.

import type { Compression } from './compression/compression.ts'
import { crc32c } from './crc32c.ts'
import { damagedRecords } from './record-errors.ts'

/** Size of the header; the records follow it. */
export const BATCH_HEADER_BYTES = 61

/** Base offset and length: what says how long a batch is. */
export const BATCH_LENGTH_END = 12

const LEADER_EPOCH_AT = 12
const MAGIC_AT = 16
const CRC_AT = 17
const ATTRIBUTES_AT = 21
const LAST_OFFSET_DELTA_AT = 23
const BASE_TIMESTAMP_AT = 27
const HIGHEST_TIMESTAMP_AT = 35
const PRODUCER_ID_AT = 43
const PRODUCER_EPOCH_AT = 51
const BASE_SEQUENCE_AT = 53
const RECORD_COUNT_AT = 57

const COMPRESSION_BITS = 0x07
const APPEND_TIME_BIT = 0x08
const TRANSACTIONAL_BIT = 0x10
const CONTROL_BIT = 0x20

/** The byte that says which format follows; all formats have it in the same place. */
export const MAGIC_END = MAGIC_AT + 1
export const MAGIC = 2

/** How the attributes name a compression. */
const compressionNames: readonly (Compression | undefined)[] = [
  'none',
  'gzip',
  'snappy',
  'lz4',
  'zstd',
]

/** The header of one batch. One object serves for all batches that a reader sees. */
export class BatchHeader {
  baseOffset = 0
  /** Offset of the last record, also when compaction has removed it. */
  lastOffset = 0
  sizeBytes = 0
  leaderEpoch = 0
  /** Undefined: a number that no compression has. */
  compression: Compression | undefined = 'none'
  isTransactional = false
  isControl = false
  /** The timestamps of all records are `highestTimestamp`: the time at which the broker got it. */
  hasAppendTime = false
  baseTimestamp = 0
  highestTimestamp = 0
  /** -1 without a producer that is idempotent. */
  producerId = -1
  producerEpoch = -1
  baseSequence = -1
  /** Records that are there; fewer than offsets after compaction, perhaps none. */
  recordCount = 0

  /** Reads a header that is there completely. Says nothing about magic and checksum. */
  read(bytes: Uint8Array, at: number): void {
    const attributes = readInt16(bytes, at + ATTRIBUTES_AT)
    this.baseOffset = readInt64(bytes, at)
    this.lastOffset = this.baseOffset + readInt32(bytes, at + LAST_OFFSET_DELTA_AT)
    this.sizeBytes = BATCH_LENGTH_END + readInt32(bytes, at + 8)
    this.leaderEpoch = readInt32(bytes, at + LEADER_EPOCH_AT)
    this.compression = compressionNames[attributes & COMPRESSION_BITS]
    this.isTransactional = (attributes & TRANSACTIONAL_BIT) !== 0
    this.isControl = (attributes & CONTROL_BIT) !== 0
    this.hasAppendTime = (attributes & APPEND_TIME_BIT) !== 0
    this.baseTimestamp = readInt64(bytes, at + BASE_TIMESTAMP_AT)
    this.highestTimestamp = readInt64(bytes, at + HIGHEST_TIMESTAMP_AT)
    this.producerId = readInt64(bytes, at + PRODUCER_ID_AT)
    this.producerEpoch = readInt16(bytes, at + PRODUCER_EPOCH_AT)
    this.baseSequence = readInt32(bytes, at + BASE_SEQUENCE_AT)
    this.recordCount = readInt32(bytes, at + RECORD_COUNT_AT)
  }

  /** Throws unless checksum and numbers are right; `read` comes first. */
  verify(bytes: Uint8Array, at: number): void {
    const { baseOffset, lastOffset, recordCount } = this
    const expected = readInt32(bytes, at + CRC_AT) >>> 0
    const found = crc32c(bytes, at + ATTRIBUTES_AT, at + this.sizeBytes)
    if (found !== expected) {
      throw damagedRecords(baseOffset, `its checksum is ${hex(found)}, not ${hex(expected)}`)
    }
    if (baseOffset < 0 || !Number.isSafeInteger(lastOffset)) {
      throw damagedRecords(baseOffset, `its offsets end at ${lastOffset}`)
    }
    if (lastOffset < baseOffset) {
      throw damagedRecords(baseOffset, `its last offset is ${lastOffset}`)
    }
    if (recordCount < 0 || recordCount > lastOffset - baseOffset + 1) {
      throw damagedRecords(
        baseOffset,
        `it says to have ${recordCount} records in the offsets up to ${lastOffset}`,
      )
    }
    if (!Number.isSafeInteger(this.producerId)) {
      throw damagedRecords(baseOffset, 'its producer id is none that a broker gives')
    }
  }
}

/** What a writer says about a batch. */
export interface BatchFields {
  readonly sizeBytes: number
  readonly recordCount: number
  readonly baseTimestamp: number
  readonly highestTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly compression: Compression
  readonly isTransactional: boolean
  readonly isControl: boolean
}

/** Writes the header, base offset 0, at the start of `bytes`; the records are there already. */
export function sealBatch(bytes: Uint8Array, fields: BatchFields): void {
  writeInt64(bytes, 0, 0)
  writeInt32(bytes, 8, fields.sizeBytes - BATCH_LENGTH_END)
  writeInt32(bytes, LEADER_EPOCH_AT, -1)
  bytes[MAGIC_AT] = MAGIC
  writeInt16(
    bytes,
    ATTRIBUTES_AT,
    compressionNames.indexOf(fields.compression) |
      (fields.isTransactional ? TRANSACTIONAL_BIT : 0) |
      (fields.isControl ? CONTROL_BIT : 0),
  )
  writeInt32(bytes, LAST_OFFSET_DELTA_AT, fields.recordCount - 1)
  writeInt64(bytes, BASE_TIMESTAMP_AT, fields.baseTimestamp)
  writeInt64(bytes, HIGHEST_TIMESTAMP_AT, fields.highestTimestamp)
  writeInt64(bytes, PRODUCER_ID_AT, fields.producerId)
  writeInt16(bytes, PRODUCER_EPOCH_AT, fields.producerEpoch)
  writeInt32(bytes, BASE_SEQUENCE_AT, fields.baseSequence)
  writeInt32(bytes, RECORD_COUNT_AT, fields.recordCount)
  writeInt32(bytes, CRC_AT, crc32c(bytes, ATTRIBUTES_AT, fields.sizeBytes))
}

/** The size of the batch at `at`; its first 12 bytes must be there. */
export function batchSizeBytes(bytes: Uint8Array, at: number): number {
  return BATCH_LENGTH_END + readInt32(bytes, at + 8)
}

/** What a broker does when it appends: gives the batch its place. The checksum stays right. */
export function placeBatch(
  bytes: Uint8Array,
  at: number,
  baseOffset: number,
  leaderEpoch: number,
): void {
  writeInt64(bytes, at, baseOffset)
  writeInt32(bytes, at + LEADER_EPOCH_AT, leaderEpoch)
}

/** What a broker does to topics with append time: all records get this timestamp. */
export function setAppendTime(bytes: Uint8Array, at: number, timestamp: number): void {
  writeInt16(bytes, at + ATTRIBUTES_AT, readInt16(bytes, at + ATTRIBUTES_AT) | APPEND_TIME_BIT)
  writeInt64(bytes, at + HIGHEST_TIMESTAMP_AT, timestamp)
  const end = at + batchSizeBytes(bytes, at)
  writeInt32(bytes, at + CRC_AT, crc32c(bytes, at + ATTRIBUTES_AT, end))
}

/** The sequence number after `count` records: it wraps to 0 behind the highest, as Java's does. */
export function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % 0x8000_0000
}

export function readInt16(bytes: Uint8Array, at: number): number {
  return (((bytes[at] as number) << 24) >> 16) | (bytes[at + 1] as number)
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  )
}

function readInt64(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at) * 0x1_0000_0000 + (readInt32(bytes, at + 4) >>> 0)
}

export function writeInt16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8
  bytes[at + 1] = value
}

export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24
  bytes[at + 1] = value >> 16
  bytes[at + 2] = value >> 8
  bytes[at + 3] = value
}

function writeInt64(bytes: Uint8Array, at: number, value: number): void {
  writeInt32(bytes, at, Math.floor(value / 0x1_0000_0000))
  writeInt32(bytes, at + 4, value)
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`
}
