// The entries of the log of checkpoints, as data. There are two kinds: a completed checkpoint and a
// fence. The newest checkpoint entry alone says what is owed, what is retained and what is
// restored.

import type { NamedCommittable } from '@sluice/core/connector'
import type { CheckpointId, Generation, LogId, LogPosition, Nonce } from '../identifiers.ts'

/** What every entry says about itself. */
export interface EntryHead {
  readonly job: string
  readonly logId: LogId
  readonly position: LogPosition
  /** Drawn at random for this entry alone: an entry is mine only if it carries my nonce. */
  readonly nonce: Nonce
  /** The position of the fence of the attempt that wrote it; a fence's own position. */
  readonly generation: Generation
  /** By the writer's clock, for people; nothing is decided by it. */
  readonly writtenAtMs: number
}

/** Opens a generation: ends every older one, and says from where this one goes on. */
export interface FenceEntry extends EntryHead {
  readonly kind: 'fence'
  /** The checkpoint entry that this generation restores; null: it starts from the beginning. */
  readonly restores: LogPosition | null
  /** Promises that the operator gave up; they hold for every later restart on this timeline. */
  readonly givenUp: readonly GivenUp[]
  /**
   * The savepoint with which the timeline begins here, until a checkpoint of it says so: whoever
   * goes on from this fence carries it on, whatever he was told.
   */
  readonly begunFrom?: BegunFrom
}

/** A promise that cannot be kept any more and that the operator, nobody else, has let go. */
export interface GivenUp {
  /** The checkpoint entry that owed it. */
  readonly position: LogPosition
  /** The sinks whose committables are given up; `all` also where the entry cannot be read. */
  readonly sinks: readonly string[] | 'all'
}

/** Why the checkpoint was taken, and whether the job goes on after it. */
export type CheckpointEnd = 'continues' | 'stopped' | 'finished'

/** A completed checkpoint: everything that is needed to commit, to restore and to collect. */
export interface CheckpointEntry extends EntryHead {
  readonly kind: 'checkpoint'
  readonly checkpoint: CheckpointId
  readonly end: CheckpointEnd
  readonly triggeredAtMs: number
  readonly plan: PlanRecord
  readonly steps: readonly StepSnapshot[]
  /** Everything prepared and not named by an earlier entry. */
  readonly owes: readonly NamedCommittable[]
  /** Sinks whose writes are idempotent instead of owed; they forbid going back silently. */
  readonly idempotentSinks: readonly string[]
  /** Oldest first; the last one is this checkpoint. What is not here may be deleted. */
  readonly retained: readonly RetainedCheckpoint[]
  /** The savepoint from which this timeline began, if it did. */
  readonly begunFrom?: BegunFrom
}

/** A savepoint that was brought into a log. */
export interface BegunFrom {
  readonly id: string
  readonly name: string
  readonly job: string
  /** As it was said where the run was started: the same words mean the same savepoint. */
  readonly place: string
  /**
   * Its files were taken over for this entry, so it is to be removed. Only in the entry that
   * brought it in: whoever restores a later one has removed it, or has said why not.
   */
  readonly claimed?: true
}

/** The plan as a restore must know it. */
export interface PlanRecord {
  /** Of the whole plan. */
  readonly hash: string
  readonly parallelism: number
  readonly maxParallelism: number
}

/** The snapshot of one named step over all its subtasks. */
export interface StepSnapshot {
  readonly step: string
  /** Over kind, state descriptors, key type and maxParallelism: a restore must agree. */
  readonly hash: string
  readonly parallelism: number
  /** Keyed state and timers, in the order in which they are applied. */
  readonly segments: readonly SegmentReference[]
  /** Elements of operator state: plain data. */
  readonly operators: readonly unknown[]
  /** By subtask; minus infinity for none. */
  readonly watermarks: readonly number[]
  readonly source?: SourceSnapshot
}

/** The positions of a source. */
export interface SourceSnapshot {
  /** What the enumerator returned before the barriers started: plain data. */
  readonly enumerator: unknown
  readonly splits: readonly SplitPosition[]
  /** All input was read and processed before this checkpoint. */
  readonly finished: boolean
}

/** An unfinished split, its position in it. */
export interface SplitPosition {
  readonly split: unknown
  /** Highest event time seen in this split; minus infinity for none. */
  readonly maxEventTime: number
  /** Of a source whose job says watermarks itself: the highest for this split. */
  readonly watermark?: number
}

/** An immutable, durable piece of state. */
export interface SegmentReference {
  readonly name: string
  readonly sizeBytes: number
  readonly checksum: string
  readonly step: string
  readonly range: { readonly first: number; readonly last: number }
  readonly kind: 'base' | 'delta'
  readonly entries: number
}

/** A checkpoint that may still be restored, with everything that a restore of it reads. */
export interface RetainedCheckpoint {
  readonly position: LogPosition
  readonly checkpoint: CheckpointId
  readonly generation: Generation
  readonly segments: readonly string[]
  /** What its commits read; only in the newest entry, for those of others are proven. */
  readonly staged?: readonly string[]
}

export type LogEntry = FenceEntry | CheckpointEntry

/** The segments that are kept because this entry is the newest. */
export function retainedSegments({ retained }: CheckpointEntry): Set<string> {
  return new Set(retained.flatMap(({ segments, staged = [] }) => [...segments, ...staged]))
}

/** The names of all segments that a restore of this checkpoint reads. */
export function segmentNames(steps: readonly StepSnapshot[]): string[] {
  return [...new Set(steps.flatMap((step) => step.segments.map((segment) => segment.name)))]
}
