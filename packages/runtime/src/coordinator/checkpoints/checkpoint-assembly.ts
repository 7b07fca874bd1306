// From what the subtasks acknowledged to the steps of an entry. Entries speak of steps, never of
// chains: how steps are chained may change between two runs. Segments are listed subtask by
// subtask, each subtask's in the order in which it applies them.

import { assert, keyGroupRange } from '@sluice/core/internal'
import type { SplitPosition } from '../../checkpoint/protocol/log/entry.ts'
import type { ChainPlan, PhysicalPlan } from '../../plan/physical-plan.ts'
import type { KeyGroupRange, SegmentRef } from '../../state/state-backend.ts'
import type { TaskSnapshot } from '../../worker/messages.ts'
import { type DescribedStep, factsOf, identityOf } from '../../restore/step-identity.ts'

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
          ownSegments(snapshot.keyed[step.id] ?? [], ownedRange(plan, chain, subtask)),
        ),
        // One list for each subtask; dealt out anew only when the parallelism changes.
        operators: snapshots.map((snapshot) => snapshot.operators[step.id] ?? []),
        watermarks: snapshots.map(
          (snapshot) => snapshot.operatorWatermarks[step.id] ?? snapshot.watermark,
        ),
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

/**
 * A key group is restored from the segments of the one subtask that owned it, so none may say
 * anything of another's groups.
 */
function ownSegments(segments: readonly SegmentRef[], owned: KeyGroupRange): readonly SegmentRef[] {
  for (const { name, range } of segments) {
    assert(
      range.first >= owned.first && range.last <= owned.last,
      `segment ${name} lies within the key groups of its subtask`,
    )
  }
  return segments
}

function ownedSplits(snapshots: readonly TaskSnapshot[], step: string): OwnedSplit[] {
  return snapshots.flatMap((snapshot, subtask) =>
    (snapshot.sources[step] ?? []).map((position) => ({ ...position, subtask })),
  )
}
