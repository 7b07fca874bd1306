// A job whose checkpoints are on, with what all its attempts share.

import type { LogStore } from '../../checkpoint/log-store.ts'
import type { SegmentVerification } from '../../checkpoint/segment-verification.ts'
import type { Platform } from '../../platform/platform.ts'
import type { CheckpointStorage } from '../../storage/checkpoint-storage.ts'
import type { CompletionOptions } from '../checkpoints/checkpoint-completion.ts'
import { committingSinks } from '../connectors/sink-committers.ts'
import type { FenceTools, RaisedFence } from '../fence-raising.ts'
import type { OpenStorage, PreparedJob } from '../prepared-job.ts'

export interface ProtectedJob {
  readonly platform: Platform
  readonly job: PreparedJob
  readonly place: OpenStorage
  readonly storage: CheckpointStorage
  readonly log: LogStore
  readonly verification: SegmentVerification
}

export function fenceTools(
  { platform, job, storage, log, verification }: ProtectedJob,
  warn: (message: string) => void,
): FenceTools {
  const { graph } = job
  const committing = committingSinks(graph, job.sinks)
  const connectors = new Map(committing.map(({ name, sink }) => [name, sink.kind]))
  return { platform, storage, log, verification, graph, committingSinks: connectors, warn }
}

/** Of the checkpoints of one attempt. */
export function completionOptions(
  { platform, job, place, storage, log }: ProtectedJob,
  { fence, below, recovery }: Extract<RaisedFence, { kind: 'stands' }>,
  attempt: Pick<CompletionOptions, 'life' | 'events' | 'committers'>,
): CompletionOptions {
  const idempotentSinks = [...job.sinks].flatMap(([step, sink]) =>
    sink.guarantee === 'exactly-once' && sink.createCommitter === undefined ? [step] : [],
  )
  const { plan, planHash } = job
  const { keep } = place.settings
  const own = { platform, storage, log, plan, planHash, keep, idempotentSinks }
  return { ...own, ...attempt, fence, below, recovery }
}
