// Reads the records of a fetch response, one after the other, without an object per record: the
// fields of the cursor are the record. Everything is checked before it is handed over (format,
// length, checksum, sizes, order), and nothing outside the bytes of a batch is ever read.

import { SluiceError } from '@sluice/core'
import {
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_END,
  BatchHeader,
  batchSizeBytes,
  MAGIC,
  MAGIC_END,
} from './batch-header.ts'
import { decompressedRecords, type DecompressionLimits } from './decompressed-records.ts'
import { damagedRecords } from './record-errors.ts'
import { readHeaders, type RecordHeader } from './record-headers.ts'

/** The least that follows the length in any format: checksum, magic, attributes, key, value. */
const LEAST_LENGTH = 14

const noBytes = new Uint8Array()

/**
 * A cursor over the batches of a fetch response and over the records of each.
 *
 * @example
 * cursor.reset(bytes, fetchOffset)
 * while (cursor.nextBatch()) {
 *   if (!filter.admits(cursor)) continue
 *   while (cursor.nextRecord()) take(cursor.bytes, cursor.valueStart, cursor.valueEnd)
 * }
 */
export class RecordCursor {
  /** The batch that `nextBatch` found. */
  readonly batch: BatchHeader = new BatchHeader()
  /** Where the ranges of the record lie. Never written again, so parts of it may be kept. */
  bytes: Uint8Array = noBytes
  offset = 0
  /** Milliseconds: when the producer made it, or when the broker got it; -1 without one. */
  timestamp = -1
  /** -1 if the record has no key. */
  keyStart = -1
  keyEnd = -1
  /** -1 if the record has no value (a tombstone). */
  valueStart = -1
  valueEnd = -1
  headerCount = 0

  readonly #limits: DecompressionLimits
  #response: Uint8Array = noBytes
  /** Where the batch of `batch` begins in the response, and where the next one does. */
  #batchAt = 0
  #nextBatchAt = 0
  #endOffset = Number.POSITIVE_INFINITY
  #position = 0
  #lastOffset = -1
  #batches = 0
  #neededBytes = 0
  /** Records of the batch that have not been looked at; -1 while no batch is open. */
  #left = -1
  #opened = false
  #at = 0
  #recordStart = 0
  #recordEnd = 0
  #headersAt = 0

  constructor(limits: DecompressionLimits) {
    this.#limits = limits
  }

  /**
   * Takes a response. Records before `fetchOffset` are passed over: a batch may begin earlier.
   * Batches from `endOffset` on are left, as if they had not come: the high watermark, or the last
   * stable offset for committed reading.
   */
  reset(bytes: Uint8Array, fetchOffset: number, endOffset = Number.POSITIVE_INFINITY): void {
    this.#response = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#batchAt = 0
    this.#nextBatchAt = 0
    this.#endOffset = endOffset
    this.#position = fetchOffset
    this.#lastOffset = -1
    this.#batches = 0
    this.#neededBytes = 0
    this.#left = -1
    this.bytes = noBytes
  }

  /**
   * Where reading goes on when everything that was handed over is done with: behind the last
   * record, or behind the batch when it has no more or was passed over.
   */
  get position(): number {
    return this.#position
  }

  /**
   * The size of the batch at `position`, if the response ended before it was there completely. It
   * comes with the next fetch; but if it is the first of a response (`isOversized`), that fetch
   * must allow for this size. At least 1 more than what came where the size is not there either.
   */
  get neededBytes(): number {
    return this.#neededBytes
  }

  /** The response held bytes and no whole batch: the same fetch would never get further. */
  get isOversized(): boolean {
    return this.#neededBytes > 0 && this.#batches === 0
  }

