// The committables of the sink, as they stand in the manifest: whatever a process that knows
// nothing else needs to commit, or to find out what became of it.

import { SluiceError } from '@sluice/core/connector'
import { int16, int32, int64, int8, list, string } from '../wire/codec/field-type.ts'
import { structure, taggedIfKnown } from '../wire/codec/structure.ts'
import type { TransactionVersion } from './answers.ts'
import { VersionedLayout } from './versioned-layout.ts'

/** Records of one partition in a transaction. */
export interface PartitionCount {
  readonly topic: string
  readonly partition: number
  readonly records: number
}

/** A prepared transaction: EndTxn with these numbers publishes it, from any process. */
export interface TransactionCommittable {
  readonly transactionalId: string
  readonly producerId: number
  readonly epoch: number
  readonly transactionVersion: TransactionVersion
  readonly checkpoint: number
  readonly records: number
  readonly partitions: readonly PartitionCount[]
  readonly ledgerPartition: number
  /** The ledger record lies at this offset or behind it. */
  readonly ledgerOffset: number
  /**
   * When the broker may abort it, in milliseconds since 1970; undefined where it never does (a
   * transaction opened for two-phase commit, KIP-939).
   */
  readonly abortsAtMs: number | undefined
}

/** A staged checkpoint of one subtask; its records are in the segments beside it. */
export interface StagedCommittable {
  readonly transactionalId: string
  readonly checkpoint: number
  /** The checkpoint staged before it under this id, in this generation; 0 for none. */
  readonly previous: number
  readonly records: number
  readonly partitions: readonly PartitionCount[]
}

const partitions = list(structure({ topic: string, partition: int32, records: int64 }))

const transactionLayout = new VersionedLayout({
  what: 'A committable of the Kafka sink',
  newest: 1,
  fields: structure({
    transactionalId: string,
    producerId: int64,
    epoch: int16,
    transactionVersion: int8,
    checkpoint: int64,
    records: int64,
    partitions,
    ledgerPartition: int32,
    ledgerOffset: int64,
    abortsAtMs: taggedIfKnown(0, 1, int64),
  }),
})

const stagedLayout = new VersionedLayout({
  what: 'A staged committable of the Kafka sink',
  newest: 1,
  fields: structure({
    transactionalId: string,
    checkpoint: int64,
    previous: int64,
    records: int64,
    partitions,
  }),
})

/** The two ways of the sink. A job may change from one to the other between two runs. */
export type CommittableKind = 'transaction' | 'staged'

/** The first byte says which it is, for what is owed was prepared by the run before. */
const kindBytes: Readonly<Record<CommittableKind, number>> = { transaction: 1, staged: 2 }

/** Which way prepared it. Throws CHECKPOINT_FORMAT_NEWER for one that nobody knows yet. */
export function committableKind(bytes: Uint8Array): CommittableKind {
  const [kind = 0] = bytes
  if (kind === kindBytes.transaction) return 'transaction'
  if (kind === kindBytes.staged) return 'staged'
  if (kind !== 0) throw newer(`is of kind ${kind}`)
  throw new SluiceError('CHECKPOINT_DAMAGED', 'A committable of the Kafka sink has no kind.')
}

export function encodeTransaction(committable: TransactionCommittable): Uint8Array {
  const { abortsAtMs, ...rest } = committable
  const fields = abortsAtMs === undefined ? rest : { ...rest, abortsAtMs }
  return ofKind('transaction', transactionLayout.encode(fields))
}

/** Throws CHECKPOINT_FORMAT_NEWER, or CHECKPOINT_DAMAGED for bytes that are no committable. */
export function decodeTransaction(bytes: Uint8Array): TransactionCommittable {
  const { transactionVersion, ...rest } = transactionLayout.decode(contentOf('transaction', bytes))
  if (transactionVersion === 1 || transactionVersion === 2) return { ...rest, transactionVersion }
  throw newer(`has transaction version ${transactionVersion}`)
}

export function encodeStaged(committable: StagedCommittable): Uint8Array {
  return ofKind('staged', stagedLayout.encode(committable))
}

/** Throws CHECKPOINT_FORMAT_NEWER, or CHECKPOINT_DAMAGED for bytes that are no committable. */
export function decodeStaged(bytes: Uint8Array): StagedCommittable {
  return stagedLayout.decode(contentOf('staged', bytes))
}

function ofKind(kind: CommittableKind, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + content.length)
  bytes[0] = kindBytes[kind]
  bytes.set(content, 1)
  return bytes
}

/** Taken for the other kind, a promise would be kept by the wrong rules. */
function contentOf(kind: CommittableKind, bytes: Uint8Array): Uint8Array {
  const found = committableKind(bytes)
  if (found === kind) return bytes.subarray(1)
  throw new SluiceError(
    'CHECKPOINT_INCOMPATIBLE',
    `The newest checkpoint owes commits that were prepared with commit: '${found}'.`,
    { hint: `Start once with commit: '${found}' and stop the job; then change it.` },
  )
}

function newer(what: string): SluiceError {
  return new SluiceError(
    'CHECKPOINT_FORMAT_NEWER',
    `A committable of the Kafka sink ${what}, which this version of Sluice does not know.`,
    { hint: 'Go on with the version of Sluice that wrote it, or a newer one.' },
  )
}
