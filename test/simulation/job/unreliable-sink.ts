// A sink whose commits fail, before or after they took effect, and do not say which.

import {
  type Committer,
  type CommitterContext,
  type Sink,
  SluiceError,
} from '@sluice/core/connector'
import type { Probe } from './probe.ts'

export function unreliableSink<T>(sink: Sink<T>, probe: Probe): Sink<T> {
  return {
    kind: sink.kind,
    guarantee: sink.guarantee,
    description: sink.description,
    createWriter: (context) => sink.createWriter(context),
    createCommitter: async (context) => {
      const committer = (await sink.createCommitter?.(context)) as Committer
      return unreliableCommitter(committer, context, probe)
    },
  }
}

function unreliableCommitter(
  committer: Committer,
  { timers, sink }: CommitterContext,
  { faults, random }: Probe,
): Committer {
  const unreliably = async (doing: string, call: () => Promise<void>): Promise<void> => {
    if (faults.strikes('commit-slow', doing)) await timers.sleep(random.between(20, 2000))
    if (faults.strikes('commit-failed-before', doing)) throw failure(sink)
    await call()
    if (faults.strikes('commit-failed-after', doing)) throw failure(sink)
  }
  return {
    commit: (committable) =>
      unreliably(`commit ${committable.name.checkpoint}/${committable.name.part}`, () =>
        committer.commit(committable),
      ),
    checkpointCommitted: (checkpoint, committables) =>
      unreliably(`checkpoint ${checkpoint}`, async () => {
        await committer.checkpointCommitted?.(checkpoint, committables)
      }),
    findOrphans: (logId) => committer.findOrphans(logId),
    abort: (name) => committer.abort(name),
    findForeignHistory: async (logId) => await committer.findForeignHistory?.(logId),
    startOver: async (logId) => await committer.startOver?.(logId),
    close: () => committer.close(),
  }
}

function failure(sink: string): SluiceError {
  return new SluiceError('COMMIT_FAILED', 'Simulated: whether this commit worked is not known.', {
    where: { sink },
  })
}