  /**
   * Goes to the next batch; what is left of the one before is passed over. False: there is no
   * further whole batch. Throws if it is damaged or of a kind that is not read.
   */
  nextBatch(): boolean {
    if (this.#left >= 0) this.#leaveBatch()
    const bytes = this.#response
    const at = this.#nextBatchAt
    const restBytes = bytes.length - at
    if (restBytes < BATCH_LENGTH_END) return this.#noBatch(restBytes === 0 ? 0 : restBytes + 1)
    const header = this.batch
    const sizeBytes = batchSizeBytes(bytes, at)
    if (sizeBytes < BATCH_LENGTH_END + LEAST_LENGTH) {
      throw damagedRecords(this.#position, `it says to be ${sizeBytes} bytes long`)
    }
    if (restBytes >= MAGIC_END) this.#checkMagic(bytes[at + MAGIC_END - 1] as number)
    if (restBytes < sizeBytes) return this.#noBatch(sizeBytes)
    if (sizeBytes < BATCH_HEADER_BYTES) {
      throw damagedRecords(this.#position, `it says to be ${sizeBytes} bytes long`)
    }
    header.read(bytes, at)
    header.verify(bytes, at)
    if (header.baseOffset <= this.#lastOffset) {
      throw damagedRecords(header.baseOffset, `the one before it ends at ${this.#lastOffset}`)
    }
    if (header.baseOffset >= this.#endOffset) return this.#noBatch(0)
    this.#batchAt = at
    this.#nextBatchAt = at + sizeBytes
    this.#lastOffset = header.lastOffset
    this.#batches++
    this.#left = header.recordCount
    this.#opened = false
    return true
  }

  /**
   * Goes to the next record of the batch from `fetchOffset` on. False: the batch has no more.
   * Throws if it is damaged, and asked again throws the same.
   */
  nextRecord(): boolean {
    if (this.#left < 0) return false
    if (!this.#opened) this.#openBatch()
    while (this.#left > 0) {
      this.#readRecord()
      if (this.offset < this.#position) continue
      this.#position = this.offset + 1
      return true
    }
    this.#leaveBatch()
    return false
  }

  /** The headers of the record, read when they are asked for. */
  headers(): readonly RecordHeader[] {
    if (this.headerCount === 0) return []
    const { batch, offset, headerCount } = this
    return readHeaders(this.bytes, this.#headersAt, this.#recordEnd, headerCount, (what) =>
      damagedRecords(batch.baseOffset, `record ${offset}: ${what}`),
    )
  }

  #leaveBatch(): void {
    this.#left = -1
    const end = this.batch.lastOffset + 1
    if (end > this.#position) this.#position = end
  }

  #noBatch(neededBytes: number): false {
    this.#neededBytes = neededBytes
    return false
  }

  #checkMagic(magic: number): void {
    if (magic === MAGIC) return
    const place = `The records at offset ${this.#position}`
    if (magic > MAGIC) throw damagedRecords(this.#position, `its format is ${magic}`)
    throw new SluiceError(
      'KAFKA_RECORDS_UNSUPPORTED',
      `${place} are in the message format ${magic} of brokers before 0.11, which is not read.`,
      {
        hint: 'Copy the topic to a new one with the tools of Kafka, or start behind these records.',
      },
    )
  }

  #openBatch(): void {
    const { compression, sizeBytes, recordCount } = this.batch
    const end = this.#batchAt + sizeBytes
    if (recordCount === 0) return
    if (compression === 'none') {
      // The end of the view is the end of the batch, so no record can reach into the next one.
      this.bytes = this.#response.subarray(this.#batchAt + BATCH_HEADER_BYTES, end)
    } else {
      this.bytes = decompressedRecords(this.batch, this.#response, this.#batchAt, this.#limits)
    }
    this.#at = 0
    this.#recordEnd = 0
    this.offset = this.batch.baseOffset - 1
    this.#opened = true
  }

  #readRecord(): void {
    const { batch, bytes } = this
    this.#at = this.#recordStart = this.#recordEnd
    this.#recordEnd = bytes.length
    const length = this.#varint()
    const end = this.#at + length
    if (length <= 0 || end > bytes.length) throw this.#broken(`it is ${length} bytes long`)
    this.#recordEnd = end
    // The attributes of a record mean nothing yet.
    this.#at++
    const timestampDelta = this.#varlong()
    this.timestamp = batch.hasAppendTime
      ? batch.highestTimestamp
      : batch.baseTimestamp + timestampDelta
    const offset = batch.baseOffset + this.#varint()
    if (offset <= this.offset || offset > batch.lastOffset) {
      throw this.#broken(`offset ${offset} follows ${this.offset}`)
    }
    const keyLength = this.#varint()
    this.keyStart = keyLength < 0 ? -1 : this.#at
    this.keyEnd = this.#skip(keyLength)
    const valueLength = this.#varint()
    this.valueStart = valueLength < 0 ? -1 : this.#at
    this.valueEnd = this.#skip(valueLength)
    const headerCount = this.#varint()
    if (headerCount < 0 || headerCount > end - this.#at) {
      throw this.#broken(`it says to have ${headerCount} headers`)
    }
    if (headerCount === 0 && this.#at !== end) throw this.#broken('bytes follow it')
    if (this.#left === 1 && end !== bytes.length) throw this.#broken('bytes follow the last one')
    this.headerCount = headerCount
    this.#headersAt = this.#at
    this.offset = offset
    this.#left--
  }

  /** Passes over a key or value; returns its end, or -1 if there is none. */
  #skip(length: number): number {
    if (length < 0) {
      if (length !== -1) throw this.#broken(`a part of it is ${length} bytes long`)
      return -1
    }
    const end = this.#at + length
    if (end > this.#recordEnd) throw this.#broken(`a part of it is ${length} bytes long`)
    this.#at = end
    return end
  }

  #varint(): number {
    const at = this.#at
    if (at < this.#recordEnd) {
      const byte = this.bytes[at] as number
      if (byte < 0x80) {
        this.#at = at + 1
        return (byte >>> 1) ^ -(byte & 1)
      }
    }
    return this.#longVarint()
  }

  #longVarint(): number {
    const { bytes } = this
    let zigzag = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#at >= this.#recordEnd) throw this.#broken('it ends within a number')
      const byte = bytes[this.#at++] as number
      zigzag |= (byte & 0x7f) << shift
      if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1)
    }
    throw this.#broken('a number in it is longer than 32 bits')
  }

  #varlong(): number {
    const at = this.#at
    if (at < this.#recordEnd) {
      const byte = this.bytes[at] as number
      if (byte < 0x80) {
        this.#at = at + 1
        return (byte >>> 1) ^ -(byte & 1)
      }
    }
    return this.#longVarlong()
  }

  #longVarlong(): number {
    const { bytes } = this
    // The lowest bit is the sign, so the magnitude begins with six bits.
    const first = bytes[this.#at] as number
    let magnitude = 0
    let scale = 0.5
    for (let index = 0; index < 10; index++) {
      if (this.#at >= this.#recordEnd) throw this.#broken('it ends within a number')
      const byte = bytes[this.#at++] as number
      magnitude += (index === 0 ? byte & 0x7e : byte & 0x7f) * scale
      if (byte < 0x80) return (first & 1) === 0 ? magnitude : -magnitude - 1
      scale *= 128
    }
    throw this.#broken('a number in it is longer than 64 bits')
  }

  /** The error of the record that is being read, which stays the next one: asked again, it is
   * the same error, never a record that begins in the middle of this one. */
  #broken(what: string): SluiceError {
    const { batch } = this
    this.#recordEnd = this.#recordStart
    const index = batch.recordCount - this.#left
    return damagedRecords(batch.baseOffset, `record ${index} of ${batch.recordCount}: ${what}`)
  }
}
