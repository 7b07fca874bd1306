// The committers of one attempt, one for each name of each sink that prepares: created with the
// attempt's generation, closed when their last call has come back, for an old attempt's commits may
// still be under way. A sink that was renamed has one for its former name too: what was prepared
// under that name is owed, or left behind by a run that slept.

import type { Committer, NamedCommittable, Sink, StagedSegment } from '@sluice/core/connector'
import { type JobGraph, SluiceError } from '@sluice/core/internal'
import type { MetricRegistry } from '../../metrics/metric-registry.ts'
import type { Platform } from '../../platform/platform.ts'
import { checksumOf } from '../../state/segment/content-checksum.ts'
import type { CheckpointStorage } from '../../storage/checkpoint-storage.ts'
import { connectorContext } from './connector-context.ts'

export interface CommitterScope {
  readonly platform: Platform
  readonly job: string
  readonly logId: string
  readonly generation: number
  readonly metrics: MetricRegistry
  readonly storage: CheckpointStorage
  /** What the newest checkpoint below the fence owes. */
  readonly promised: readonly NamedCommittable[]
}

/** A sink that commits, under one of its names. */
export interface CommittingSink {
  readonly name: string
  readonly step: string
  readonly sink: Sink<unknown>
}

/** All names under which something may have been prepared. */
export function committingSinks(
  graph: JobGraph,
  sinks: ReadonlyMap<string, Sink<unknown>>,
): CommittingSink[] {
  return graph.steps.flatMap(({ id: step, renamedFrom }) => {
    const sink = sinks.get(step)
    if (sink?.createCommitter === undefined) return []
    const names = renamedFrom === undefined ? [step] : [step, renamedFrom]
    return names.map((name) => ({ name, step, sink }))
  })
}

/** By name. */
export async function createCommitters(
  scope: CommitterScope,
  sinks: readonly CommittingSink[],
): Promise<Map<string, Committer>> {
  const committers = new Map<string, Committer>()
  const { platform, job, logId, generation, metrics, storage, promised } = scope
  for (const { name, step, sink } of sinks) {
    if (sink.createCommitter === undefined) continue
    try {
      const committer = await sink.createCommitter({
        ...connectorContext(platform, job, step, metrics.of(step, 0)),
        logId,
        sink: name,
        generation,
        promised,
        readStaged: (segment) => readStaged(storage, segment),
      })
      committers.set(name, committer)
    } catch (error) {
      await closeCommitters(platform, committers)
      throw sinkError(error, step, 'could not open its committer')
    }
  }
  return committers
}

/** Compared once more: a commit publishes these bytes for good. */
async function readStaged(
  storage: CheckpointStorage,
  { name, sizeBytes, checksum }: StagedSegment,
): Promise<Uint8Array> {
  const bytes = await storage.readSegment(name)
  if (bytes.length === sizeBytes && checksumOf(bytes) === checksum) return bytes
  throw new SluiceError(
    'CHECKPOINT_DAMAGED',
    `The staged segment ${name} in ${storage.location} is not what was written.`,
    { hint: 'Put the file back from a copy: it holds records that are promised.' },
  )
}

/** A place with another history of the job is refused, or adopted where the operator says so. */
export async function checkHistory(
  committers: ReadonlyMap<string, Committer>,
  logId: string,
  startOver: boolean,
): Promise<void> {
  for (const [sink, committer] of committers) {
    try {
      const traces = await committer.findForeignHistory?.(logId)
      if (traces === undefined) continue
      if (!startOver) throw foreignHistory(sink, traces)
      await committer.startOver?.(logId)
    } catch (error) {
      throw sinkError(error, sink, 'could not be looked at for results of another history')
    }
  }
}

/** Nothing depends on a committer that closes: errors go to the log. */
export async function closeCommitters(
  platform: Platform,
  committers: ReadonlyMap<string, Committer>,
): Promise<void> {
  await Promise.all(
    [...committers].map(async ([sink, committer]) => {
      try {
        await committer.close()
      } catch (error) {
        platform.log.warn(`The committer of '${sink}' did not close well.`, {
          error: String(error),
        })
      }
    }),
  )
}

function foreignHistory(sink: string, traces: string): SluiceError {
  return new SluiceError(
    'SINK_FOREIGN_HISTORY',
    `Sink '${sink}' holds results of another history of this job: ${traces}`,
    {
      hint:
        'Use the checkpoints that belong to these results, another place, or --start-over to ' +
        'go on beside them.',
      where: { sink },
    },
  )
}

function sinkError(error: unknown, sink: string, what: string): SluiceError {
  return SluiceError.from(error, 'SINK_FAILED', `Sink '${sink}' ${what}`, { sink })
}
