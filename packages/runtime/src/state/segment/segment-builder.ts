// Builds one segment from front to back, in chunks of bounded size, hashing each chunk as it fills,
// so that no step of the work grows with the size of the segment.

import { encodeValue } from '../../network/codec/value-codec.ts'
import type { ByteWriter } from '../../network/codec/byte-writer.ts'
import { ContentChecksum } from './content-checksum.ts'
import { CHUNK_BYTES, SegmentBuffers } from './segment-buffers.ts'
import {
  CHANGED_GROUP,
  type GroupSection,
  MAGIC,
  SEGMENT_FORMAT_VERSION,
  type SegmentFacts,
  type SegmentHeader,
  WHOLE_GROUP,
} from './segment-format.ts'

/** A segment that is complete and not stored yet. */
export interface BuiltSegment {
  readonly chunks: readonly Uint8Array[]
  readonly sizeBytes: number
  readonly checksum: string
  readonly records: number
  readonly sections: readonly GroupSection[]
}

export class SegmentBuilder {
  /** Open to the writers of records; `recordsWritten` follows each record, or some. */
  readonly writer: ByteWriter
  readonly #buffers: SegmentBuffers
  readonly #checksum = new ContentChecksum()
  readonly #chunks: Uint8Array[] = []
  readonly #sections: GroupSection[] = []
  #flushedBytes = 0
  #records = 0
  #sectionStart = 0
  #sectionRecords = 0

  /** @param buffers Where the memory comes from, and goes when the segment is released. */
  constructor(header: SegmentHeader, buffers = new SegmentBuffers()) {
    const writer = buffers.takeWriter()
    this.#buffers = buffers
    this.writer = writer
    writer.raw(MAGIC)
    writer.u32(SEGMENT_FORMAT_VERSION)
    const lengthAt = writer.position
    writer.u32(0)
    const start = writer.position
    encodeValue(writer, header)
    writer.view.setUint32(lengthAt, writer.position - start, true)
  }

  /** Bytes so far. */
  get sizeBytes(): number {
    return this.#flushedBytes + this.writer.position
  }

  beginGroup(): void {
    this.#sectionStart = this.sizeBytes
    this.#sectionRecords = 0
  }

  recordsWritten(count: number): void {
    this.#sectionRecords += count
    if (this.writer.position >= CHUNK_BYTES) this.#flush()
  }

  /** Ends the section; a group that only lists changes and has none takes no room. */
  endGroup(group: number, whole: boolean): void {
    if (this.#sectionRecords === 0 && !whole) return
    this.#records += this.#sectionRecords
    this.#sections.push({
      group,
      whole,
      offset: this.#sectionStart,
      sizeBytes: this.sizeBytes - this.#sectionStart,
      records: this.#sectionRecords,
    })
  }

  /** Ends the segment; `facts` stand in its footer. */
  finish(facts?: SegmentFacts): BuiltSegment {
    const { writer } = this
    const start = this.sizeBytes
    writer.varint(this.#sections.length)
    for (const section of this.#sections) {
      writer.varint(section.group)
      writer.u8(section.whole ? WHOLE_GROUP : CHANGED_GROUP)
      writer.varint(section.offset)
      writer.varint(section.sizeBytes)
      writer.varint(section.records)
    }
    if (facts !== undefined) encodeValue(writer, facts)
    writer.u32(this.sizeBytes - start)
    this.#flush()
    const trailer = this.#checksum.bytes()
    this.#checksum.update(trailer)
    this.#chunks.push(trailer)
    return {
      chunks: this.#chunks,
      sizeBytes: this.#flushedBytes + trailer.length,
      checksum: this.#checksum.hex(),
      records: this.#records,
      sections: this.#sections,
    }
  }

  /** The segment is of no use any more, and nobody reads its chunks. */
  release(): void {
    this.#buffers.endWriter(this.writer)
    this.#buffers.endChunks(this.#chunks)
  }

  #flush(): void {
    const chunk = this.#buffers.chunkOf(this.writer.written())
    this.#checksum.update(chunk)
    this.#chunks.push(chunk)
    this.#flushedBytes += chunk.length
    this.writer.reset()
  }
}
