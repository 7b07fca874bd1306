// How a writer of the sink writes, after its options were checked.

import type { Compression } from '../../records/compression/compression.ts'
import type { RecordBatchLimits } from '../../records/record-batch-builder.ts'
import type { RecordShape } from './record-shape.ts'

export interface WritingOptions<T> {
  readonly shape: RecordShape<T>
  readonly compression: Compression
  readonly limits: RecordBatchLimits
  /** What may wait to be acknowledged. */
  readonly bufferBytes: number
  /** A batch that is not full is sent after so long. */
  readonly lingerMs: number
  readonly requestTimeoutMs: number
  readonly deliveryTimeoutMs: number
  /** Of a transaction, as the broker grants it. */
  readonly timeoutMs: number
}
