// What is said when a promise cannot be kept: which checkpoint, how many records of which
// partitions, what became of the transaction, and how to go on. Nothing is skipped in silence.

import { SluiceError } from '@sluice/core/connector'
import type { TransactionCommittable } from './committable.ts'
import type { ImpossibleReason } from './decide-outcome.ts'

const why: Readonly<Record<ImpossibleReason, string>> = {
  aborted: 'the broker has aborted the transaction, most likely because it stayed open too long',
  'never-recorded': 'no broker knows the transaction, and the ledger has no record of it',
}

/** Partitions beyond these are counted, not listed. */
const listedPartitions = 20

/** The error that stops the job. */
export function impossibleCommit(
  sink: string,
  committable: TransactionCommittable,
  reason: ImpossibleReason,
): SluiceError {
  const { checkpoint, records, transactionalId, partitions } = committable
  const listed = partitions
    .slice(0, listedPartitions)
    .map(({ topic, partition, records: count }) => `${topic}-${partition} (${count})`)
  const more = partitions.length - listed.length
  const all = more > 0 ? [...listed, `${more} more`] : listed
  return new SluiceError(
    'COMMIT_IMPOSSIBLE',
    `Checkpoint ${checkpoint} promised ${records} records of sink '${sink}', and ${why[reason]}: ` +
      `${all.join(', ')}. Transaction ${transactionalId}.`,
    {
      where: { sink, checkpoint },
      hint:
        'Write them again from the last checkpoint of which all commits are proven: `--from ID ' +
        '--accept-duplicates`; other sinks get records again. ' +
        "To outlive long pauses: commit: 'staged'.",
    },
  )
}
