// The bytes of one split, in order, each chunk with its position. For a file that is cut at lines
// this is where the cut is made: a line belongs to the split in which it begins.

import {
  type Counter,
  type FileHandle,
  type FileSystem,
  FileSystemError,
  SluiceError,
} from '@sluice/core/connector'
import { decompressed, type FileCompression } from '../bytes/decompressed.ts'
import type { FileSplit } from '../split/file-split.ts'
import { changedError, checkUnchanged } from '../split/source-change.ts'

/** Bytes of the content, and the position of the first of them. */
export interface ByteChunk {
  readonly bytes: Uint8Array
  readonly position: number
}

export interface FileBytesOptions {
  readonly files: FileSystem
  readonly split: FileSplit
  readonly compression: FileCompression
  /** Whether the file is cut into ranges at line breaks. */
  readonly cutAtLines: boolean
  readonly chunkBytes: number
  readonly bytesRead: Counter
}

const lineFeed = 0x0a

/** Yields nothing for a range in which no line begins. */
export async function* fileBytes(options: FileBytesOptions): AsyncGenerator<ByteChunk> {
  const { files, split, compression, cutAtLines } = options
  const handle = await openKnown(files, split)
  try {
    checkUnchanged(split.file, await handle.stat(), cutAtLines)
    if (compression !== 'none') yield* decompressedRange(handle, options, compression)
    else if (cutAtLines) yield* lineRange(handle, options)
    else yield* plainRange(handle, options)
    checkUnchanged(split.file, await handle.stat(), cutAtLines)
  } finally {
    await handle.close()
  }
}

async function openKnown(files: FileSystem, split: FileSplit): Promise<FileHandle> {
  try {
    return await files.open(split.file.path, 'read')
  } catch (error) {
    if (error instanceof FileSystemError && error.kind === 'not-found') {
      throw changedError(split.file, undefined, 'it is gone')
    }
    throw SluiceError.from(error, 'SOURCE_UNREADABLE', `${split.file.path} cannot be read`, {
      file: split.file.path,
    })
  }
}

/** Chunks from a position to the end of what was known, or of the file. */
async function* chunksFrom(
  handle: FileHandle,
  options: FileBytesOptions,
  from: number,
): AsyncGenerator<ByteChunk> {
  const { file } = options.split
  for (let position = from; ; ) {
    const buffer = new Uint8Array(options.chunkBytes)
    const count = await readAt(handle, buffer, position, file.path)
    if (count === 0) {
      if (position < file.sizeBytes) {
        const stat = await handle.stat()
        throw changedError(file, stat, `it ends at byte ${position}`)
      }
      return
    }
    options.bytesRead.add(count)
    yield { bytes: buffer.subarray(0, count), position }
    position += count
  }
}

async function readAt(
  handle: FileHandle,
  into: Uint8Array,
  position: number,
  path: string,
): Promise<number> {
  try {
    return await handle.read(into, position)
  } catch (error) {
    const what = `${path} cannot be read at byte ${position}`
    throw SluiceError.from(error, 'SOURCE_UNREADABLE', what, { file: path })
  }
}

async function* plainRange(
  handle: FileHandle,
  options: FileBytesOptions,
): AsyncGenerator<ByteChunk> {
  const { end, position } = options.split
  if ((position ?? 0) >= end) return
  for await (const chunk of chunksFrom(handle, options, position ?? 0)) {
    const length = end - chunk.position
    if (chunk.bytes.length < length) yield chunk
    else return yield { bytes: chunk.bytes.subarray(0, length), position: chunk.position }
  }
}

/** From the first line that begins in the range to the end of the last one that does. */
async function* lineRange(
  handle: FileHandle,
  options: FileBytesOptions,
): AsyncGenerator<ByteChunk> {
  const { start, end, position } = options.split
  // The line before ends at the first line break at or after `start - 1`.
  let skipping = position === null && start > 0
  const from = position ?? (skipping ? start - 1 : start)
  if (from >= end) return
  for await (const chunk of chunksFrom(handle, options, from)) {
    let { bytes, position: at } = chunk
    if (skipping) {
      const lineBreak = bytes.indexOf(lineFeed)
      const next = lineBreak < 0 ? at + bytes.length : at + lineBreak + 1
      if (next >= end) return
      if (lineBreak < 0) continue
      skipping = false
      bytes = bytes.subarray(lineBreak + 1)
      at = next
    }
    const lastBreak =
      at + bytes.length < end ? -1 : bytes.indexOf(lineFeed, Math.max(0, end - 1 - at))
    if (lastBreak >= 0) return yield { bytes: bytes.subarray(0, lastBreak + 1), position: at }
    if (bytes.length > 0) yield { bytes, position: at }
  }
}

async function* decompressedRange(
  handle: FileHandle,
  options: FileBytesOptions,
  compression: 'gzip' | 'zstd',
): AsyncGenerator<ByteChunk> {
  const { file, position } = options.split
  const from = position ?? 0
  let at = 0
  try {
    for await (const bytes of decompressed(compressedBytes(handle, options), compression)) {
      const next = at + bytes.length
      if (next > from) {
        const skip = Math.max(0, from - at)
        yield { bytes: bytes.subarray(skip), position: at + skip }
      }
      at = next
    }
  } catch (error) {
    const what = `${file.path} is no whole ${compression} file (after ${at} bytes of content)`
    throw SluiceError.from(error, 'RECORD_MALFORMED', what, { file: file.path })
  }
  if (at < from) {
    throw changedError(
      file,
      await handle.stat(),
      `its content ends at byte ${at} instead of ${from}`,
    )
  }
}

async function* compressedBytes(
  handle: FileHandle,
  options: FileBytesOptions,
): AsyncGenerator<Uint8Array> {
  const whole = { ...options, split: { ...options.split, position: 0 } }
  for await (const { bytes } of plainRange(handle, whole)) yield bytes
}
