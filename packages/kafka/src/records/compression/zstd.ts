// Zstandard. Node's function reads the first frame and ignores what follows, so the frames are cut
// apart here, by the lengths of their blocks (RFC 8878); a frame that breaks off is an error.

import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { OversizedContent } from './content-limit.ts'

const MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const SKIPPABLE_MASK = 0xffff_fff0
const SINGLE_SEGMENT_BIT = 0x20
const CHECKSUM_BIT = 0x04
const REPEATED_BYTE_BLOCK = 1
const RESERVED_BLOCK = 3

/** Bytes of the fields in a frame's header, by the bits that say them. */
const dictionaryIdBytes = [0, 1, 2, 4] as const
const contentSizeBytes = [0, 2, 4, 8] as const

export function compressZstd(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes)
}

export function decompressZstd(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const frames: Uint8Array[] = []
  let roomBytes = limitBytes
  for (let at = 0; at < bytes.length; ) {
    const end = frameEnd(bytes, at)
    if (!isSkippable(word(bytes, at))) {
      const content = decompressFrame(bytes.subarray(at, end), roomBytes, limitBytes)
      roomBytes -= content.length
      frames.push(content)
    }
    at = end
  }
  return frames.length === 1 ? (frames[0] as Uint8Array) : Buffer.concat(frames)
}

function decompressFrame(bytes: Uint8Array, roomBytes: number, limitBytes: number): Uint8Array {
  // Node wants room for one byte; a frame may well hold none.
  if (roomBytes === 0) throw new OversizedContent(limitBytes)
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: roomBytes })
  } catch (error) {
    throw OversizedContent.from(error, limitBytes)
  }
}

/** Where the frame at `start` ends. */
function frameEnd(bytes: Uint8Array, start: number): number {
  const magic = word(bytes, start)
  if (isSkippable(magic)) return within(bytes, start + 8 + word(bytes, start + 4))
  if (magic !== MAGIC) throw new Error('there is no zstd frame')
  const descriptor = bytes[start + 4] ?? 0
  const isSingleSegment = (descriptor & SINGLE_SEGMENT_BIT) !== 0
  const sizeBits = descriptor >> 6
  let at =
    start +
    5 +
    (isSingleSegment ? 0 : 1) +
    (dictionaryIdBytes[descriptor & 3] ?? 0) +
    (sizeBits === 0 && isSingleSegment ? 1 : (contentSizeBytes[sizeBits] ?? 0))
  for (;;) {
    within(bytes, at + 3)
    const header = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)
    const type = (header >> 1) & 3
    if (type === RESERVED_BLOCK) throw new Error('a zstd block has a type that there is not')
    at = within(bytes, at + 3 + (type === REPEATED_BYTE_BLOCK ? 1 : header >> 3))
    if ((header & 1) === 1) break
  }
  return within(bytes, at + ((descriptor & CHECKSUM_BIT) === 0 ? 0 : 4))
}

function isSkippable(magic: number): boolean {
  return (magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC
}

function word(bytes: Uint8Array, at: number): number {
  within(bytes, at + 4)
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true)
}

function within(bytes: Uint8Array, end: number): number {
  if (end > bytes.length) throw new Error('a zstd frame is cut off')
  return end
}
