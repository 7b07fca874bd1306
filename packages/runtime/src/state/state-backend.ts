// The seam between tasks and the place where keyed state and timers live. One backend per keyed
// operator and subtask; it owns a contiguous range of key groups. Synchronous between barriers:
// `startSnapshot` takes the synchronous part at the barrier, the rest is written in slices
// while the task goes on.

import type {
  Key,
  KeyGroupRange,
  StateDescriptor,
  StateHandles,
  StateSchemas,
} from '@sluice/core/internal'

export type { KeyGroupRange }

/** What a snapshot writes: what changed since the one before, or everything (savepoints). */
export type SnapshotScope = 'changes' | 'everything'

/** An immutable piece of a snapshot, as the manifest lists it. */
export interface SegmentRef {
  /** Unique in the log: holds log id, generation, checkpoint, step, subtask and a sequence. */
  readonly name: string
  readonly sizeBytes: number
  /** Checksum over all bytes, lower-case hexadecimal. */
  readonly checksum: string
  readonly step: string
  readonly range: KeyGroupRange
  /** `base` stands alone; `delta`s apply on top of the segments before it in the list. */
  readonly kind: 'base' | 'delta'
  /** For people and for collection: number of entries. */
  readonly entries: number
}

/** Where segments go: the worker's view of the checkpoint storage, scoped to one snapshot. */
export interface SegmentWriter {
  /** Durable and verified when it resolves. */
  write(name: string, chunks: Iterable<Uint8Array>): Promise<void>
}

export interface SnapshotInProgress {
  /**
   * Writes for at most about `budgetMs`; true when all is serialised. The task calls it between
   * batches; an access to an entry that is still pending writes that entry first.
   */
  advance(budgetMs: number): boolean
  /**
   * After `advance` returned true: stores what was serialised and names all segments (old ones that
   * are still needed, then new ones) that restore this state.
   */
  finish(writer: SegmentWriter): Promise<readonly SegmentRef[]>
  /** The checkpoint failed: what it would have saved belongs to the next one again. */
  cancel(): void
}

export interface SegmentNaming {
  /** A fresh unique name. */
  next(step: string, subtask: number): string
}

/** A timer that is due. */
export type TimerCallback = (time: number, key: Key, namespace: number) => void

export interface KeyedStateBackend {
  readonly range: KeyGroupRange
  /** The key in hand, with its group when it is known already (else -1). */
  setKey(key: Key, keyGroup: number): void
  setNamespace(namespace: number): void
  state<D extends StateDescriptor>(descriptor: D): StateHandles[D['kind']]
  /** Absent or false: `prefetch` does nothing. */
  readonly wantsPrefetch?: boolean
  /** These keys come next. */
  prefetch(keys: readonly Key[]): void

  setTimer(domain: TimerDomain, time: number): void
  deleteTimer(domain: TimerDomain, time: number): void
  /** The earliest timer; +Infinity where there is none. */
  nextTimer(domain: TimerDomain): number
  /**
   * Fires timers with time <= `until`, in order of time, at most `limit` of them: sets key and
   * namespace, removes the timer, calls back. Returns how many fired; fewer than `limit` means
   * that none is due any more (timers set by a callback that are due included).
   */
  fireTimers(domain: TimerDomain, until: number, limit: number, call: TimerCallback): number

  /** The synchronous part of a snapshot, at the barrier. */
  startSnapshot(
    checkpoint: number,
    naming: SegmentNaming,
    scope?: SnapshotScope,
  ): SnapshotInProgress
  /** A checkpoint is complete (its manifest stands): later deltas may build on it. */
  checkpointCompleted(checkpoint: number): void
  /**
   * Loads segments in order; keeps only the groups of its own range. Before the first record. What
   * was stored of the states named in `dropped` is passed over, and does not come back.
   */
  restore(
    segments: Iterable<{ readonly ref: SegmentRef; readonly bytes: Uint8Array }>,
    dropped?: readonly string[],
  ): void
  /**
   * Asked before the segments are read: true where the backend was opened with a copy of exactly
   * what they hold, and goes on from it; then they need not be restored. Absent: never.
   */
  adopt?(segments: readonly SegmentRef[], dropped?: readonly string[]): boolean
  /** Entries and rough bytes, for metrics and limits. */
  size(): { readonly entries: number; readonly bytes: number }
  close(): void
}

export type TimerDomain = 'event' | 'processing'

export interface StateBackendOptions {
  readonly step: string
  readonly subtask: number
  readonly maxParallelism: number
  readonly range: KeyGroupRange
  /** Freeze what is stored (development, tests). */
  readonly freezes: boolean
  /** Milliseconds now (processing time), for TTL and slices. */
  readonly now: () => number
  /** The current watermark, for TTL by event time. */
  readonly watermark: () => number
  /** What the job declares of the values of states, by name. */
  readonly schemas?: StateSchemas
  /** False: every snapshot is of everything. */
  readonly incremental?: boolean
  /** Says what people should look into. */
  readonly warn?: (message: string, fields: Record<string, unknown>) => void
}

/** Makes an empty backend for one keyed operator and subtask. */
export type CreateBackend = (options: StateBackendOptions) => KeyedStateBackend
