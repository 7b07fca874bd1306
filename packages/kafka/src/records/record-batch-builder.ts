// A record batch that is being filled: one buffer that grows, records encoded straight into it, the
// header and its checksum last. Nothing is allocated per record. A record that does not fit leaves
// no trace.

import { SluiceError } from '@sluice/core'
import { BATCH_HEADER_BYTES, sealBatch } from './batch-header.ts'
import type { BufferPool } from './buffer-pool.ts'
import { type Compression, compress } from './compression/compression.ts'
import { headersSize, type RecordHeader, writeHeaders } from './record-headers.ts'
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.ts'

/** Limits of the batches of one builder. All include the header of a batch. */
export interface RecordBatchLimits {
  /** A batch takes no further record above this size; a larger record gets a batch of its own. */
  readonly batchBytes: number
  /** The largest batch of a single record, before compression. */
  readonly recordBytes: number
  /** The largest batch that the broker takes (`message.max.bytes`), as it is sent. */
  readonly messageBytes: number
}

/** What a batch says about its producer, and how it is sent. */
export interface BatchSeal {
  /** -1, with -1 for epoch and sequence, for a producer that is not idempotent. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly isTransactional: boolean
  readonly compression: Compression
}

/** The latest timestamp that a Date can have: differences of two stay exact. */
const HIGHEST_TIMESTAMP = 8.64e15
/** The longest text of which the room is reserved by its longest encoding. */
const LONGEST_GUESS = 1024
const BYTES_PER_UNIT = 3

const noBytes = Buffer.alloc(0)

/** Fills one batch after the other; between two of them it holds no buffer. */
export class RecordBatchBuilder {
  readonly #limits: RecordBatchLimits
  readonly #batchBytes: number
  readonly #pool: BufferPool
  #bytes: Buffer = noBytes
  #end = BATCH_HEADER_BYTES
  #count = 0
  #baseTimestamp = 0
  #highestTimestamp = 0

  constructor(limits: RecordBatchLimits, pool: BufferPool) {
    this.#limits = limits
    this.#batchBytes = Math.min(limits.batchBytes, limits.messageBytes)
    this.#pool = pool
  }

  /** Records in the open batch. */
  get recordCount(): number {
    return this.#count
  }

  /** Size of the open batch before compression, its header included. */
  get sizeBytes(): number {
    return this.#end
  }

