// Control batches: the markers that end a transaction in each of its partitions. A reader takes
// them for the filter of committed records; the simulated broker writes them.

import { BATCH_HEADER_BYTES, readInt16, readInt32, sealBatch } from './batch-header.ts'
import type { RecordCursor } from './record-cursor.ts'
import { writeVarint } from './varint.ts'

/** How a transaction ended; `other` is a control record of a kind that says nothing about one. */
export type ControlType = 'commit' | 'abort' | 'other'

/** A control record. */
export interface ControlRecord {
  readonly type: ControlType
  /** The epoch of the coordinator that wrote it; -1 where it says none. */
  readonly coordinatorEpoch: number
}

const ABORT = 0
const COMMIT = 1
const KEY_BYTES = 4
const VALUE_BYTES = 6

/** Reads the record that the cursor is at; its batch is a control batch. */
export function readControlRecord(cursor: RecordCursor): ControlRecord {
  const { bytes, keyStart, keyEnd, valueStart, valueEnd } = cursor
  const typeCode =
    keyStart >= 0 && keyEnd - keyStart >= KEY_BYTES ? readInt16(bytes, keyStart + 2) : -1
  const type = typeCode === COMMIT ? 'commit' : typeCode === ABORT ? 'abort' : 'other'
  const hasEpoch = valueStart >= 0 && valueEnd - valueStart >= VALUE_BYTES
  return { type, coordinatorEpoch: hasEpoch ? readInt32(bytes, valueStart + 2) : -1 }
}

/** What a marker says. */
export interface ControlBatchFields {
  readonly type: 'commit' | 'abort'
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly timestamp: number
}

/** A marker as a batch of its own, at offset 0: `placeBatch` gives it its place. */
export function controlBatch(fields: ControlBatchFields): Uint8Array {
  const { type, coordinatorEpoch, producerId, producerEpoch, timestamp } = fields
  const body = [0, 0, 0]
  const key = [0, 0, 0, type === 'commit' ? COMMIT : ABORT]
  const value = [0, 0, ...int32(coordinatorEpoch)]
  body.push(...varint(key.length), ...key, ...varint(value.length), ...value, 0)
  const record = [...varint(body.length), ...body]
  const bytes = new Uint8Array(BATCH_HEADER_BYTES + record.length)
  bytes.set(record, BATCH_HEADER_BYTES)
  sealBatch(bytes, {
    sizeBytes: bytes.length,
    recordCount: 1,
    baseTimestamp: timestamp,
    highestTimestamp: timestamp,
    producerId,
    producerEpoch,
    baseSequence: -1,
    compression: 'none',
    isTransactional: true,
    isControl: true,
  })
  return bytes
}

function varint(value: number): Uint8Array {
  const bytes = new Uint8Array(5)
  return bytes.subarray(0, writeVarint(bytes, 0, value))
}

function int32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]
}
