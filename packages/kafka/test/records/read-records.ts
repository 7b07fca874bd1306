// Records as objects, which tests compare.

import { RecordCursor } from '../../src/records/record-cursor.ts'
import type { RecordHeader } from '../../src/records/record-headers.ts'

export interface ReadRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array | undefined
  readonly headers: readonly RecordHeader[]
}

/** The record that a cursor is at. */
export function readRecord(cursor: RecordCursor): ReadRecord {
  const { bytes, keyStart, keyEnd, valueStart, valueEnd } = cursor
  return {
    offset: cursor.offset,
    timestamp: cursor.timestamp,
    key: keyStart < 0 ? undefined : bytes.slice(keyStart, keyEnd),
    value: valueStart < 0 ? undefined : bytes.slice(valueStart, valueEnd),
    headers: cursor.headers().map(({ key, value }) => ({ key, value: value?.slice() })),
  }
}

/** All records of a response, from an offset on. */
export function readAll(bytes: Uint8Array, fetchOffset = 0, decompressedBytes = 1 << 22) {
  const cursor = new RecordCursor({ decompressedBytes })
  cursor.reset(bytes, fetchOffset)
  const records: ReadRecord[] = []
  while (cursor.nextBatch()) while (cursor.nextRecord()) records.push(readRecord(cursor))
  return records
}
