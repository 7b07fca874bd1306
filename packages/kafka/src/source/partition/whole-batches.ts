// How far the bytes of a fetch reach, without decoding them: the next fetch begins behind the last
// batch that is there completely.

import {
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_END,
  BatchHeader,
  batchSizeBytes,
} from '../../records/batch-header.ts'

/** What is known of fetched bytes. */
export interface WholeBatches {
  /** Behind the last whole batch; undefined where there is none. */
  readonly nextOffset: number | undefined
  readonly leaderEpoch: number
  /** So many bytes hold whole batches that may be read. */
  readonly sizeBytes: number
  /** What a fetch must allow for where there is no whole batch. */
  readonly neededBytes: number
}

const header = new BatchHeader()

/**
 * Batches from `endOffset` on are left, as if they had not come. Sizes that cannot be right end the
 * look; the cursor says what is wrong with them.
 */
export function wholeBatchesOf(bytes: Uint8Array, endOffset: number): WholeBatches {
  let last = -1
  let at = 0
  let neededBytes = 0
  while (at < bytes.length) {
    const restBytes = bytes.length - at
    if (restBytes < BATCH_LENGTH_END) {
      neededBytes = BATCH_HEADER_BYTES
      break
    }
    const sizeBytes = batchSizeBytes(bytes, at)
    if (sizeBytes > restBytes) {
      neededBytes = sizeBytes
      break
    }
    if (sizeBytes < BATCH_HEADER_BYTES) {
      at = bytes.length
      break
    }
    header.read(bytes, at)
    if (header.baseOffset >= endOffset) break
    last = at
    at += sizeBytes
  }
  if (last < 0) return { nextOffset: undefined, leaderEpoch: -1, sizeBytes: at, neededBytes }
  header.read(bytes, last)
  return {
    nextOffset: header.lastOffset + 1,
    leaderEpoch: header.leaderEpoch,
    sizeBytes: at,
    neededBytes,
  }
}
