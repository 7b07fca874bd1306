// The compressions that Kafka knows, whole batch in, whole batch out, each with a limit on what
// comes out. Sizes are checked before memory is taken, so that a few bytes cannot ask for
// gigabytes. What comes out is never written again: whoever reads it may keep it.

import { gunzipSync, gzipSync } from 'node:zlib'
import { OversizedContent } from './content-limit.ts'
import { compressLz4, decompressLz4 } from './lz4.ts'
import { compressSnappy, decompressSnappy } from './snappy.ts'
import { compressZstd, decompressZstd } from './zstd.ts'

/** How the records of a batch are compressed. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

interface Codec {
  compress(bytes: Uint8Array): Uint8Array
  decompress(bytes: Uint8Array, limitBytes: number): Uint8Array
}

const codecs: Readonly<Record<Exclude<Compression, 'none'>, Codec>> = {
  gzip: { compress: (bytes) => gzipSync(bytes), decompress: decompressGzip },
  snappy: { compress: compressSnappy, decompress: decompressSnappy },
  lz4: { compress: compressLz4, decompress: decompressLz4 },
  zstd: { compress: compressZstd, decompress: decompressZstd },
}

/** The records of a batch as they are sent. */
export function compress(compression: Exclude<Compression, 'none'>, bytes: Uint8Array): Uint8Array {
  return codecs[compression].compress(bytes)
}

/**
 * The records of a batch. Throws `OversizedContent` above the limit, `MissingCodec` where a library
 * cannot be loaded, and any other error for bytes that are damaged.
 */
export function decompress(
  compression: Exclude<Compression, 'none'>,
  bytes: Uint8Array,
  limitBytes: number,
): Uint8Array {
  const content = codecs[compression].decompress(bytes, limitBytes)
  return new Uint8Array(content.buffer, content.byteOffset, content.byteLength)
}

function decompressGzip(bytes: Uint8Array, limitBytes: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: limitBytes })
  } catch (error) {
    throw OversizedContent.from(error, limitBytes)
  }
}
