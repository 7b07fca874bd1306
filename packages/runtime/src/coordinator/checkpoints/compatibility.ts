// Whether a job can go on from a checkpoint. Stateless changes, parameters and parallelism never
// block; a source or stateful step without its match does, and so does a sink that is still owed
// commits. The differences are said in words, all at once.

import { type JobGraph, SluiceError } from '@sluice/core/internal'
import type { CheckpointEntry } from '../../checkpoint/protocol/log/entry.ts'
import {
  type DescribedStep,
  factsOf,
  identityOf,
  type StepFacts,
  successorOf,
} from './step-identity.ts'

export interface CompatibilityFacts {
  readonly graph: JobGraph
  /** What the tasks would restore; undefined: they start from the beginning. */
  readonly restored: CheckpointEntry | undefined
  /** The checkpoint whose commits come first, and the sinks that are still owed some. */
  readonly owing: CheckpointEntry | undefined
  readonly owedSinks: ReadonlySet<string>
  /** Sinks of today's job that can commit. */
  readonly committingSinks: ReadonlySet<string>
}

/** Throws CHECKPOINT_INCOMPATIBLE with every difference; nothing outside was touched before. */
export function checkCompatible(facts: CompatibilityFacts): void {
  const differences = [...owedDifferences(facts), ...restoreDifferences(facts)]
  if (differences.length === 0) return
  const checkpoint = (facts.restored ?? facts.owing)?.checkpoint
  throw new SluiceError(
    'CHECKPOINT_INCOMPATIBLE',
    `The job '${facts.graph.job}' cannot go on from checkpoint ${checkpoint}:\n${differences
      .map((difference) => `  - ${difference}`)
      .join('\n')}`,
    {
      hint:
        'Bring the steps back, say `renamedFrom` where one has a new name, or start anew with ' +
        "'--from none --accept-duplicates'.",
      ...(checkpoint === undefined ? {} : { where: { checkpoint } }),
    },
  )
}

function owedDifferences(facts: CompatibilityFacts): string[] {
  return [...facts.owedSinks]
    .filter((sink) => !facts.committingSinks.has(sink))
    .map(
      (sink) =>
        `commits of checkpoint ${facts.owing?.checkpoint} are owed to sink '${sink}', which the ` +
        'job no longer has. Run the job with that sink once more and stop it',
    )
}

function restoreDifferences({ graph, restored }: CompatibilityFacts): string[] {
  if (restored === undefined) return []
  if (restored.plan.maxParallelism !== graph.maxParallelism) {
    return [
      `maxParallelism was ${restored.plan.maxParallelism} and is ${graph.maxParallelism}; ` +
        'it is fixed for the life of the state',
    ]
  }
  return restored.steps.flatMap((snapshot) => differenceOf(graph, snapshot as DescribedStep) ?? [])
}

function differenceOf(graph: JobGraph, snapshot: DescribedStep): string | undefined {
  const step = successorOf(graph, snapshot)
  const isSink = snapshot.facts.kind === 'sink'
  const identity = step && identityOf(step, graph.maxParallelism)
  if (step === undefined || identity === undefined) {
    // A sink without owed commits keeps nothing that could be lost.
    return isSink ? undefined : `${described(snapshot)} has no match in the job`
  }
  if (identity === snapshot.hash) return undefined
  const changed = change(snapshot.facts, factsOf(step))
  return `${described(snapshot)} does not fit step '${step.id}': ${changed}`
}

function described({ step, facts }: DescribedStep): string {
  const what = facts.connector ?? facts.operator
  return `${facts.kind} '${step}'${what === undefined ? '' : ` (${what})`}`
}

function change(before: StepFacts, now: StepFacts): string {
  const kindBefore = before.connector ?? before.operator ?? before.kind
  const kindNow = now.connector ?? now.operator ?? now.kind
  if (before.kind !== now.kind || kindBefore !== kindNow) {
    return `it was ${before.kind} of type ${kindBefore} and is ${now.kind} of type ${kindNow}`
  }
  const stateBefore = stateInWords(before)
  const stateNow = stateInWords(now)
  if (stateBefore !== stateNow) return `its state was ${stateBefore} and is ${stateNow}`
  return 'its state has the same names, and another form'
}

function stateInWords({ state }: StepFacts): string {
  if (state.length === 0) return 'empty'
  return state.map(({ name, kind }) => `${name}: ${kind}`).join(', ')
}
