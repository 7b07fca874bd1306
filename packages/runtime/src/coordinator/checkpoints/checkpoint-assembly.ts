// From what the subtasks acknowledged to the steps of an entry. Entries speak of steps, never of
// chains: how steps are chained may change between two runs. Each segment is listed with the part
// of its key groups that the acknowledging subtask owns, in the order in which that subtask applies
// them.

import { keyGroupRange } from '@sluice/core/internal'
import type { SegmentReference, SplitPosition } from '../../checkpoint/protocol/log/entry.ts'
import type { ChainPlan, PhysicalPlan } from '../../plan/physical-plan.ts'
import type { KeyGroupRange, SegmentRef } from '../../state/state-backend.ts'
import type { TaskSnapshot } from '../../worker/messages.ts'
import { type DescribedStep, factsOf, identityOf } from './step-identity.ts'

/** A split with the subtask that reads it, so that equal parallelism changes nothing. */
export interface OwnedSplit extends SplitPosition {
  readonly subtask: number
}

/** Names a subtask within the plan. */
export function subtaskName(chain: number, subtask: number): string {
  return `${chain}.${subtask}`
}

/** All subtasks of the plan, in order. */
export function subtasksOf(plan: PhysicalPlan): string[] {
  return plan.chains.flatMap((chain) =>
    Array.from({ length: chain.parallelism }, (_, subtask) => subtaskName(chain.id, subtask)),
  )
}

/** Inclusive range of the key groups that a subtask owns. */
export function ownedRange(plan: PhysicalPlan, chain: ChainPlan, subtask: number): KeyGroupRange {
  return keyGroupRange(subtask, chain.parallelism, plan.maxParallelism)
}

/** The part of a segment that lies within a range; undefined where there is none. */
export function within<Segment extends SegmentReference | SegmentRef>(
  segment: Segment,
  range: KeyGroupRange,
): Segment | undefined {
  const first = Math.max(segment.range.first, range.first)
  const last = Math.min(segment.range.last, range.last)
  return first > last ? undefined : { ...segment, range: { first, last } }
}

export interface AssemblyFacts {
  readonly plan: PhysicalPlan
  /** By `subtaskName`. */
  readonly snapshots: ReadonlyMap<string, TaskSnapshot>
  /** By source step: what its enumerator said before the barriers started. */
  readonly enumerators: Readonly<Record<string, unknown>>
}

export function assembleSteps(facts: AssemblyFacts): DescribedStep[] {
  return facts.plan.chains.flatMap((chain) => {
    const snapshots = Array.from(
      { length: chain.parallelism },
      (_, subtask) => facts.snapshots.get(subtaskName(chain.id, subtask)) as TaskSnapshot,
    )
    return assembleChain(facts, chain, snapshots)
  })
}

function assembleChain(
  { plan, enumerators }: AssemblyFacts,
  chain: ChainPlan,
  snapshots: readonly TaskSnapshot[],
): DescribedStep[] {
  const watermarks = snapshots.map((snapshot) => snapshot.watermark)
  return chain.steps.flatMap((step): DescribedStep[] => {
    const hash = identityOf(step, plan.maxParallelism)
    if (hash === undefined) return []
    return [
      {
        step: step.id,
        hash,
        facts: factsOf(step),
        parallelism: chain.parallelism,
        segments: snapshots.flatMap((snapshot, subtask) =>
          (snapshot.keyed[step.id] ?? []).flatMap(
            (segment) => within(segment, ownedRange(plan, chain, subtask)) ?? [],
          ),
        ),
        // One list for each subtask; dealt out anew only when the parallelism changes.
        operators: snapshots.map((snapshot) => snapshot.operators[step.id] ?? []),
        watermarks,
        ...(step.source === undefined
          ? {}
          : {
              source: {
                enumerator: enumerators[step.id],
                splits: ownedSplits(snapshots, step.id),
                finished: snapshots.every((snapshot) => snapshot.finished),
              },
            }),
      },
    ]
  })
}

function ownedSplits(snapshots: readonly TaskSnapshot[], step: string): OwnedSplit[] {
  return snapshots.flatMap((snapshot, subtask) =>
    (snapshot.sources[step] ?? []).map((position) => ({ ...position, subtask })),
  )
}
