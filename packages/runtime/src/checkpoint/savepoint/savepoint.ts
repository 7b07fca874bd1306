// A savepoint as data: one checkpoint on its own, with a name. It is made only of a checkpoint whose
// commits are proven, so it owes nothing, and it names its segments by plain names in its own
// folder, so the folder can be moved. What it says is never changed: what differs is another one.

import type { CheckpointId, Generation, LogId, LogPosition, Nonce } from '../protocol/identifiers.ts'
import type {
  CheckpointEnd,
  CheckpointEntry,
  PlanRecord,
  SegmentReference,
  StepSnapshot,
} from '../protocol/log/entry.ts'

/** The checkpoint of which a savepoint was made. */
export interface SavepointOrigin {
  readonly logId: LogId
  readonly position: LogPosition
  readonly checkpoint: CheckpointId
  readonly generation: Generation
}

/** The manifest of a savepoint. */
export interface Savepoint {
  /** Drawn at random: copies of one savepoint share it, and no other has it. */
  readonly id: Nonce
  readonly name: string
  readonly job: string
  readonly createdAtMs: number
  /** Null where no job has taken it: a tool wrote it. */
  readonly origin: SavepointOrigin | null
  /** Whether the job went on after it, was stopped with it, or had read all its input. */
  readonly end: CheckpointEnd
  readonly plan: PlanRecord
  readonly steps: readonly StepSnapshot[]
  readonly idempotentSinks: readonly string[]
}

/** `entry` must be settled: what it owes is proven committed. */
export function savepointOf(
  entry: CheckpointEntry,
  given: { readonly id: Nonce; readonly name: string; readonly createdAtMs: number },
): Savepoint {
  const { logId, position, checkpoint, generation, job, end, plan, steps, idempotentSinks } = entry
  const origin = { logId, position, checkpoint, generation }
  return { ...given, job, origin, end, plan, steps, idempotentSinks }
}

/** Whether a savepoint was made of this checkpoint. */
export function isMadeOf({ origin }: Savepoint, entry: CheckpointEntry): boolean {
  return origin !== null && origin.logId === entry.logId && origin.position === entry.position
}

/** All segments that a snapshot names, each once. */
export function segmentsOf(steps: readonly StepSnapshot[]): SegmentReference[] {
  const segments = steps.flatMap((step) => step.segments)
  return [...new Map(segments.map((segment) => [segment.name, segment])).values()]
}
