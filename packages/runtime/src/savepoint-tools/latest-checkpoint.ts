// What `latest` means to whoever looks into a log without running the job: the checkpoint from
// which a run would go on that asks for nothing. After a fence that went back to an older one, that
// is not the newest.

import { SluiceError } from '@sluice/core/internal'
import type { Floor } from '../checkpoint/protocol/identifiers.ts'
import type { ReadBack } from '../checkpoint/protocol/log/append.ts'
import type { CheckpointEntry } from '../checkpoint/protocol/log/entry.ts'
import { checkpointAt, LogReading, missingEntry } from '../checkpoint/protocol/log/log-view.ts'
import { chooseFence } from '../checkpoint/protocol/recovery-plan.ts'

/**
 * Undefined where a run begins at the beginning. `found`: what stands at each position above the
 * floor. Throws what a run would be refused with where that cannot be known: CHECKPOINT_DAMAGED,
 * CHECKPOINT_FORMAT_NEWER.
 */
export function latestCheckpoint(
  location: string,
  floor: Floor,
  found: readonly ReadBack[],
): CheckpointEntry | undefined {
  const first = found.find((each) => each.kind === 'entry')
  const reading = new LogReading(first?.entry.job ?? '', location, floor)
  const absent: ReadBack = { kind: 'absent' }
  const isLost = !found.every((each) => reading.add(each))
  if (!isLost) reading.add(absent)
  const view = reading.view()
  if (isLost) throw missingEntry(view, location)
  const decision = chooseFence(view, { from: 'latest', acceptDuplicates: false })
  if (decision.kind === 'stop') throw decision.error
  const { restores } = decision.choice
  return restores === null ? undefined : checkpointAt(view, restores)
}

/** The error for a log from which no checkpoint is restored. */
export function withoutLatest(location: string): SluiceError {
  return new SluiceError(
    'CHECKPOINT_NOT_FOUND',
    `There is no latest checkpoint in ${location}: a run would begin at the beginning.`,
    { hint: 'See what is kept with `sluice checkpoint list`, and name one by its id.' },
  )
}
