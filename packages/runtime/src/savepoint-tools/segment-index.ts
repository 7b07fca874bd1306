// A segment without its records: checked from end to end in small parts, then header and index of
// key groups, so that the records of one group can be fetched alone.

import { SluiceError } from '@sluice/core/internal'
import { ByteReader } from '../network/codec/byte-reader.ts'
import { assertValueFormat, decodeValue } from '../network/codec/value-codec.ts'
import { CHECKSUM_BYTES, ContentChecksum } from '../state/segment/content-checksum.ts'
import {
  FOOTER_LENGTH_BYTES,
  type GroupSection,
  MAGIC,
  PREFIX_BYTES,
  SEGMENT_FORMAT_VERSION,
  type SegmentHeader,
  WHOLE_GROUP,
} from '../state/segment/segment-format.ts'
import { readingSegment } from '../state/segment/segment-reader.ts'
import type { SegmentRef } from '../state/state-backend.ts'
import type { SegmentFile, SegmentFolder } from './segment-files.ts'

const PART_BYTES = 1024 * 1024

/** A segment whose checksum matched. */
export interface IndexedSegment {
  readonly ref: SegmentRef
  readonly header: SegmentHeader
  readonly sections: ReadonlyMap<number, GroupSection>
}

/**
 * Verifies and indexes a segment. Throws CHECKPOINT_DAMAGED and CHECKPOINT_FORMAT_NEWER, both with
 * its path.
 */
export async function indexSegment(
  folder: SegmentFolder,
  ref: SegmentRef,
): Promise<IndexedSegment> {
  const file = await folder.open(ref.name)
  const path = `${folder.path}/${ref.name}`
  try {
    await verify(file, path, ref)
    const header = await readHeader(file, path)
    return { ref, header, sections: await readFooter(file, path) }
  } finally {
    await file.close()
  }
}

/** The records of one key group. */
export async function readSection(
  folder: SegmentFolder,
  { ref }: IndexedSegment,
  section: GroupSection,
): Promise<ByteReader> {
  const file = await folder.open(ref.name)
  try {
    return new ByteReader(await file.read(section.offset, section.sizeBytes))
  } finally {
    await file.close()
  }
}

async function verify(
  file: SegmentFile,
  path: string,
  { sizeBytes, checksum }: SegmentRef,
): Promise<void> {
  if (file.sizeBytes !== sizeBytes) {
    throw damaged(path, `it has ${file.sizeBytes} bytes instead of ${sizeBytes}`)
  }
  const found = new ContentChecksum()
  for (let at = 0; at < sizeBytes; at += PART_BYTES) {
    found.update(await file.read(at, Math.min(PART_BYTES, sizeBytes - at)))
  }
  if (found.hex() !== checksum)
    throw damaged(path, `its checksum is ${found.hex()}, not ${checksum}`)
}

async function readHeader(file: SegmentFile, path: string): Promise<SegmentHeader> {
  const prefix = new ByteReader(await file.read(0, PREFIX_BYTES))
  if (MAGIC.some((byte, index) => prefix.bytes[index] !== byte)) {
    throw damaged(path, 'it does not begin like a segment')
  }
  prefix.position = MAGIC.length
  const version = prefix.u32()
  if (version > SEGMENT_FORMAT_VERSION) throw newer(path, version)
  const reader = new ByteReader(await file.read(PREFIX_BYTES, prefix.u32()))
  const header = readingSegment(path, () => decodeValue(reader)) as SegmentHeader
  assertValueFormat(header.valueFormat)
  return header
}

async function readFooter(file: SegmentFile, path: string): Promise<Map<number, GroupSection>> {
  const lengthAt = file.sizeBytes - CHECKSUM_BYTES - FOOTER_LENGTH_BYTES
  const footerBytes = new ByteReader(await file.read(lengthAt, FOOTER_LENGTH_BYTES)).u32()
  const reader = new ByteReader(await file.read(lengthAt - footerBytes, footerBytes))
  return readingSegment(path, () => {
    const sections = new Map<number, GroupSection>()
    const count = reader.count()
    for (let i = 0; i < count; i++) {
      const group = reader.varint()
      const whole = reader.u8() === WHOLE_GROUP
      const [offset, sizeBytes, records] = [reader.varint(), reader.varint(), reader.varint()]
      sections.set(group, { group, whole, offset, sizeBytes, records })
    }
    return sections
  })
}

function damaged(path: string, why: string): SluiceError {
  return new SluiceError('CHECKPOINT_DAMAGED', `The segment ${path} is damaged: ${why}.`, {
    where: { file: path },
    hint: 'Put the file back from a copy, or take another checkpoint.',
  })
}

function newer(path: string, version: number): SluiceError {
  return new SluiceError(
    'CHECKPOINT_FORMAT_NEWER',
    `The segment ${path} has format ${version}; this version of Sluice reads formats up to ` +
      `${SEGMENT_FORMAT_VERSION}.`,
    {
      where: { file: path },
      hint: 'Read it with the version of Sluice that wrote it, or a newer.',
    },
  )
}
