// The memory that segments of one backend are built in, used again by the segments that follow:
// each checkpoint of a busy state takes about as much as the one before, and memory that is made
// anew each time is what sets off collections of garbage in the midst of checkpoints.

import { ByteWriter } from '../../network/codec/byte-writer.ts'

/** A segment is built in chunks of this size. */
export const CHUNK_BYTES = 128 * 1024

/** A chunk ends with the record that fills it, or 64 KiB of records that were written aside. */
const CHUNK_ROOM_BYTES = CHUNK_BYTES + 64 * 1024 + 4096
const FIRST_ASIDE_BYTES = 512
/** So much is kept for later segments at most. */
const MOST_FREE_BYTES = 16 * 1024 * 1024

export class SegmentBuffers {
  readonly #asides: ByteWriter[] = []
  readonly #writers: ByteWriter[] = []
  readonly #chunks: Uint8Array[] = []
  #freeBytes = 0

  /** For records that are written ahead of their turn; grows as need be. */
  takeAside(): ByteWriter {
    return this.#taken(this.#asides) ?? new ByteWriter(FIRST_ASIDE_BYTES)
  }

  /** For the chunk in hand. */
  takeWriter(): ByteWriter {
    return this.#taken(this.#writers) ?? new ByteWriter(CHUNK_ROOM_BYTES)
  }

  #taken(free: ByteWriter[]): ByteWriter | undefined {
    const writer = free.pop()
    if (writer !== undefined) this.#freeBytes -= writer.bytes.length
    return writer
  }

  /** A copy of what a chunk holds. */
  chunkOf(content: Uint8Array): Uint8Array {
    if (content.length > CHUNK_ROOM_BYTES) return content.slice()
    const free = this.#chunks.pop()
    if (free !== undefined) this.#freeBytes -= CHUNK_ROOM_BYTES
    const room = free ?? new Uint8Array(CHUNK_ROOM_BYTES)
    room.set(content)
    return room.subarray(0, content.length)
  }

  /** Nobody reads what the writer holds any more. */
  endAside(writer: ByteWriter): void {
    this.#free(this.#asides, writer)
  }

  endWriter(writer: ByteWriter): void {
    if (writer.bytes.length === CHUNK_ROOM_BYTES) this.#free(this.#writers, writer)
  }

  #free(writers: ByteWriter[], writer: ByteWriter): void {
    if (!this.#hasRoom(writer.bytes.length)) return
    writer.reset()
    writers.push(writer)
  }

  /** Nobody reads these chunks any more. */
  endChunks(chunks: readonly Uint8Array[]): void {
    for (const { buffer } of chunks) {
      if (buffer.byteLength === CHUNK_ROOM_BYTES && this.#hasRoom(CHUNK_ROOM_BYTES)) {
        this.#chunks.push(new Uint8Array(buffer))
      }
    }
  }

  #hasRoom(sizeBytes: number): boolean {
    if (this.#freeBytes + sizeBytes > MOST_FREE_BYTES) return false
    this.#freeBytes += sizeBytes
    return true
  }
}
