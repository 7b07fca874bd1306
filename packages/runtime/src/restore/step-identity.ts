// Which steps of a job have an identity in its checkpoints, by what a restore recognises them, and
// the facts that an entry keeps of them, so that a difference can be judged state by state and told
// to people.

import { type JobGraph, type StateDescriptor, type Step, stepHash } from '@sluice/core/internal'
import type { CheckpointEntry, StepSnapshot } from '../checkpoint/protocol/log/entry.ts'

/** One declared state of a step. */
export interface StateFacts {
  readonly name: string
  readonly kind: string
  /** Absent in entries of the first engines. */
  readonly namespace?: 'none' | 'window'
  /** By which clock entries age; `never` where they live for ever. */
  readonly ages?: 'never' | 'processing' | 'event'
  /** Of the values: what these are is judged where they are loaded. Absent for the first. */
  readonly version?: number
  readonly form?: string
}

/** What an entry says of a step besides what the protocol reads. */
export interface StepFacts {
  readonly kind: string
  readonly connector?: string
  readonly operator?: string
  readonly state: readonly StateFacts[]
  readonly keyed?: boolean
  readonly operatorState?: unknown
  /** What else the stored state depends on: the length of a window, its aggregates. */
  readonly stateShape?: Readonly<Record<string, unknown>>
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

/** What an entry records of a step of today's job. */
export function factsOf(step: Step): StepFacts {
  const connector = step.source?.connector ?? step.sink?.connector
  const { operator } = step
  return {
    kind: step.kind,
    ...(connector === undefined ? {} : { connector }),
    ...(operator === undefined
      ? {}
      : {
          operator: operator.type,
          keyed: operator.keyed,
          operatorState: operator.operatorState,
          ...(operator.stateShape === undefined ? {} : { stateShape: operator.stateShape }),
        }),
    state: (operator?.state ?? []).map(stateFacts),
  }
}

function stateFacts(descriptor: StateDescriptor): StateFacts {
  const { name, kind, namespace, ttlMs, ttlClock, version, form } = descriptor
  return {
    name,
    kind,
    namespace,
    ages: ttlMs === undefined ? 'never' : (ttlClock ?? 'processing'),
    ...(version === undefined ? {} : { version }),
    ...(form === undefined ? {} : { form }),
  }
}

/**
 * The snapshot that a step of today's job goes on with: under its own name, or, where the entry
 * does not know that, under the name that it had.
 */
export function snapshotOf(
  entry: Pick<CheckpointEntry, 'steps'>,
  step: Step,
): DescribedStep | undefined {
  const stored = (name: string | undefined): StepSnapshot | undefined =>
    name === undefined ? undefined : entry.steps.find((snapshot) => snapshot.step === name)
  return (stored(step.id) ?? stored(step.renamedFrom)) as DescribedStep | undefined
}

/** The step of today's job that goes on with a snapshot: `snapshotOf`, the other way round. */
export function successorOf(
  graph: JobGraph,
  entry: Pick<CheckpointEntry, 'steps'>,
  snapshot: StepSnapshot,
): Step | undefined {
  return graph.steps.find((step) => snapshotOf(entry, step)?.step === snapshot.step)
}
