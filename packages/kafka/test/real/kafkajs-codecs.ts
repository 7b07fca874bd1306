// The compressions that kafkajs leaves to plug-ins, as the plug-ins do them: by the libraries
// themselves, with nothing of ours in between, or our own mistakes would be read back as right.

import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import kafkajs from 'kafkajs'
import { compressFrameSync, decompressFrameSync } from 'lz4-napi'
import { compressSync, uncompressSync } from 'snappy'

interface Codec {
  compress(bytes: Buffer): Uint8Array
  decompress(bytes: Buffer): Uint8Array
}

const framingBytes = 16
const magic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])

const codecs = {
  Snappy: { compress: (bytes) => compressSync(bytes), decompress: decompressSnappy },
  LZ4: {
    compress: (bytes) => compressFrameSync(bytes),
    decompress: (bytes) => decompressFrameSync(bytes),
  },
  ZSTD: {
    compress: (bytes) => zstdCompressSync(bytes),
    decompress: (bytes) => zstdDecompressSync(bytes),
  },
} as const satisfies Readonly<Record<string, Codec>>

/** One block, or the framing of Java's library: a header, then blocks behind their lengths. */
function decompressSnappy(bytes: Buffer): Buffer {
  const block = (part: Buffer) => uncompressSync(part, { asBuffer: true }) as Buffer
  if (!bytes.subarray(0, magic.length).equals(magic)) return block(bytes)
  const blocks: Buffer[] = []
  for (let at = framingBytes; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at)
    blocks.push(block(bytes.subarray(at + 4, end)))
    at = end
  }
  return Buffer.concat(blocks)
}

/** Makes kafkajs write and read them, in this process. */
export function registerKafkaJsCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  for (const [name, codec] of Object.entries(codecs)) {
    CompressionCodecs[CompressionTypes[name as keyof typeof codecs]] = () => ({
      compress: async ({ buffer }: { readonly buffer: Buffer }) =>
        Buffer.from(codec.compress(buffer)),
      decompress: async (bytes: Buffer) => Buffer.from(codec.decompress(bytes)),
    })
  }
}
