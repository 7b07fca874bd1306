// The commits that a start owes before anything else. One that the outside world has made
// impossible stops the job, unless the operator has agreed to let go of it; the next fence then
// says so.

import { SluiceError } from '@sluice/core/internal'
import type { GivenUp } from '../../checkpoint/protocol/log/entry.ts'
import { sameGivenUp } from '../../checkpoint/protocol/recovery-plan.ts'
import type { CheckpointCompletion } from '../checkpoints/checkpoint-completion.ts'
import type { RaisedFence } from '../fence-raising.ts'
import type { JobOptions } from '../job-run.ts'
import { lostIfLetGo } from '../restart-errors.ts'

/** Undefined when all is proven; otherwise what the operator lets go of, to be said and retried. */
export async function commitOwed(
  completion: CheckpointCompletion,
  { fence, recovery }: Extract<RaisedFence, { kind: 'stands' }>,
  { from = 'latest', acceptDuplicates = false }: JobOptions,
  warn: (message: string) => void,
): Promise<GivenUp | undefined> {
  const { newest, restore } = recovery
  try {
    await completion.recover()
    return undefined
  } catch (error) {
    const impossible = error instanceof SluiceError && error.code === 'COMMIT_IMPOSSIBLE'
    if (!impossible || from === 'latest' || !acceptDuplicates || newest === undefined) throw error
    // Its records are behind the sources then: nothing would write them again.
    if (restore === newest) throw lostIfLetGo(error, newest.checkpoint)
    // Of this entry alone: what a later one promises is not let go of with it.
    const { sink } = error.where
    const sinks = sink === undefined ? 'all' : [sink]
    const givesUp: GivenUp = { position: newest.position, sinks }
    if (fence.entry.givenUp.some((known) => sameGivenUp(known, givesUp))) throw error
    warn(`${error.message} The operator lets go of it: --accept-duplicates.`)
    return givesUp
  }
}
