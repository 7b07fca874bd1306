// Snappy, in the framing of the Java library (xerial: a header of 16 bytes, then blocks with their
// lengths), which is what Java writes, and as one raw block, which other clients write. Ours is the
// former: every client reads it.

import { MissingCodec, OversizedContent } from './content-limit.ts'

const library = await import('snappy').then(
  (module) => module,
  (error: unknown) => new MissingCodec('snappy', error),
)

/** 0x82 "SNAPPY" 0, version 1, compatible with version 1. */
const xerialHeader = Uint8Array.of(0x82, 83, 78, 65, 80, 80, 89, 0, 0, 0, 0, 1, 0, 0, 0, 1)
const MAGIC_BYTES = 8
const LENGTH_BYTES = 4

/** Snappy finds repetitions within blocks of this size only, so larger ones gain nothing. */
const BLOCK_BYTES = 65_536

/** A copy of up to 64 bytes takes at least two: no content is larger than this times its block. */
const HIGHEST_RATIO = 32

export function compressSnappy(bytes: Uint8Array): Uint8Array {
  const { compressSync } = loaded()
  const pieces: Uint8Array[] = [xerialHeader]
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = compressSync(bytes.subarray(at, at + BLOCK_BYTES))
    const length = new Uint8Array(LENGTH_BYTES)
    new DataView(length.buffer).setUint32(0, block.length)
    pieces.push(length, block)
  }
  return Buffer.concat(pieces)
}

export function decompressSnappy(bytes: Uint8Array, limitBytes: number): Uint8Array {
  if (!startsFrame(bytes, 0)) return block(bytes, limitBytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const blocks: Uint8Array[] = []
  let roomBytes = limitBytes
  let at = xerialHeader.length
  while (at < bytes.length) {
    // Streams that were appended to each other are one stream; the header stands between them.
    if (startsFrame(bytes, at)) {
      at += xerialHeader.length
      continue
    }
    const start = at + LENGTH_BYTES
    const end = start + (start <= bytes.length ? view.getUint32(at) : 0)
    if (end > bytes.length || end === start) throw new Error('a snappy block is cut off')
    const content = block(bytes.subarray(start, end), roomBytes, limitBytes)
    roomBytes -= content.length
    blocks.push(content)
    at = end
  }
  return blocks.length === 1 ? (blocks[0] as Uint8Array) : Buffer.concat(blocks)
}

function block(bytes: Uint8Array, roomBytes: number, limitBytes = roomBytes): Uint8Array {
  const sizeBytes = statedSize(bytes)
  if (sizeBytes > bytes.length * HIGHEST_RATIO) {
    throw new Error(`a snappy block of ${bytes.length} bytes says to hold ${sizeBytes}`)
  }
  if (sizeBytes > roomBytes) throw new OversizedContent(limitBytes)
  return loaded().uncompressSync(bytes, { asBuffer: true }) as Uint8Array
}

/** The size that stands before a block, as a varint of up to 32 bits. */
function statedSize(bytes: Uint8Array): number {
  let size = 0
  for (let index = 0; index < Math.min(5, bytes.length); index++) {
    const byte = bytes[index] as number
    size += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return size
  }
  throw new Error('a snappy block has no size')
}

function startsFrame(bytes: Uint8Array, at: number): boolean {
  if (at + xerialHeader.length > bytes.length) return false
  for (let index = 0; index < MAGIC_BYTES; index++) {
    if (bytes[at + index] !== xerialHeader[index]) return false
  }
  return true
}

function loaded() {
  if (library instanceof MissingCodec) throw library
  return library
}
