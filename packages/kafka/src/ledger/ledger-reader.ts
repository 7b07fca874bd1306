// Reads a partition of the ledger up to its end as it is now: records and control batches, in
// order, committed or not.

import { SluiceError } from '@sluice/core/connector'
import type { ClusterClient } from '../cluster/cluster-client.ts'
import type { TopicPlace } from '../cluster/cluster-map.ts'
import { readControlRecord } from '../records/control-batch.ts'
import { RecordCursor } from '../records/record-cursor.ts'
import { findOffset } from '../source/discovery/cluster-directory.ts'
import { decodeLedgerRecord, idOfLedgerKey, ledgerTopic } from '../transaction/ledger-record.ts'
import type { LedgerEvent } from '../transaction/ledger-scan.ts'
import type { ResponseOf } from '../wire/codec/define-api.ts'
import { fetch } from '../wire/message/fetch.ts'

const fetchBytes = 1024 * 1024
/** A log that has become shorter than its end was is looked at anew by the next attempt. */
const mostEmptyAnswers = 10
const decompressedBytes = 64 * 1024 * 1024

/** All events from `fromOffset` on. */
export async function readLedger(
  client: ClusterClient,
  ledger: TopicPlace,
  partition: number,
  fromOffset: number,
): Promise<LedgerEvent[]> {
  return (await readLedgerOn(client, ledger, partition, fromOffset)).events
}

/** The same, and where to go on. */
export async function readLedgerOn(
  client: ClusterClient,
  ledger: TopicPlace,
  partition: number,
  fromOffset: number,
): Promise<{ readonly events: LedgerEvent[]; readonly nextOffset: number }> {
  const place = { topic: ledgerTopic, topicId: ledger.topicId, partition }
  const [earliest, end] = await Promise.all([
    findOffset(client, place, 'earliest', false),
    findOffset(client, place, 'latest', false),
  ])
  const events: LedgerEvent[] = []
  const cursor = new RecordCursor({ decompressedBytes })
  let offset = Math.max(fromOffset, earliest?.offset ?? 0)
  let maxBytes = fetchBytes
  let empty = 0
  while (offset < (end?.offset ?? 0)) {
    const records = await fetchOne(client, ledger, partition, offset, maxBytes)
    const before = offset
    cursor.reset(records, offset)
    while (cursor.nextBatch()) takeBatch(cursor, events)
    offset = cursor.position
    empty = offset === before && !cursor.isOversized ? empty + 1 : 0
    if (empty >= mostEmptyAnswers) throw withoutEnd(partition, offset)
    maxBytes = cursor.isOversized ? Math.max(maxBytes * 2, cursor.neededBytes) : fetchBytes
  }
  return { events, nextOffset: offset }
}

function withoutEnd(partition: number, offset: number): SluiceError {
  return new SluiceError(
    'KAFKA_REQUEST_FAILED',
    `Partition ${partition} of ${ledgerTopic} has no records from offset ${offset} on any more.`,
    { hint: 'Its leader has changed; if it goes on, an unclean election has lost records.' },
  )
}

function takeBatch(cursor: RecordCursor, events: LedgerEvent[]): void {
  const { producerId, isControl } = cursor.batch
  while (cursor.nextRecord()) {
    if (isControl) {
      const { type } = readControlRecord(cursor)
      if (type !== 'other') {
        events.push({ kind: 'control', producerId, committed: type === 'commit' })
      }
      continue
    }
    const { bytes, keyStart, keyEnd, valueStart, valueEnd } = cursor
    // What somebody else wrote here is no record of a transaction of ours.
    if (keyStart < 0 || valueStart < 0) continue
    const transactionalId = idOfLedgerKey(bytes.subarray(keyStart, keyEnd))
    if (transactionalId === undefined) continue
    const { checkpoint } = decodeLedgerRecord(bytes.subarray(valueStart, valueEnd))
    events.push({ kind: 'record', producerId, transactionalId, checkpoint })
  }
}

async function fetchOne(
  client: ClusterClient,
  { topicId }: TopicPlace,
  partition: number,
  fetchOffset: number,
  partitionMaxBytes: number,
): Promise<Uint8Array> {
  const found = (answer: ResponseOf<typeof fetch>) => answer.responses[0]?.partitions[0]
  const answer = await client.ask(
    { kind: 'leader', topicId, partition },
    fetch,
    {
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: partitionMaxBytes,
      isolationLevel: 0,
      topics: [{ topicId, partitions: [{ partition, fetchOffset, partitionMaxBytes }] }],
    },
    {
      what: `Reading partition ${partition} of ${ledgerTopic}`,
      codeOf: (response) => response.errorCode || (found(response)?.errorCode ?? 0),
      purpose: 'ledger',
    },
  )
  return found(answer)?.records ?? new Uint8Array()
}
