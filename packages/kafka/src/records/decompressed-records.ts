// The records of a compressed batch, and what is said where they cannot be had.

import { SluiceError } from '@sluice/core'
import { BATCH_HEADER_BYTES, type BatchHeader } from './batch-header.ts'
import { decompress } from './compression/compression.ts'
import { MissingCodec, OversizedContent } from './compression/content-limit.ts'
import { damagedRecords } from './record-errors.ts'

/** What may come out of a batch. */
export interface DecompressionLimits {
  /** Largest size of the records of one batch, decompressed. */
  readonly decompressedBytes: number
}

/** The records of the batch at `at`. */
export function decompressedRecords(
  { baseOffset, sizeBytes, compression }: BatchHeader,
  bytes: Uint8Array,
  at: number,
  { decompressedBytes }: DecompressionLimits,
): Uint8Array {
  const place = `The record batch at offset ${baseOffset} (${sizeBytes} bytes, ${compression})`
  if (compression === undefined || compression === 'none') {
    throw new SluiceError(
      'KAFKA_RECORDS_UNSUPPORTED',
      `The record batch at offset ${baseOffset} is compressed in a way that is not known.`,
      { hint: 'Gzip, snappy, lz4 and zstd are read.' },
    )
  }
  const content = bytes.subarray(at + BATCH_HEADER_BYTES, at + sizeBytes)
  try {
    return decompress(compression, content, decompressedBytes)
  } catch (error) {
    if (error instanceof OversizedContent) {
      throw new SluiceError(
        'KAFKA_RECORDS_TOO_LARGE',
        `${place} is larger than ${decompressedBytes} bytes when it is decompressed.`,
        { hint: 'Raise the limit on decompressed batches if that is meant.', cause: error },
      )
    }
    if (error instanceof MissingCodec) {
      throw new SluiceError(
        'KAFKA_RECORDS_UNSUPPORTED',
        `${place} is not read: ${error.message}.`,
        {
          hint: 'Install the packages again on this machine.',
          cause: error,
        },
      )
    }
    throw damagedRecords(baseOffset, `its ${compression} content cannot be read`, error)
  }
}
