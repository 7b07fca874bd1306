// What the ledger says of one transaction, promised or open.

import { SluiceError } from '@sluice/core/connector'
import type { ClusterClient } from '../cluster/cluster-client.ts'
import { readLedger } from '../ledger/ledger-reader.ts'
import { findLedger } from '../ledger/ledger-topic.ts'
import type { LedgerFinding } from '../transaction/decide-outcome.ts'
import { ledgerPartitionOf } from '../transaction/ledger-record.ts'
import { findOutcome, type LedgerEvent } from '../transaction/ledger-scan.ts'
import type { TransactionCommittable } from '../transaction/committable.ts'

/** Of a promised transaction, from where its committable says that its record lies. */
export async function evidenceOfPromise(
  client: ClusterClient,
  committable: TransactionCommittable,
): Promise<LedgerFinding> {
  const { ledgerPartition, ledgerOffset } = committable
  const events = await eventsFrom(client, ledgerPartition, ledgerOffset)
  return events === undefined ? 'unavailable' : findOutcome(events, committable)
}

/**
 * Of an open transaction of which nobody knows the checkpoint: `open` where a record of its
 * producer stands that nothing has ended, so that it is prepared; else `absent`.
 */
export async function evidenceOfOpen(
  client: ClusterClient,
  transactionalId: string,
  producerId: number,
): Promise<LedgerFinding> {
  const events = await eventsFrom(client, ledgerPartitionOf(transactionalId), 0)
  if (events === undefined) return 'unavailable'
  let isOpen = false
  for (const event of events) {
    if (event.producerId !== producerId) continue
    isOpen = event.kind === 'record' && event.transactionalId === transactionalId
  }
  return isOpen ? 'open' : 'absent'
}

/** Undefined where the ledger is not there or cannot be read. */
async function eventsFrom(
  client: ClusterClient,
  partition: number,
  offset: number,
): Promise<readonly LedgerEvent[] | undefined> {
  try {
    const ledger = await findLedger(client)
    return ledger && (await readLedger(client, ledger, partition, offset))
  } catch (error) {
    const isNewer = error instanceof SluiceError && error.code === 'CHECKPOINT_FORMAT_NEWER'
    if (isNewer || !(error instanceof SluiceError)) throw error
    return undefined
  }
}
