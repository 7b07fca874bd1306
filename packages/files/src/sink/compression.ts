// Compression of output, block by block: each block becomes a gzip member or a zstd frame of its
// own, and a file of several is as valid as one of one. Runs in an I/O thread, since a block takes
// milliseconds.

import { gzipSync, zstdCompressSync } from 'node:zlib'
import { type ConnectorContext, SluiceError } from '@sluice/core/connector'
import type { BlockEncoder } from './part-file.ts'

/** A compression of the files of a sink. */
export type Compression = 'gzip' | 'zstd'

export const compressionExtensions = { gzip: 'gz', zstd: 'zst' } as const satisfies Record<
  Compression,
  string
>

interface CompressArgument {
  readonly compression: Compression
  readonly block: Uint8Array
}

/** Runs offloaded: yields the compressed block. */
export function* compressBlock({ compression, block }: CompressArgument): Generator<Uint8Array> {
  // Copied into a buffer of its own, which crosses threads without another copy.
  yield Uint8Array.from(compression === 'gzip' ? gzipSync(block) : zstdCompressSync(block))
}

export function blockEncoder(compression: Compression, context: ConnectorContext): BlockEncoder {
  return async (block) => {
    const argument: CompressArgument = { compression, block }
    const blocks = context.offload<Uint8Array>(import.meta.url, 'compressBlock', argument)
    for await (const compressed of blocks) return compressed
    throw new SluiceError('INVARIANT_BROKEN', 'Compressing a block gave no result.')
  }
}
