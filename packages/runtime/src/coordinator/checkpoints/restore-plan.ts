// From a checkpoint's entry to what each subtask starts from, at any parallelism. With the
// parallelism of the checkpoint each subtask gets its own again; with another, key groups go by
// range, splits and elements of operator state are dealt out in turn, and the least of the
// watermarks holds.

import type { OperatorStateKind } from '@sluice/core/internal'
import type { CheckpointEntry } from '../../checkpoint/protocol/log/entry.ts'
import type { ChainPlan, PhysicalPlan } from '../../plan/physical-plan.ts'
import type { SegmentRef } from '../../state/state-backend.ts'
import type { SplitSnapshot, TaskRestore } from '../../worker/messages.ts'
import { ownedRange, type OwnedSplit } from './checkpoint-assembly.ts'
import { droppedStates } from '../../restore/restore-fit.ts'
import { type DescribedStep, snapshotOf } from '../../restore/step-identity.ts'

/** One for each subtask of the plan. */
export function planRestore(entry: CheckpointEntry, plan: PhysicalPlan): TaskRestore[] {
  return plan.chains.flatMap((chain) => {
    const steps = snapshotsOf(entry, chain)
    return Array.from({ length: chain.parallelism }, (_, subtask) =>
      restoreOf(entry, plan, chain, steps, subtask),
    )
  })
}

/** By source step of today's job: what its enumerator goes on with. */
export function restoredEnumerators(
  entry: CheckpointEntry,
  plan: PhysicalPlan,
): Record<string, unknown> {
  const states: Record<string, unknown> = {}
  for (const chain of plan.chains) {
    for (const [step, snapshot] of snapshotsOf(entry, chain)) {
      if (snapshot.source !== undefined) states[step] = snapshot.source.enumerator
    }
  }
  return states
}

/** The steps of a chain that the checkpoint knows, by their name of today. */
function snapshotsOf(entry: CheckpointEntry, chain: ChainPlan): Map<string, DescribedStep> {
  return new Map(
    chain.steps.flatMap((step) => {
      const snapshot = snapshotOf(entry, step)
      return snapshot === undefined ? [] : [[step.id, snapshot] as const]
    }),
  )
}

function restoreOf(
  entry: CheckpointEntry,
  plan: PhysicalPlan,
  chain: ChainPlan,
  steps: ReadonlyMap<string, DescribedStep>,
  subtask: number,
): TaskRestore {
  const range = ownedRange(plan, chain, subtask)
  const keyed: Record<string, SegmentRef[]> = {}
  const dropped: Record<string, readonly string[]> = {}
  const operators: Record<string, readonly unknown[]> = {}
  const sources: Record<string, readonly SplitSnapshot[]> = {}
  const watermarks: Record<string, number> = {}
  for (const step of chain.steps) {
    const names = droppedStates(entry, step)
    if (names.length > 0) dropped[step.id] = names
  }
  for (const [step, snapshot] of steps) {
    const segments = snapshot.segments.filter(
      (segment) => segment.range.first <= range.last && segment.range.last >= range.first,
    )
    if (segments.length > 0) keyed[step] = segments
    watermarks[step] = watermarkOf(snapshot, chain.parallelism, subtask)
    const kind = stateKindOf(chain, step)
    const elements = elementsOf(snapshot, kind, chain.parallelism, subtask)
    if (elements.length > 0) operators[step] = elements
    if (snapshot.source !== undefined) {
      sources[step] = splitsOf(snapshot.source.splits, snapshot, chain.parallelism, subtask)
    }
  }
  return {
    chain: chain.id,
    subtask,
    checkpoint: entry.checkpoint,
    keyed,
    dropped,
    operators,
    sources,
    watermark: watermarkOfHead(chain, watermarks),
    watermarks,
  }
}

function stateKindOf(chain: ChainPlan, id: string): OperatorStateKind {
  return chain.steps.find((step) => step.id === id)?.operator?.operatorState ?? 'none'
}

function elementsOf(
  snapshot: DescribedStep,
  kind: OperatorStateKind,
  parallelism: number,
  subtask: number,
): readonly unknown[] {
  const bySubtask = snapshot.operators as readonly (readonly unknown[])[]
  if (kind === 'union') return bySubtask.flat(1)
  // All copies are equal: where one subtask speaks for all of them, the others gave nothing.
  if (kind === 'broadcast') return bySubtask.find((elements) => elements.length > 0) ?? []
  if (snapshot.parallelism === parallelism) return [...(bySubtask[subtask] ?? [])]
  return bySubtask.flat(1).filter((_, index) => index % parallelism === subtask)
}

function splitsOf(
  splits: readonly unknown[],
  snapshot: DescribedStep,
  parallelism: number,
  subtask: number,
): SplitSnapshot[] {
  const owned = splits as readonly OwnedSplit[]
  const mine =
    snapshot.parallelism === parallelism
      ? owned.filter((position) => position.subtask === subtask)
      : owned.filter((_, index) => index % parallelism === subtask)
  return mine.map(({ split, maxEventTime, watermark }) => ({
    split,
    maxEventTime,
    ...(watermark === undefined ? {} : { watermark }),
  }))
}

/** With another parallelism the least one holds. */
function watermarkOf(snapshot: DescribedStep, parallelism: number, subtask: number): number {
  const own = snapshot.watermarks[subtask]
  if (snapshot.parallelism === parallelism && own !== undefined) return own
  return Math.min(...snapshot.watermarks)
}

/** What had come in; minus infinity where the checkpoint knows no step of the chain. */
function watermarkOfHead(chain: ChainPlan, watermarks: Readonly<Record<string, number>>): number {
  const head = watermarks[chain.steps[0]?.id ?? '']
  if (head !== undefined) return head
  const known = Object.values(watermarks)
  return known.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...known)
}
