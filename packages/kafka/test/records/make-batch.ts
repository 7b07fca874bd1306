// Batches for tests: built by the builder, placed as a broker would.

import { placeBatch } from '../../src/records/batch-header.ts'
import { BufferPool } from '../../src/records/buffer-pool.ts'
import { type BatchSeal, RecordBatchBuilder } from '../../src/records/record-batch-builder.ts'
import type { RecordHeader } from '../../src/records/record-headers.ts'

export interface MadeRecord {
  readonly key?: Uint8Array | undefined
  readonly value?: Uint8Array | string | undefined
  readonly headers?: readonly RecordHeader[] | undefined
  readonly timestamp?: number
}

export const noProducer: BatchSeal = {
  producerId: -1,
  producerEpoch: -1,
  baseSequence: -1,
  isTransactional: false,
  compression: 'none',
}

const sizeBytes = 1 << 24
const pool = new BufferPool(sizeBytes)

export function newBuilder(): RecordBatchBuilder {
  const limits = { batchBytes: sizeBytes, recordBytes: sizeBytes, messageBytes: sizeBytes }
  return new RecordBatchBuilder(limits, pool)
}

/** A batch at an offset, in bytes of its own. */
export function makeBatch(
  records: readonly MadeRecord[],
  seal: Partial<BatchSeal> = {},
  baseOffset = 0,
): Uint8Array {
  const builder = newBuilder()
  for (const { key, value, headers, timestamp = 0 } of records) {
    if (typeof value === 'string') builder.appendText(key, value, headers, timestamp)
    else builder.append(key, value, headers, timestamp)
  }
  const sent = builder.finish({ ...noProducer, ...seal })
  const bytes = Uint8Array.from(sent)
  pool.give(sent)
  placeBatch(bytes, 0, baseOffset, 0)
  return bytes
}

export function concatenated(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
