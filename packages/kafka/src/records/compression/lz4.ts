// LZ4 frames. The library has no limit on what comes out and takes a frame without its end for a
// whole one; so the frame is walked first, token by token, which gives its exact size without
// moving a byte of content.

import { MissingCodec, OversizedContent } from './content-limit.ts'

const library = await import('lz4-napi').then(
  (module) => module,
  (error: unknown) => new MissingCodec('lz4-napi', error),
)

const MAGIC = 0x184d2204
const VERSION_BITS = 0xc0
const VERSION = 0x40
const BLOCK_CHECKSUM_BIT = 0x10
const CONTENT_SIZE_BIT = 0x08
const CONTENT_CHECKSUM_BIT = 0x04
const DICTIONARY_BIT = 0x01
const UNCOMPRESSED_BIT = 0x8000_0000
const CHECKSUM_BYTES = 4

export function compressLz4(bytes: Uint8Array): Uint8Array {
  return loaded().compressFrameSync(bufferOver(bytes))
}

export function decompressLz4(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const frames: Uint8Array[] = []
  let roomBytes = limitBytes
  for (let at = 0; at < bytes.length; ) {
    const { endsAt, contentBytes } = measureFrame(bytes, at, roomBytes, limitBytes)
    const content = loaded().decompressFrameSync(bufferOver(bytes.subarray(at, endsAt)))
    if (content.length !== contentBytes) {
      throw new Error(`an lz4 frame of ${contentBytes} bytes gave ${content.length}`)
    }
    frames.push(content)
    roomBytes -= contentBytes
    at = endsAt
  }
  return frames.length === 1 ? (frames[0] as Uint8Array) : Buffer.concat(frames)
}

/** Where a frame ends, and how much it holds. */
function measureFrame(bytes: Uint8Array, start: number, roomBytes: number, limitBytes: number) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const word = (at: number) => {
    if (at + 4 > bytes.length) throw new Error('an lz4 frame is cut off')
    return view.getUint32(at, true)
  }
  if (word(start) !== MAGIC) throw new Error('there is no lz4 frame')
  const flags = bytes[start + 4] ?? 0
  if ((flags & VERSION_BITS) !== VERSION) throw new Error('an lz4 frame has an unknown version')
  if ((flags & DICTIONARY_BIT) !== 0) throw new Error('an lz4 frame needs a dictionary')
  // Magic, flags, largest block, content size if it is said, checksum of the header.
  let at = start + 6 + ((flags & CONTENT_SIZE_BIT) !== 0 ? 8 : 0) + 1
  const blockTailBytes = (flags & BLOCK_CHECKSUM_BIT) !== 0 ? CHECKSUM_BYTES : 0
  let contentBytes = 0
  for (;;) {
    const blockWord = word(at)
    at += 4
    if (blockWord === 0) break
    const length = blockWord % UNCOMPRESSED_BIT
    const end = at + length
    if (end + blockTailBytes > bytes.length) throw new Error('an lz4 block is cut off')
    contentBytes += blockWord >= UNCOMPRESSED_BIT ? length : blockContentBytes(bytes, at, end)
    if (contentBytes > roomBytes) throw new OversizedContent(limitBytes)
    at = end + blockTailBytes
  }
  if ((flags & CONTENT_CHECKSUM_BIT) !== 0) {
    word(at)
    at += CHECKSUM_BYTES
  }
  return { endsAt: at, contentBytes }
}

/** The size of a block's content: literals and matches, by their tokens alone. */
function blockContentBytes(bytes: Uint8Array, start: number, end: number): number {
  let size = 0
  let at = start
  while (at < end) {
    const token = bytes[at++] as number
    let literals = token >> 4
    if (literals === 15) {
      let more = 255
      while (more === 255 && at < end) literals += more = bytes[at++] as number
    }
    at += literals
    size += literals
    if (at === end) return size
    at += 2
    let match = (token & 15) + 4
    if (match === 19) {
      let more = 255
      while (more === 255 && at < end) match += more = bytes[at++] as number
    }
    size += match
  }
  throw new Error('an lz4 block does not end with literals')
}

function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function loaded() {
  if (library instanceof MissingCodec) throw library
  return library
}
