// A partition of a test: batches appended by plain, transactional and aborting producers, fetched
// the way a broker cuts them.

import { batchSizeBytes, placeBatch } from '../../src/records/batch-header.ts'
import { BufferPool } from '../../src/records/buffer-pool.ts'
import { controlBatch } from '../../src/records/control-batch.ts'
import { RecordBatchBuilder } from '../../src/records/record-batch-builder.ts'
import type { RecordHeader } from '../../src/records/record-headers.ts'
import type { Arrival } from '../../src/source/partition/partition-reading.ts'

interface StoredBatch {
  readonly bytes: Uint8Array
  readonly baseOffset: number
  readonly endOffset: number
}

interface EndedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  readonly markerOffset: number
}

const roomy = { batchBytes: 1 << 24, recordBytes: 1 << 24, messageBytes: 1 << 24 }

export class ScriptedLog {
  readonly #batches: StoredBatch[] = []
  readonly #aborted: EndedTransaction[] = []
  /** By producer: the first offset of its open transaction. */
  readonly #open = new Map<number, number>()
  readonly #builder = new RecordBatchBuilder(roomy, new BufferPool(0))
  leaderEpoch = 0
  highWatermark = 0
  logStart = 0

  /** One batch of texts; with a producer they belong to its transaction. */
  append(texts: readonly string[], producerId = -1, headers?: readonly RecordHeader[]): this {
    for (const [index, text] of texts.entries()) {
      const key = Buffer.from(`key of ${text}`)
      this.#builder.append(key, Buffer.from(text), headers, 1_000 + this.highWatermark + index)
    }
    const isTransactional = producerId >= 0
    if (isTransactional && !this.#open.has(producerId)) {
      this.#open.set(producerId, this.highWatermark)
    }
    const seal = { producerId, producerEpoch: isTransactional ? 0 : -1, baseSequence: -1 }
    this.#place(
      this.#builder.finish({ ...seal, isTransactional, compression: 'none' }),
      texts.length,
    )
    return this
  }

  /** Ends the transaction of a producer. */
  end(producerId: number, type: 'commit' | 'abort'): this {
    const firstOffset = this.#open.get(producerId)
    if (firstOffset === undefined) throw new Error(`producer ${producerId} has no transaction`)
    this.#open.delete(producerId)
    if (type === 'abort') {
      this.#aborted.push({ producerId, firstOffset, markerOffset: this.highWatermark })
    }
    const fields = { type, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 0 }
    this.#place(controlBatch(fields), 1)
    return this
  }

  get openProducers(): number[] {
    return [...this.#open.keys()]
  }

  get lastStableOffset(): number {
    return Math.min(this.highWatermark, ...this.#open.values())
  }

  /** What a broker answers: at least one batch, cut off after `maxBytes`. */
  fetch(offset: number, maxBytes: number, committedOnly: boolean): Arrival {
    const limit = committedOnly ? this.lastStableOffset : this.highWatermark
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
    const first = parts[0]
    const whole = Buffer.concat(parts)
    const least = first === undefined ? 0 : batchSizeBytes(first, 0)
    const aborted = this.#aborted.filter(
      ({ firstOffset, markerOffset }) => markerOffset >= offset && firstOffset < endOffset,
    )
    return {
      bytes: whole.subarray(0, Math.max(least, Math.min(whole.length, maxBytes))),
      aborted: committedOnly ? aborted : [],
      highWatermark: this.highWatermark,
      lastStableOffset: this.lastStableOffset,
    }
  }

  #place(bytes: Uint8Array, offsets: number): void {
    const baseOffset = this.highWatermark
    placeBatch(bytes, 0, baseOffset, this.leaderEpoch)
    this.highWatermark += offsets
    this.#batches.push({ bytes, baseOffset, endOffset: this.highWatermark })
  }
}
