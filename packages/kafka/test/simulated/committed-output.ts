// What a reader of committed records sees of a partition, by the markers in its log alone: it
// shares nothing with the filter of the source.

import { readControlRecord } from '../../src/records/control-batch.ts'
import { RecordCursor } from '../../src/records/record-cursor.ts'
import type { PartitionLog } from '../simulated-broker/partition-log.ts'

export interface SeenRecord {
  readonly offset: number
  readonly key: string
  readonly value: string
}

/** Committed records in the order of their offsets. */
export function committedOutput(log: PartitionLog): SeenRecord[] {
  const committed: SeenRecord[] = []
  const open = new Map<number, SeenRecord[]>()
  const cursor = new RecordCursor({ decompressedBytes: 1 << 24 })
  cursor.reset(log.fetch(0, Number.POSITIVE_INFINITY, false).bytes, 0)
  while (cursor.nextBatch()) {
    const { producerId, isControl, isTransactional } = cursor.batch
    while (cursor.nextRecord()) {
      if (isControl) {
        if (readControlRecord(cursor).type === 'commit') {
          committed.push(...(open.get(producerId) ?? []))
        }
        open.delete(producerId)
        continue
      }
      const { offset } = cursor
      const key = textOf(cursor, cursor.keyStart, cursor.keyEnd)
      const value = textOf(cursor, cursor.valueStart, cursor.valueEnd)
      const record = { offset, key, value }
      if (!isTransactional) committed.push(record)
      else open.set(producerId, [...(open.get(producerId) ?? []), record])
    }
  }
  return committed.sort((one, other) => one.offset - other.offset)
}

function textOf({ bytes }: RecordCursor, start: number, end: number): string {
  return start < 0 ? '' : Buffer.from(bytes.subarray(start, end)).toString()
}
