// Opens a stored segment: checks size and checksum before a byte of it is believed, then hands out
// its header and the sections of its key groups. Whatever is wrong names the segment.

import { type Shape, SluiceError } from '@sluice/core/internal'
import { ByteReader } from '../../network/codec/byte-reader.ts'
import { assertValueFormat, decodeValue } from '../../network/codec/value-codec.ts'
import type { SegmentRef } from '../state-backend.ts'
import { CHECKSUM_BYTES, checksumOf, ContentChecksum } from './content-checksum.ts'
import {
  FOOTER_LENGTH_BYTES,
  type GroupSection,
  MAGIC,
  PREFIX_BYTES,
  SEGMENT_FORMAT_VERSION,
  type SegmentFacts,
  type SegmentHeader,
  WHOLE_GROUP,
} from './segment-format.ts'

/** A segment whose checksum matched. */
export interface OpenSegment {
  readonly header: SegmentHeader
  readonly sections: readonly GroupSection[]
  /** What its values look like; older segments do not say. */
  readonly shapes: readonly (Shape | null)[]
  /** A reader over the records of a group alone. */
  section(section: GroupSection): ByteReader
}

/**
 * Opens the bytes that were stored under `ref`.
 *
 * @throws SluiceError CHECKPOINT_DAMAGED, naming the segment, when a byte is not as it was written;
 * CHECKPOINT_FORMAT_NEWER when a newer version wrote it.
 */
export function openSegment(ref: SegmentRef, bytes: Uint8Array): OpenSegment {
  if (bytes.length !== ref.sizeBytes) {
    throw damagedSegment(ref.name, `it has ${bytes.length} bytes instead of ${ref.sizeBytes}`)
  }
  const checksum = checksumOf(bytes)
  if (checksum !== ref.checksum) {
    throw damagedSegment(ref.name, `its checksum is ${checksum}, not ${ref.checksum}`)
  }
  return readingSegment(ref.name, () => parseSegment(ref.name, bytes))
}

/** Runs a reading of a segment; bytes that cannot be decoded become CHECKPOINT_DAMAGED. */
export function readingSegment<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'CODEC_DAMAGED') {
      throw damagedSegment(name, error.message, error)
    }
    throw error
  }
}

function damagedSegment(name: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('CHECKPOINT_DAMAGED', `The segment ${name} is damaged: ${why}.`, {
    where: { file: name },
    hint: 'Restore an older checkpoint, or bring the file back from a copy.',
    ...(cause === undefined ? {} : { cause }),
  })
}

function parseSegment(name: string, bytes: Uint8Array): OpenSegment {
  const trailerAt = bytes.length - CHECKSUM_BYTES
  if (trailerAt < PREFIX_BYTES + FOOTER_LENGTH_BYTES) {
    throw damagedSegment(name, 'it is shorter than any segment')
  }
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) {
    throw damagedSegment(name, 'it does not begin like a segment')
  }
  const reader = new ByteReader(bytes)
  reader.position = MAGIC.length
  assertFormat(name, reader.u32())
  assertOwnChecksum(name, bytes, trailerAt)
  const headerBytes = reader.u32()
  reader.need(headerBytes)
  const header = decodeValue(reader) as SegmentHeader
  assertValueFormat(header.valueFormat)
  const footerLengthAt = trailerAt - FOOTER_LENGTH_BYTES
  const footerBytes = reader.view.getUint32(footerLengthAt, true)
  reader.position = footerLengthAt - footerBytes
  if (reader.position < PREFIX_BYTES + headerBytes) {
    throw damagedSegment(name, 'its footer lies outside of it')
  }
  const sections = parseFooter(reader)
  const isSaid = reader.position < footerLengthAt
  const { shapes = [] } = isSaid ? (decodeValue(reader) as Partial<SegmentFacts>) : {}
  return {
    header,
    sections,
    shapes,
    section: ({ offset, sizeBytes }) => new ByteReader(bytes.subarray(offset, offset + sizeBytes)),
  }
}

function assertFormat(name: string, version: number): void {
  if (version <= SEGMENT_FORMAT_VERSION) return
  throw new SluiceError(
    'CHECKPOINT_FORMAT_NEWER',
    `The segment ${name} has format ${version}; this version of Sluice reads formats up to ` +
      `${SEGMENT_FORMAT_VERSION}.`,
    {
      where: { file: name },
      hint: 'Run the version of Sluice that wrote the checkpoint, or a newer one.',
    },
  )
}

/** The checksum in the file lets tools verify a segment without a manifest. */
function assertOwnChecksum(name: string, bytes: Uint8Array, trailerAt: number): void {
  const checksum = new ContentChecksum()
  checksum.update(bytes.subarray(0, trailerAt))
  const stored = bytes.subarray(trailerAt)
  if (checksum.bytes().some((byte, index) => stored[index] !== byte)) {
    throw damagedSegment(name, 'its content does not match the checksum at its end')
  }
}

function parseFooter(reader: ByteReader): GroupSection[] {
  const sections: GroupSection[] = []
  const count = reader.count()
  for (let i = 0; i < count; i++) {
    sections.push({
      group: reader.varint(),
      whole: reader.u8() === WHOLE_GROUP,
      offset: reader.varint(),
      sizeBytes: reader.varint(),
      records: reader.varint(),
    })
  }
  return sections
}
