// A savepoint as data: one checkpoint on its own, with a name. It is made only of a checkpoint
// whose commits are proven, so it owes nothing, and it names its segments by plain names in its own
// folder, so the folder can be moved. What it says is never changed: what differs is another one.

import type {
  CheckpointId,
  Generation,
  LogId,
  LogPosition,
  Nonce,
} from '../protocol/identifiers.ts'
import type {
  CheckpointEnd,
  CheckpointEntry,
  PlanRecord,
  SegmentReference,
  StepSnapshot,
} from '../protocol/log/entry.ts'
import { segmentNames } from '../protocol/log/entry.ts'

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

/**
 * The savepoint in the form of a log's entry, for what reads entries. It owes nothing, and what a
 * log would say of it (position, generation) is that of its origin.
 */
export function entryOfSavepoint(savepoint: Savepoint): CheckpointEntry {
  const { id, job, createdAtMs, origin, end, plan, steps, idempotentSinks } = savepoint
  const { logId, position, checkpoint, generation } = origin ?? withoutOrigin
  const itself = { position, checkpoint, generation, segments: segmentNames(steps) }
  return {
    kind: 'checkpoint',
    job,
    logId,
    position,
    nonce: id,
    generation,
    writtenAtMs: createdAtMs,
    checkpoint,
    end,
    triggeredAtMs: createdAtMs,
    plan,
    steps,
    owes: [],
    idempotentSinks,
    retained: [itself],
  }
}

const withoutOrigin: SavepointOrigin = {
  logId: '0' as LogId,
  position: 1 as LogPosition,
  checkpoint: 1 as CheckpointId,
  generation: 1 as Generation,
}

/** All segments that a snapshot names, each once. */
export function segmentsOf(steps: readonly StepSnapshot[]): SegmentReference[] {
  const segments = steps.flatMap((step) => step.segments)
  return [...new Map(segments.map((segment) => [segment.name, segment])).values()]
}
