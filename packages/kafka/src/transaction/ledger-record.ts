// The record that proves a transaction: the last one in it, in topic `sluice-ledger` (compacted).
// Its key is the transactional id as text; its value, versioned, says which checkpoint. A reader
// that does not know the version stops: a floor that is not understood would double records.

import { SluiceError } from '@sluice/core/connector'
import { int16, int64, string } from '../wire/codec/field-type.ts'
import { structure } from '../wire/codec/structure.ts'
import { VersionedLayout } from './versioned-layout.ts'

/** The name of the topic; one for all jobs of a cluster. */
export const ledgerTopic = 'sluice-ledger'

/**
 * Partitions that are used, whatever the topic has: the floor of a staged id must be found where it
 * was written, also after somebody has added partitions.
 */
export const ledgerPartitions = 16

/** What a ledger record says. */
export interface LedgerRecord {
  readonly logId: string
  readonly sink: string
  readonly generation: number
  readonly checkpoint: number
  /** Records of the transaction, without this one. */
  readonly records: number
  /** Of the producer; version 2 shows another one in the control batch. */
  readonly epoch: number
}

const layout = new VersionedLayout({
  what: 'A record of the ledger',
  newest: 1,
  fields: structure({
    logId: string,
    sink: string,
    generation: int64,
    checkpoint: int64,
    records: int64,
    epoch: int16,
  }),
})

export function encodeLedgerRecord(record: LedgerRecord): Uint8Array {
  return layout.encode(record)
}

/** Throws CHECKPOINT_FORMAT_NEWER, or CHECKPOINT_DAMAGED for bytes that are no ledger record. */
export function decodeLedgerRecord(value: Uint8Array): LedgerRecord {
  return layout.decode(value)
}

/** The key of a ledger record: compaction keeps the last record of an id. */
export function ledgerKey(transactionalId: string): Uint8Array {
  return new TextEncoder().encode(transactionalId)
}

/** The id that a key says; undefined for a key that is no text. */
export function idOfLedgerKey(key: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(key)
  } catch {
    return undefined
  }
}

const offsetBasis = 0x811c9dc5
const prime = 0x01000193

/** The partition of an id, by FNV-1a over its bytes; the same for ever. */
export function ledgerPartitionOf(transactionalId: string): number {
  let hash = offsetBasis
  for (const byte of ledgerKey(transactionalId)) hash = Math.imul(hash ^ byte, prime)
  return (hash >>> 0) % ledgerPartitions
}

/** The topic must have the partitions that are used. */
export function checkLedgerPartitions(found: number): void {
  if (found >= ledgerPartitions) return
  throw new SluiceError(
    'SINK_FAILED',
    `Topic ${ledgerTopic} has ${found} partitions; ${ledgerPartitions} are needed.`,
    {
      hint:
        `Add partitions: kafka-topics --alter --topic ${ledgerTopic} ` +
        `--partitions ${ledgerPartitions}.`,
    },
  )
}