  /**
   * Adds a record; undefined is no key, or no value (a tombstone). The timestamp is in
   * milliseconds, -1 for none. False: the batch is full, so finish it and append again. Throws
   * `KAFKA_RECORDS_TOO_LARGE` for a record that not even an empty batch can hold.
   */
  append(
    key: Uint8Array | undefined,
    value: Uint8Array | undefined,
    headers: readonly RecordHeader[] | undefined,
    timestamp: number,
  ): boolean {
    const delta = this.#timestampDelta(timestamp)
    const keyLength = key === undefined ? -1 : key.length
    const valueLength = value === undefined ? -1 : value.length
    const rest = partSize(valueLength) + headersSize(headers)
    const body = this.#bodyBytes(delta, keyLength, rest)
    const sizeBytes = varintSize(body) + body
    if (!this.#admits(sizeBytes)) return false
    this.#reserve(sizeBytes)
    let at = this.#writeKey(body, delta, key)
    const bytes = this.#bytes
    at = writeVarint(bytes, at, valueLength)
    if (value !== undefined) {
      bytes.set(value, at)
      at += valueLength
    }
    this.#commit(writeHeaders(bytes, at, headers), timestamp)
    return true
  }

  /**
   * `append` with a value that is text: encoded straight into the batch, as UTF-8, in one pass. Its
   * length is taken to be that of ASCII; where that was wrong and the numbers before the value take
   * another size, the value is moved.
   */
  appendText(
    key: Uint8Array | undefined,
    value: string,
    headers: readonly RecordHeader[] | undefined,
    timestamp: number,
  ): boolean {
    const delta = this.#timestampDelta(timestamp)
    const keyLength = key === undefined ? -1 : key.length
    const units = value.length
    const guess = units > LONGEST_GUESS ? Buffer.byteLength(value) : units
    const highest = units > LONGEST_GUESS ? guess : units * BYTES_PER_UNIT
    const headerBytes = headersSize(headers)
    let body = this.#bodyBytes(delta, keyLength, partSize(guess) + headerBytes)
    if (!this.#admits(varintSize(body) + body)) return false
    const reserved = this.#bodyBytes(delta, keyLength, partSize(highest) + headerBytes)
    this.#reserve(varintSize(reserved) + reserved)
    const bytes = this.#bytes
    let at = writeVarint(bytes, this.#writeKey(body, delta, key), guess)
    const length = bytes.write(value, at, 'utf8')
    if (length !== guess) {
      body = this.#bodyBytes(delta, keyLength, partSize(length) + headerBytes)
      const sizeBytes = varintSize(body) + body
      if (!this.#admits(sizeBytes)) return false
      const moved = this.#end + sizeBytes - headerBytes - length
      if (moved !== at) bytes.copyWithin(moved, at, at + length)
      at = writeVarint(bytes, this.#writeKey(body, delta, key), length)
    }
    this.#commit(writeHeaders(bytes, at + length, headers), timestamp)
    return true
  }

  /**
   * Finishes the batch, which has a record at least: its bytes, to be sent as they are and given
   * back to the pool afterwards. Compression that gains nothing is left out. Throws
   * `KAFKA_RECORDS_TOO_LARGE` for a single record that stayed too large for the broker.
   */
  finish(seal: BatchSeal): Uint8Array {
    const bytes = this.#bytes
    let { compression } = seal
    let sizeBytes = this.#end
    if (compression !== 'none') {
      const content = compress(compression, bytes.subarray(BATCH_HEADER_BYTES, sizeBytes))
      if (BATCH_HEADER_BYTES + content.length < sizeBytes) {
        bytes.set(content, BATCH_HEADER_BYTES)
        sizeBytes = BATCH_HEADER_BYTES + content.length
      } else {
        compression = 'none'
      }
    }
    if (sizeBytes > this.#limits.messageBytes) throw tooLarge(sizeBytes, this.#limits.messageBytes)
    sealBatch(bytes, {
      ...seal,
      compression,
      sizeBytes,
      recordCount: this.#count,
      baseTimestamp: this.#baseTimestamp,
      highestTimestamp: this.#highestTimestamp,
      isControl: false,
    })
    this.#bytes = noBytes
    this.#end = BATCH_HEADER_BYTES
    this.#count = 0
    return bytes.subarray(0, sizeBytes)
  }

  /** Throws the open batch away. */
  discard(): void {
    if (this.#bytes !== noBytes) this.#pool.give(this.#bytes)
    this.#bytes = noBytes
    this.#end = BATCH_HEADER_BYTES
    this.#count = 0
  }

  #timestampDelta(timestamp: number): number {
    if (!Number.isInteger(timestamp) || timestamp < -1 || timestamp > HIGHEST_TIMESTAMP) {
      throw new SluiceError('TIMESTAMP_INVALID', `Kafka has no timestamp ${timestamp}.`, {
        hint: 'It is a whole number of milliseconds since 1970; there is none before.',
      })
    }
    return this.#count === 0 ? 0 : timestamp - this.#baseTimestamp
  }

  /** The size of a record without the number that says it: `rest` is what stands behind the key. */
  #bodyBytes(timestampDelta: number, keyLength: number, rest: number): number {
    return 1 + varlongSize(timestampDelta) + varintSize(this.#count) + partSize(keyLength) + rest
  }

  /**
   * Whether a record of this size may be added to the batch. It throws if not even an empty one has
   * room: only there a record has the size that counts, for its numbers are smallest.
   */
  #admits(sizeBytes: number): boolean {
    if (this.#count > 0) return this.#end + sizeBytes <= this.#batchBytes
    const { recordBytes } = this.#limits
    if (BATCH_HEADER_BYTES + sizeBytes <= recordBytes) return true
    throw tooLarge(BATCH_HEADER_BYTES + sizeBytes, recordBytes)
  }

  #reserve(sizeBytes: number): void {
    const needed = this.#end + sizeBytes
    if (needed <= this.#bytes.length) return
    const larger = this.#pool.take(needed)
    if (this.#bytes !== noBytes) {
      larger.set(this.#bytes.subarray(0, this.#end))
      this.#pool.give(this.#bytes)
    }
    this.#bytes = larger
  }

  /** Writes a record up to its key; returns where the key ends. */
  #writeKey(body: number, timestampDelta: number, key: Uint8Array | undefined): number {
    const bytes = this.#bytes
    let at = writeVarint(bytes, this.#end, body)
    bytes[at++] = 0
    at = writeVarlong(bytes, at, timestampDelta)
    at = writeVarint(bytes, at, this.#count)
    if (key === undefined) return writeVarint(bytes, at, -1)
    at = writeVarint(bytes, at, key.length)
    bytes.set(key, at)
    return at + key.length
  }

  /** The record that ends here belongs to the batch. */
  #commit(end: number, timestamp: number): void {
    if (this.#count === 0) this.#baseTimestamp = this.#highestTimestamp = timestamp
    else if (timestamp > this.#highestTimestamp) this.#highestTimestamp = timestamp
    this.#end = end
    this.#count++
  }
}

/** The size of a key or value with its length before it; -1 is none. */
function partSize(length: number): number {
  return length < 0 ? 1 : varintSize(length) + length
}

function tooLarge(sizeBytes: number, limitBytes: number): SluiceError {
  return new SluiceError(
    'KAFKA_RECORDS_TOO_LARGE',
    `A record takes ${sizeBytes} bytes as a batch of its own; the limit is ${limitBytes} bytes.`,
    { hint: "Raise the sink's recordBytes and the topic's max.message.bytes, or write less." },
  )
}
