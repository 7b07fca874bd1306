// Which steps of a job have an identity in its checkpoints, by what a restore recognises them, and
// the facts that make a difference readable to people.

import { type JobGraph, type Step, stepHash } from '@sluice/core/internal'
import type { CheckpointEntry, StepSnapshot } from '../../checkpoint/protocol/log/entry.ts'

/** What an entry says of a step besides what the protocol reads; for messages. */
export interface StepFacts {
  readonly kind: string
  readonly connector?: string
  readonly operator?: string
  readonly state: readonly { readonly name: string; readonly kind: string }[]
}

/** A step as it stands in an entry. */
export interface DescribedStep extends StepSnapshot {
  readonly facts: StepFacts
}

/** The hash of a step that keeps something in a checkpoint; undefined for the others. */
export function identityOf(step: Step, maxParallelism: number): string | undefined {
  const hash = stepHash(step, maxParallelism)
  if (hash !== undefined) return hash
  // A keyed operator without declared state may still keep timers.
  return step.operator?.keyed === true ? `keyed-${maxParallelism}` : undefined
}

export function factsOf(step: Step): StepFacts {
  const connector = step.source?.connector ?? step.sink?.connector
  return {
    kind: step.kind,
    ...(connector === undefined ? {} : { connector }),
    ...(step.operator === undefined ? {} : { operator: step.operator.type }),
    state: (step.operator?.state ?? []).map(({ name, kind }) => ({ name, kind })),
  }
}

/** The snapshot of a step of today's job: by its name, or by the name that it had. */
export function snapshotOf(entry: CheckpointEntry, step: Step): DescribedStep | undefined {
  const found =
    entry.steps.find((snapshot) => snapshot.step === step.id) ??
    (step.renamedFrom === undefined
      ? undefined
      : entry.steps.find((snapshot) => snapshot.step === step.renamedFrom))
  return found as DescribedStep | undefined
}

/** The step of today's job that goes on with a snapshot. */
export function successorOf(graph: JobGraph, snapshot: StepSnapshot): Step | undefined {
  return (
    graph.steps.find((step) => step.id === snapshot.step) ??
    graph.steps.find((step) => step.renamedFrom === snapshot.step)
  )
}
