// Whether a run may go on from a checkpoint. Stateless changes, parameters and parallelism never
// block; what cannot be read does, commits that are owed to a sink that is gone do, and so does
// state that would be lost, unless the operator agrees. The reasons are said all at once.

import { type JobGraph, SluiceError } from '@sluice/core/internal'
import type { CheckpointEntry } from '../checkpoint/protocol/log/entry.ts'
import { fitRestore, type Restorable, type RestoreFit } from './restore-fit.ts'
import type { DescribedStep } from './step-identity.ts'

export interface CompatibilityFacts {
  readonly graph: JobGraph
  /** What the tasks would restore; undefined: they start from the beginning. */
  readonly restored: (Restorable & { readonly checkpoint?: number }) | undefined
  /** The checkpoint whose commits come first, and the sinks that are still owed some. */
  readonly owing: CheckpointEntry | undefined
  readonly owedSinks: ReadonlySet<string>
  /** Sinks of today's job that can commit, each with its connector, under all their names. */
  readonly committingSinks: ReadonlyMap<string, string>
  /** The operator agrees to lose the state that has no place in the job. */
  readonly allowDroppedState: boolean
}

/** Why a run is refused; without reasons it may go on. */
export interface RestoreVerdict {
  readonly fit: RestoreFit | undefined
  /** What blocks whatever the operator agrees to. */
  readonly differences: readonly string[]
  /** What would be lost and was not agreed to. */
  readonly drops: readonly string[]
}

/** Judges a restore without refusing it. */
export function judgeRestore(facts: CompatibilityFacts): RestoreVerdict {
  const fit = facts.restored === undefined ? undefined : fitRestore(facts.graph, facts.restored)
  return {
    fit,
    differences: [...owedDifferences(facts), ...(fit?.differences ?? [])],
    drops: facts.allowDroppedState ? [] : (fit?.drops ?? []),
  }
}

/** Throws CHECKPOINT_INCOMPATIBLE with every reason; nothing outside was touched before. */
export function checkCompatible(facts: CompatibilityFacts): void {
  const { differences, drops } = judgeRestore(facts)
  const reasons = [...differences, ...drops]
  if (reasons.length === 0) return
  const checkpoint = (facts.restored ?? facts.owing)?.checkpoint
  throw new SluiceError(
    'CHECKPOINT_INCOMPATIBLE',
    `The job '${facts.graph.job}' cannot go on from checkpoint ${checkpoint}:\n${reasons
      .map((reason) => `  - ${reason}`)
      .join('\n')}`,
    {
      hint: hintFor(differences.length > 0, drops.length > 0),
      ...(checkpoint === undefined ? {} : { where: { checkpoint } }),
    },
  )
}

function hintFor(blocked: boolean, drops: boolean): string {
  const lose = drops ? ", lose what has no place with '--allow-dropped-state'" : ''
  const anew = blocked || drops ? ", or start anew with '--from none --accept-duplicates'." : '.'
  return `Bring the steps back, say \`renamedFrom\` where one has a new name${lose}${anew}`
}

function owedDifferences(facts: CompatibilityFacts): string[] {
  const { owing, owedSinks, committingSinks } = facts
  return [...owedSinks].flatMap((sink) => {
    const owed =
      `commits of checkpoint ${owing?.checkpoint} are owed to sink '${sink}', which the ` + 'job'
    const once = 'Run the job with that sink once more and stop it'
    const connector = committingSinks.get(sink)
    if (connector === undefined) return [`${owed} no longer has. ${once}`]
    const before = connectorOf(owing, sink)
    if (before === undefined || before === connector) return []
    return [`${owed} had as ${before} and now has as ${connector}. ${once}`]
  })
}

function connectorOf(entry: CheckpointEntry | undefined, sink: string): string | undefined {
  const steps = entry?.steps as readonly DescribedStep[] | undefined
  return steps?.find(({ step }) => step === sink)?.facts.connector
}
